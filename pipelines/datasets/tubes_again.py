"""The tubes of a finished run, opened again with their gates as the run placed them."""

from collections.abc import Iterator
from dataclasses import dataclass

from tregate.gating.errors import TubeError
from tregate.gating.events import Gated, Prepared, Spillover
from tregate.gating.held_tube import hold
from tregate.gating.prepare import matrix_of
from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.interchange.gates_file import read_gates
from tregate.pipelines.runs.study_again import study_of_run
from tregate.pipelines.study.samples import TubeEntry
from tregate.pipelines.tubes.one_tube import unreadable
from tregate.pipelines.tubes.tube_tasks import jobs


@dataclass(frozen=True, slots=True)
class TubeAgain:
    """One tube; what was read of it is None where it cannot be gated."""

    entry: TubeEntry
    strategy: Strategy
    prepared: Prepared | None = None
    gated: Gated | None = None
    spillover: Spillover | None = None
    """The matrix that was applied; None where none was."""
    failed: str = ""
    """Why there is none."""


def tubes_again(run: FinishedRun, *, gate: bool) -> Iterator[TubeAgain]:
    """Every used tube, one at a time. `gate`: with membership of every event; otherwise `gated` is None.

    Raises ConfigurationError where the study is not where it was, a file of it was changed, or another version of the
    program made the run: the gates would be others.
    """
    study = study_of_run(run.folder, run.record)
    placed = read_gates(run.folder / "gates.csv", study.strategies)
    for job in jobs(study, replay=placed):
        entry, strategy = job.entry, job.order.strategy
        if entry.key not in placed:
            yield TubeAgain(entry, strategy, failed="the run has no gates of this tube; see failures.csv")
            continue
        try:
            tube = hold(job.order)
            gated = tube.gated(placed[entry.key]) if gate else None
            yield TubeAgain(entry, strategy, tube.prepared, gated, matrix_of(tube.prepared, entry.compensation))
        except TubeError as error:
            yield TubeAgain(entry, strategy, failed=str(error))
        except OSError as error:
            yield TubeAgain(entry, strategy, failed=unreadable(entry.path, error).message)


class NameGiver:
    """File names of tubes from subject, visit and tube: no two alike, without letters that a system may refuse."""

    def __init__(self, ending: str) -> None:
        self.ending = ending
        self.taken: set[str] = set()

    def of(self, entry: TubeEntry) -> str:
        """A name that was not given before, whatever the case of its letters."""
        stem = "_".join("".join(c if c.isalnum() or c in "-." else "_" for c in part) for part in entry.key)
        number, name = 1, f"{stem}{self.ending}"
        while name.lower() in self.taken:
            number += 1
            name = f"{stem}.{number}{self.ending}"
        self.taken.add(name.lower())
        return name
