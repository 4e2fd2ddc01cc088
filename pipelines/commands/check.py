"""`tregate check`: everything that can be told about a study before any event is gated.

Two kinds, told apart: problems stop a run (exit 2); faults are of one tube, which a run would list in
failures.csv while it goes on with the rest (exit 1).
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem, TubeError
from tregate.gating.prepare import prepare
from tregate.gating.read import read
from tregate.pipelines.study.load_study import load_study, shown
from tregate.pipelines.tubes.executors import unreadable
from tregate.pipelines.tubes.outcomes import Failure
from tregate.pipelines.tubes.tube_tasks import Job, jobs


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found. Without problems and faults, a run can be expected to gate every tube."""

    problems: tuple[Problem, ...]
    """Of study.yaml, samples.csv, lots, strategies, panels and table definition."""
    faults: tuple[Problem, ...] = ()
    """Of single tubes, each at its line of samples.csv."""
    tubes: int = 0
    excluded: int = 0

    @property
    def exit_code(self) -> int:
        return 2 if self.problems else 1 if self.faults else 0


def check_study(path: Path) -> Checked:
    """Check a study.yaml (or its folder), and of every FCS file whether it can be read and has what its gates need."""
    try:
        study = load_study(path)
    except ConfigurationError as error:
        return Checked(error.problems)
    samples = shown(study.samples_file)
    faults = []
    waiting = jobs(study)
    for job in waiting:
        found = [fault for fault in (_tube_fault(job), job.count_fault) if fault is not None]
        faults += [
            Problem(samples, job.entry.line, f"{job.entry.file}: {fault.stage}: {fault.message}") for fault in found
        ]
    return Checked((), tuple(faults), len(waiting), len(study.entries) - len(waiting))


def _tube_fault(job: Job) -> Failure | None:
    """Why the tube could not be gated, as far as its bytes, stains and compensation tell."""
    order = job.order
    try:
        order.path.open("rb").close()
        prepare(read(order.path, order.data_set), order.strategy, order.matrix_csv)
    except TubeError as error:
        return Failure(error.stage, type(error).__name__, str(error))
    except OSError as error:
        return unreadable(order.path, error)
    return None


# ---------------------------------------------------------------- for a person, for a script


def as_lines(found: Checked) -> list[str]:
    """What `check` prints."""
    if found.problems:
        number = len(found.problems)
        head = f"{number} problem{'s' if number != 1 else ''} to fix before the study can run:"
        return [head, *(f"  {problem}" for problem in found.problems)]
    excluded = f", {found.excluded} excluded" if found.excluded else ""
    lines = [f"The study can be run: {found.tubes} tubes{excluded}."]
    if found.faults:
        number = len(found.faults)
        head = f"{number} tube problem{'s' if number != 1 else ''}."
        lines.append(f"{head} A run will list them in failures.csv and analyse the other tubes:")
        lines += [f"  {fault}" for fault in found.faults]
    return lines


def as_plain(found: Checked) -> dict[str, Any]:
    """What `check --json` prints."""
    return {
        "problems": [asdict(problem) for problem in found.problems],
        "tube_faults": [asdict(fault) for fault in found.faults],
        "tubes": found.tubes,
        "excluded": found.excluded,
    }
