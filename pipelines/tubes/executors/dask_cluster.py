"""`dask ADDRESS`: tubes over the workers of a Dask cluster, which see the study and the store on a shared file system.

Dask is imported when it is asked for (extra `dask`). A worker of another program is refused, a lost one survived.
"""

import os
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.tube import TubeTask
from tregate.pipelines.store.program import gating_sha256, program_sha256
from tregate.pipelines.tubes.interrupts import interrupts_later
from tregate.pipelines.tubes.one_tube import Work
from tregate.pipelines.tubes.outcomes import TubeOutcome, killed

TASKS_A_WORKER = 2
"""Tasks that are handed out at once per worker, so that neither tasks nor results pile up."""
TUBES_A_TASK = 8
"""At most: a task and its result pass through the scheduler, which takes as long as a third of a tube."""
CONNECTING = 20.0
"""Time [s] to find the scheduler, and for the first worker to join."""
WITHOUT_WORKERS = 60.0
"""Time [s] without any worker after which the run ends."""
TRIES = 3
"""Times that a tube is given to a worker alone whose result was lost with a worker."""
LOOK = 2.0
"""Time [s] between two looks at the cluster."""

Batch = tuple[int, ...]
"""Positions of the tubes of one task."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a worker must have in common with this process."""

    program: str
    folder: str
    """Working folder: paths of a study may be relative to it."""
    first: str
    """A file that workers must see, and its size [bytes]."""
    size: int


@dataclass(frozen=True, slots=True)
class DaskCluster:
    """The executor on the cluster of one scheduler, by its address or its scheduler file."""

    address: str

    def __call__(
        self, orders: Sequence[TubeTask], workers: int, work: Work
    ) -> Generator[tuple[int, TubeOutcome], None, None]:
        """(position in `orders`, outcome) as tubes are finished. `workers` has no meaning here.

        Raises ConfigurationError where there is no such cluster or a worker cannot do the work, OSError where the
        cluster is lost.
        """
        if not orders:
            return
        client = _client(self.address)
        try:
            place = _place(orders[0])
            _check_workers(client, self.address, place)
            yield from _finished(client, self.address, orders, work, place)
        finally:
            client.close(timeout=5)


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        message = "Dask is not installed."
        raise ConfigurationError([Problem("--dask", None, message, "Install tregate[dask].")]) from None
    of_file = address.endswith(".json")
    if of_file and not Path(address).is_file():
        message = f"there is no scheduler file {address}."
        raise ConfigurationError([Problem("--dask", None, message, "Start the scheduler with --scheduler-file.")])
    where = {"scheduler_file": address} if of_file else {"address": address}
    try:
        with interrupts_later():
            return Client(**where, timeout=CONNECTING, set_as_default=False)
    except (OSError, ValueError, TimeoutError):
        message = f"no Dask scheduler answers at {address}."
        raise ConfigurationError([Problem("--dask", None, message, "Start `dask scheduler`, or correct it.")]) from None


def _place(first: TubeTask) -> Place:
    try:
        size = first.path.stat().st_size
    except OSError:
        size = -1
    return Place(_program(), str(Path.cwd()), str(first.path), size)


def _program() -> str:
    return f"{program_sha256()} {gating_sha256()}"


def _check_workers(client: Any, address: str, place: Place) -> None:
    """Raise ConfigurationError with what is wrong with each worker that cannot do the work."""
    try:
        client.wait_for_workers(1, timeout=CONNECTING)
    except TimeoutError:
        message = f"the scheduler at {address} has no worker."
        raise ConfigurationError([Problem("--dask", None, message, "Start `dask worker --nthreads 1`.")]) from None
    threads = {worker: state["nthreads"] for worker, state in client.scheduler_info(n_workers=-1)["workers"].items()}
    problems = [
        Problem(worker, None, f"the worker has {number} threads.", "Start it with --nthreads 1.")
        for worker, number in threads.items()
        if number > 1
    ]
    for worker, wrong in client.run(unfit, place, on_error="return").items():
        if isinstance(wrong, BaseException):
            wrong = f"tregate does not run there ({type(wrong).__name__}: {wrong})"
        if wrong:
            problems.append(Problem(worker, None, f"{wrong}.", "Give all workers this tregate and this file system."))
    if problems:
        raise ConfigurationError(problems)


def unfit(place: Place) -> str:
    """Why this process cannot do the work of `place`, or ""."""
    if _program() != place.program:
        return "the worker has another version of tregate, Python or a library"
    try:
        os.chdir(place.folder)
        size = Path(place.first).stat().st_size if place.size >= 0 else -1
    except OSError as error:
        return f"the worker does not see {error.filename} ({error.strerror})"
    return "" if size == place.size else f"the worker sees another file under {place.first}"


