"""Executors: where tubes are analysed. One file an executor, and one line here.

An executor gives the same outcomes whatever it is; only their order differs. Closing its iterator stops what runs.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing

from tregate.gating.read.file_bytes import SPARING
from tregate.gating.tube import TubeTask
from tregate.pipelines.store.outcome_store import OutcomeStore
from tregate.pipelines.tubes.executors.dask_cluster import DaskCluster
from tregate.pipelines.tubes.executors.local_processes import over_local_processes
from tregate.pipelines.tubes.executors.this_process import in_this_process
from tregate.pipelines.tubes.file_hashes import hashed
from tregate.pipelines.tubes.one_tube import Draw, TubeWork, Work
from tregate.pipelines.tubes.outcomes import TubeOutcome

__all__ = ["EXECUTORS", "Executor", "Work", "outcomes"]

MISSES = 8
"""Tubes on end that the store does not have, after which it is asked where tubes are gated."""

Executor = Callable[[Sequence[TubeTask], int, Work], Generator[tuple[int, TubeOutcome], None, None]]
"""(tasks, workers, work) -> (position in the tasks, outcome), each task once."""

EXECUTORS: dict[str, Executor] = {
    "this process": in_this_process,
    "local processes": over_local_processes,
}


CLUSTERS: dict[str, Callable[[str], Executor]] = {"dask": DaskCluster}
"""Executors on other machines, made of an address: "dask tcp://10.0.0.1:8786"."""


def outcomes(
    orders: Sequence[TubeTask],
    workers: int,
    draw: Draw | None = None,
    executor: str = "",
    store: OutcomeStore | None = None,
    *,
    pack: bool = False,
) -> Generator[tuple[int, TubeOutcome], None, None]:
    """(position in `orders`, outcome) as tubes are finished; closing the iterator stops what still runs.

    `executor`: a name of EXECUTORS, or of CLUSTERS with an address; "" takes this process for one worker or one tube,
    else local processes.
    `store`: where outcomes are kept, and taken from where they are there. `pack`: as `TubeWork.pack`.
    A tube that fails is an outcome with a failure, also where it ends its process. Raises KeyError for no executor.
    """
    left: list[int] = []
    for position, outcome in _taken(orders, TubeWork(draw, store)):
        if outcome is None:
            left.append(position)
        else:
            yield position, outcome
    tasks = [orders[position] for position in left]
    one_suffices = (workers <= 1 or len(tasks) <= 1) and not any(_is_mapped(task) for task in tasks)
    chosen = _named(executor or ("this process" if one_suffices else "local processes"))
    with closing(chosen(tasks, workers, TubeWork(draw, store, pack=pack))) as made:
        for position, outcome in made:
            yield left[position], outcome


def _taken(orders: Sequence[TubeTask], work: TubeWork) -> Iterator[tuple[int, TubeOutcome | None]]:
    """What the store has, so that no process is started for it; None for what is to be made.

    After MISSES tubes on end that are not there, the rest is left to the executor, which looks for itself.
    """
    missed = MISSES if work.store is None or work.store.is_empty() else 0
    mapped = [missed >= MISSES or _is_mapped(order) for order in orders]
    with closing(hashed([order.path for order, large in zip(orders, mapped, strict=True) if not large])) as ahead:
        for position, order in enumerate(orders):
            outcome = None
            if missed < MISSES and not mapped[position]:
                next(ahead, None)  # `taken` finds the hash of the file then
                outcome = work.taken(order)
            missed = missed + 1 if outcome is None else 0
            yield position, outcome


def _named(executor: str) -> Executor:
    name, _, address = executor.partition(" ")
    return CLUSTERS[name](address) if name in CLUSTERS else EXECUTORS[executor]


def _is_mapped(order: TubeTask) -> bool:
    """Whether the file is so large that it is mapped: then a process that may be lost must gate it."""
    try:
        return order.path.stat().st_size >= SPARING
    except (OSError, ValueError):
        return False
