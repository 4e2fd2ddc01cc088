"""`local processes`: tubes over spawned processes of this machine."""

import multiprocessing
import os
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing.process import BaseProcess

from tregate.gating.tube import TubeTask
from tregate.pipelines.tubes.executors.start_method import context, start_ahead
from tregate.pipelines.tubes.interrupts import ignore_ending, interrupts_later
from tregate.pipelines.tubes.one_tube import Work
from tregate.pipelines.tubes.outcomes import TubeOutcome, killed

TASKS_A_WORKER = 4
"""Tubes that are handed out at once per worker, so that neither tasks nor results pile up."""
LISTEN_EVERY = 0.1
"""Longest time that Ctrl-C waits for a tube [s]."""


def over_local_processes(
    orders: Sequence[TubeTask], workers: int, work: Work
) -> Generator[tuple[int, TubeOutcome], None, None]:
    """(position in `orders`, outcome) as tubes are finished. A tube that kills its process is an outcome as well."""
    left = dict(enumerate(orders))
    pool = _pool(min(workers, len(orders)))
    try:
        waiting = iter(enumerate(orders))
        under_way: dict[Future[TubeOutcome], int] = {}
        while left:
            with interrupts_later():
                for position, order in islice(waiting, TASKS_A_WORKER * workers - len(under_way)):
                    under_way[pool.submit(work, order)] = position
                # Ctrl-C while the futures are locked would leave one locked, and the pool's thread waiting for ever.
                finished = wait(under_way, LISTEN_EVERY, FIRST_COMPLETED).done
            for future in finished:
                position, outcome = under_way.pop(future), future.result()
                del left[position]
                yield position, outcome
    except BrokenProcessPool:
        pass
    finally:
        _stop(pool)
    for position, order in left.items():
        yield position, _alone(order, work)


def _alone(order: TubeTask, work: Work) -> TubeOutcome:
    """A tube in a process of its own: used once some tube has killed a worker, to learn which."""
    pool = _pool(1)
    try:
        with interrupts_later():
            future = pool.submit(work, order)
        return future.result()
    except BrokenProcessPool:
        return killed()
    finally:
        _stop(pool)


def _pool(workers: int) -> ProcessPoolExecutor:
    start_ahead()
    return ProcessPoolExecutor(workers, mp_context=context(), initializer=_start_worker)


def _start_worker() -> None:
    """The parent handles Ctrl-C and its like; a worker whose parent has gone goes too."""
    ignore_ending()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _stop(pool: ProcessPoolExecutor) -> None:
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.kill()
    for process in processes:
        process.join()
