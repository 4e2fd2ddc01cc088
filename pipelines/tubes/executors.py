"""Jobs -> outcomes, in this process or over several; the same outcomes in the same order either way."""

import hashlib
import mmap
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

from tregate.gating.errors import TubeError
from tregate.gating.tube import TubeResult, TubeTask
from tregate.pipelines.tubes.drawn_tube import DrawnTube
from tregate.pipelines.tubes.interrupts import interrupts_later
from tregate.pipelines.tubes.outcomes import Failure, InputFile, TubeOutcome

TUBES_WORTH_A_PROCESS = 8
"""Starting a process takes as long as gating so many tubes of 100,000 events."""

Draw = Callable[[TubeResult], DrawnTube]
"""Makes the page's pictures of one tube where its densities are; a plain function of a module."""


def outcomes(
    orders: Sequence[TubeTask], workers: int, draw: Draw | None = None
) -> Generator[tuple[int, TubeOutcome], None, None]:
    """(position in `orders`, outcome) as tubes are finished; closing the iterator stops what still runs.

    A tube that fails is an outcome with a fault, also where it takes its process down.
    """
    if workers <= 1 or len(orders) <= 1:
        for position, order in enumerate(orders):
            yield position, analyse_tube(order, draw)
        return
    yield from _over_processes(orders, min(workers, len(orders)), draw)


def default_workers(tubes: int) -> int:
    """A process a core that this process may use, but at least a few tubes for each: starting one takes a while."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, tubes // TUBES_WORTH_A_PROCESS))


def analyse_tube(order: TubeTask, draw: Draw | None = None) -> TubeOutcome:
    """Analyse one tube; whatever goes wrong with it is its own fault, never the batch's."""
    source = None
    try:
        source = fingerprint(order.path)
        from tregate.gating.tube import analyse

        result = analyse(order)
        drawn = None if draw is None else draw(result)
        return TubeOutcome(replace(result, densities=()), None, source, drawn)
    except TubeError as error:
        return TubeOutcome(None, Failure(error.stage, type(error).__name__, str(error), traceback.format_exc()), source)
    except OSError as error:
        return TubeOutcome(None, replace(unreadable(order.path, error), trace=traceback.format_exc()), source)
    except Exception as error:
        return TubeOutcome(None, _unexpected(error, traceback.format_exc()), source)


def fingerprint(path: Path) -> InputFile:
    """Size and SHA-256 of a file; reading it warms the page cache that gating then maps. Raises OSError."""
    digest = hashlib.sha256()
    size = path.stat().st_size
    if size:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            digest.update(mapped)
    return InputFile(size, digest.hexdigest())


def unreadable(path: Path, error: OSError) -> Failure:
    """A file that the operating system does not hand over, in words for a technician."""
    if isinstance(error, FileNotFoundError):
        slashes = " with / between folders" if "\\" in path.name else ""
        message = (
            f"The file {path} does not exist. Correct `file` in samples.csv{slashes}, restore the file, or give a "
            "reason in `exclude`."
        )
    elif isinstance(error, IsADirectoryError):
        message = f"{path} is a folder, not an FCS file. Correct `file` in samples.csv."
    else:
        message = f"{path} cannot be read: {error.strerror or error}. Check its permissions and the disk."
    return Failure("read", type(error).__name__, message)


def _unexpected(error: Exception, trace: str) -> Failure:
    """An error of the program: the message names it, and run.log has the traceback."""
    name = type(error).__name__
    shown = f"{name}: {error}" if str(error) else name
    if len(shown) > 80:
        shown = shown[:77] + "..."
    message = (
        f"Internal error while analysing this file ({shown}); the other tubes are not affected. "
        "Please report it with run.log, which has the traceback."
    )
    return Failure("gate", name, message, trace)


# ---------------------------------------------------------------- several processes


def _over_processes(
    orders: Sequence[TubeTask], workers: int, draw: Draw | None
) -> Generator[tuple[int, TubeOutcome], None, None]:
    left = dict(enumerate(orders))
    pool = _pool(workers)
    try:
        with interrupts_later():
            futures = {pool.submit(analyse_tube, order, draw): position for position, order in left.items()}
        for position, outcome in _finished(futures):
            del left[position]
            yield position, outcome
    except BrokenProcessPool:
        pass
    finally:
        _stop(pool)
    for position, order in left.items():
        yield position, _alone(order, draw)


def _finished(futures: dict[Future[TubeOutcome], int]) -> Generator[tuple[int, TubeOutcome], None, None]:
    for future in as_completed(futures):
        position = futures.pop(future)
        yield position, future.result()


def _alone(order: TubeTask, draw: Draw | None) -> TubeOutcome:
    """A tube in a process of its own: used once some tube has killed a worker, to learn which."""
    pool = _pool(1)
    try:
        with interrupts_later():
            future = pool.submit(analyse_tube, order, draw)
        return future.result()
    except BrokenProcessPool:
        message = (
            "The process that analysed this file was killed, usually because memory ran out. Close other "
            "programs, or use fewer --workers."
        )
        return TubeOutcome(None, Failure("gate", "ProcessKilled", message), None)
    finally:
        _stop(pool)


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)


def _start_worker() -> None:
    """The parent handles Ctrl-C; a worker whose parent has gone goes too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
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
        process.terminate()
    for process in processes:
        process.join()
