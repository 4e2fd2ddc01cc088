"""Executors: where tubes are analysed. One file an executor, and one line here.

An executor gives the same outcomes whatever it is; only their order differs. Closing its iterator stops what runs.
"""

import os
from collections.abc import Callable, Generator, Sequence

from tregate.gating.tube import TubeTask
from tregate.pipelines.tubes.executors.local_processes import over_local_processes
from tregate.pipelines.tubes.executors.this_process import in_this_process
from tregate.pipelines.tubes.one_tube import Draw
from tregate.pipelines.tubes.outcomes import TubeOutcome

__all__ = ["EXECUTORS", "Executor", "default_workers", "outcomes"]

TUBES_WORTH_A_PROCESS = 8
"""Starting a process takes as long as gating so many tubes of 100,000 events."""

Executor = Callable[[Sequence[TubeTask], int, Draw | None], Generator[tuple[int, TubeOutcome], None, None]]
"""(tasks, workers, draw) -> (position in the tasks, outcome), each task once."""

EXECUTORS: dict[str, Executor] = {
    "this process": in_this_process,
    "local processes": over_local_processes,
}


def outcomes(
    orders: Sequence[TubeTask], workers: int, draw: Draw | None = None, executor: str = ""
) -> Generator[tuple[int, TubeOutcome], None, None]:
    """(position in `orders`, outcome) as tubes are finished; closing the iterator stops what still runs.

    `executor`: a name of EXECUTORS; "" takes this process for one worker or one tube, else local processes.
    A tube that fails is an outcome with a failure, also where it ends its process. Raises KeyError for no executor.
    """
    one_suffices = workers <= 1 or len(orders) <= 1
    return EXECUTORS[executor or ("this process" if one_suffices else "local processes")](orders, workers, draw)


def default_workers(tubes: int) -> int:
    """A process per core that this process may use, but at least a few tubes for each: starting one takes a while."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, tubes // TUBES_WORTH_A_PROCESS))