class UnfitWorkerError(RuntimeError):
    """A worker that joined later and cannot do the work; the message says why."""


def analysed(orders: Sequence[TubeTask], work: Work, place: Place) -> list[TubeOutcome]:
    """Some tubes, on a worker. Raises UnfitWorkerError."""
    wrong = unfit(place) if str(Path.cwd()) != place.folder or _program() != place.program else ""
    if wrong:
        raise UnfitWorkerError(wrong)
    return [work(order) for order in orders]


def _finished(
    client: Any, address: str, orders: Sequence[TubeTask], work: Work, place: Place
) -> Generator[tuple[int, TubeOutcome], None, None]:
    given = 0
    done: Queue[Any] = Queue()
    under_way: dict[str, tuple[Batch, Any]] = {}
    killers: list[int] = []
    workers, looked = len(_workers(client)), time.monotonic()
    while True:
        if time.monotonic() - looked > LOOK:
            workers, looked = len(_workers(client)), time.monotonic()
        while len(under_way) < TASKS_A_WORKER * max(1, workers) and given < len(orders):
            batch = tuple(range(given, given + _tubes_a_task(len(orders) - given, workers)))
            _submit(client, batch, orders, work, place, under_way, done)
            given += len(batch)
        if not under_way:
            break
        for batch, outcomes in _some(client, address, under_way, done):
            if not outcomes:
                killers += batch
            else:
                yield from zip(batch, outcomes, strict=True)
    for position in killers:  # each alone, to learn whether it was this tube that killed workers
        yield position, _alone(client, address, position, orders, work, place)


def _alone(
    client: Any, address: str, position: int, orders: Sequence[TubeTask], work: Work, place: Place
) -> TubeOutcome:
    under_way: dict[str, tuple[Batch, Any]] = {}
    done: Queue[Any] = Queue()
    for _ in range(TRIES):
        _submit(client, (position,), orders, work, place, under_way, done)
        for _, outcomes in _some(client, address, under_way, done):
            if outcomes is None:
                return killed()
            if outcomes:
                return outcomes[0]
    return killed()


def _tubes_a_task(left: int, workers: int) -> int:
    """Fewer towards the end, so that all workers end together."""
    return max(1, min(TUBES_A_TASK, left // (2 * TASKS_A_WORKER * max(1, workers))))


def _submit(
    client: Any, batch: Batch, orders: Sequence[TubeTask], work: Work, place: Place,
    under_way: dict[str, tuple[Batch, Any]], done: "Queue[Any]",
) -> None:  # fmt: skip
    future = client.submit(analysed, [orders[position] for position in batch], work, place, pure=False)
    under_way[future.key] = batch, future
    future.add_done_callback(done.put)


def _some(
    client: Any, address: str, under_way: dict[str, tuple[Batch, Any]], done: "Queue[Any]"
) -> Iterator[tuple[Batch, list[TubeOutcome] | None]]:
    """Wait for finished tasks; None where workers died of one. Raises OSError where the cluster is lost."""
    last_seen = time.monotonic()
    while True:
        try:
            finished = [done.get(timeout=LOOK)]
        except Empty:
            if client.status != "running":
                raise _lost(address) from None
            last_seen = time.monotonic() if _workers(client) else last_seen
            if time.monotonic() - last_seen > WITHOUT_WORKERS:
                message = f"All workers of the Dask cluster at {address} are gone; finished tubes are kept. Run again."
                raise OSError(message) from None
            continue
        while not done.empty():
            finished.append(done.get())
        for future in finished:
            batch, _ = under_way.pop(future.key)
            yield batch, _outcomes(client, future, address)
        return


def _outcomes(client: Any, future: Any, address: str) -> list[TubeOutcome] | None:
    """None where the task's workers were killed, none where its result was lost with another's worker."""
    from distributed import CancelledError
    from distributed.scheduler import KilledWorker

    try:
        outcomes: list[TubeOutcome] = future.result()
        return outcomes
    except KilledWorker:
        return None
    except CancelledError:
        if client.status == "running":
            return []
        raise _lost(address) from None
    except UnfitWorkerError as error:
        remedy = "Give all workers this tregate and this file system; finished tubes are kept."
        raise ConfigurationError([Problem("--dask", None, f"{error}.", remedy)]) from None
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise OSError(f"Dask could not run a tube ({why}). Finished tubes are kept. Run again.") from error


def _workers(client: Any) -> list[str]:
    try:
        return list(client.scheduler_info(n_workers=-1)["workers"])
    except (OSError, TypeError):
        return []


def _lost(address: str) -> OSError:
    return OSError(f"The Dask scheduler at {address} is gone; finished tubes are kept. Run again.")
