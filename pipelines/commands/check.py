"""`tregate check`: everything that can be checked of a study before any event is gated.

Two kinds, reported apart: problems stop a run (exit 2); faults are of one tube, which a run would list in
failures.csv while it goes on with the rest (exit 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tregate.gating.wording import counted
from tregate.pipelines.commands.as_json import print_json
from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import Json
from tregate.pipelines.files.equal_problems import grouped

if TYPE_CHECKING:
    from tregate.gating.errors import Problem
    from tregate.gating.events import Prepared
    from tregate.pipelines.study.load_study import Study
    from tregate.pipelines.tubes.outcomes import Failure
    from tregate.pipelines.tubes.tube_tasks import Job


def check(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="A study.yaml, or the folder that contains it.")],
    as_json: Json = False,
) -> None:
    """Check the study files and FCS headers; report all problems at once."""
    with exit_codes_for_errors():
        found = check_study(study)
        if as_json:
            print_json(as_plain(found))
        else:
            print("\n".join(as_lines(found)))
        raise typer.Exit(found.exit_code)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found. Without problems and faults, a run can be expected to gate every tube."""

    problems: tuple[Problem, ...]
    """Of study.yaml, samples.csv, lots, strategies, panels and table definition."""
    faults: tuple[Problem, ...] = ()
    """Of single tubes, each at its line of samples.csv."""
    tubes: int = 0
    excluded: int = 0
    notes: tuple[Problem, ...] = ()
    """What was read in another way than it is written."""
    no_value: Problem | None = None
    """That no tube can give the primary measure, so that a run would end with exit code 1."""
    uncounted: Problem | None = None
    """That tubes have no bead lot or volumes, so that their cells/µL stay empty."""
    matrices: tuple[Problem, ...] = ()
    """Matrices and settings of the files that the single-stain controls contradict, or that these are compensated."""
    unusual: tuple[Problem, ...] = ()
    """Volumes and dilutions that nearly no other row has, each at its line of samples.csv."""
    unchecked: tuple[Problem, ...] = ()
    """Ids, codes and units of the table definition that are in no shipped list."""

    @property
    def exit_code(self) -> int:
        return 2 if self.problems else 1 if self.faults or self.no_value or self.matrices else 0


def check_study(path: Path) -> Checked:
    """Check a study.yaml (or its folder), and of every FCS file whether it can be read and has what its gates need."""
    from tregate.gating.errors import ConfigurationError, Problem
    from tregate.pipelines.crosschecks.odd_volume import odd_numbers
    from tregate.pipelines.study.load_study import load_study, shown
    from tregate.pipelines.tubes.outcomes import Failure
    from tregate.pipelines.tubes.primary_in_advance import without_primary
    from tregate.pipelines.tubes.tube_tasks import jobs, volume_fault
    from tregate.pipelines.tubes.uncounted import without_bead_load

    try:
        study = load_study(path)
        matrices = () if study.controls is None else _contradicted(study)
    except ConfigurationError as error:
        return Checked(error.problems)
    samples = shown(study.samples_file)
    faults: list[Problem] = []
    seen: list[tuple[Job, Prepared | str]] = []
    waiting = jobs(study)
    for job in waiting:
        state = _before_gating(job)
        seen.append((job, state.message if isinstance(state, Failure) else state))
        volume = None if isinstance(state, Failure) else volume_fault(job, state.sample.data_set)
        found = [fault for fault in (state, job.count_fault, volume) if isinstance(fault, Failure)]
        faults += [
            Problem(samples, job.entry.line, f"{job.entry.file}: {fault.stage}: {fault.message}") for fault in found
        ]
    excluded, no_value = len(study.entries) - len(waiting), without_primary(study, seen)
    uncounted = without_bead_load(study, waiting)
    loads = [(job.entry, load) for job in waiting if (load := job.order.counted_by) is not None]
    unusual = tuple(
        Problem(samples, loads[odd.tube][0].line, f"{loads[odd.tube][0].file}: {odd.message}")
        for odd in odd_numbers([load for _, load in loads], study.study_limits)
    )
    return Checked(
        (),
        tuple(faults),
        len(waiting),
        excluded,
        study.notes,
        no_value,
        uncounted,
        matrices,
        unusual,
        study.tables.notes,
    )


def _contradicted(study: Study) -> tuple[Problem, ...]:
    """Imported only where study.yaml names controls."""
    from tregate.pipelines.compensating.study_files import contradicted_matrices

    return contradicted_matrices(study)


def _before_gating(job: Job) -> Prepared | Failure:
    """The tube before gating, or why it could not be gated, as far as its bytes, stains and compensation show."""
    from tregate.gating.errors import TubeError
    from tregate.gating.prepare import prepare
    from tregate.gating.read.regular_file import open_regular
    from tregate.gating.read.survey import read
    from tregate.pipelines.tubes.one_tube import unreadable
    from tregate.pipelines.tubes.outcomes import Failure

    order = job.order
    try:
        open_regular(order.path).close()
        return prepare(read(order.path, order.data_set), order.strategy, order.matrix_csv)
    except TubeError as error:
        return Failure(error.stage, type(error).__name__, str(error))
    except OSError as error:
        return unreadable(order.path, error)


# ---------------------------------------------------------------- for a person, for a script


def as_lines(found: Checked) -> list[str]:
    """What `check` prints."""
    if found.problems:
        problems = grouped(found.problems)
        number = len(problems)
        head = f"{number} problem{'s' if number != 1 else ''} to fix before the study can run:"
        return [head, *(f"  {problem}" for problem in problems)]
    excluded = f", {found.excluded} excluded" if found.excluded else ""
    lines = [f"The study can be run: {counted(found.tubes, 'tube')}{excluded}."]
    if found.faults:
        number = len(found.faults)
        head = f"{number} tube problem{'s' if number != 1 else ''}."
        lines.append(f"{head} A run will list them in failures.csv and analyse the other tubes:")
        lines += [f"  {fault}" for fault in _faults_grouped(found.faults)]
    if found.no_value is not None:
        lines.append(f"NO VALUE for the primary measure: {found.no_value.message} {found.no_value.remedy}")
    if found.uncounted is not None:
        lines.append(f"NO CELLS/µL: {found.uncounted.message} {found.uncounted.remedy}")
    if found.matrices:
        lines += ["By the single-stain controls:", *(f"  {one}" for one in found.matrices)]
    if found.unusual:
        lines += ["Unlike nearly all other rows:", *(f"  {one}" for one in found.unusual)]
    if found.notes:
        lines += ["Read differently from how it is written:", *(f"  {note}" for note in grouped(found.notes))]
    if found.unchecked:
        lines += ["Ids, codes and units to compare yourself:", *(f"  {note}" for note in found.unchecked)]
    return lines


def _faults_grouped(faults: Sequence[Problem]) -> tuple[Problem, ...]:
    """Faults of many tubes with one cause as one; a fault of one tube alone keeps the tube's file name."""
    causes: dict[str, list[Problem]] = {}
    for fault in faults:
        named = fault.message.partition(": ")[2]
        cause = named.replace(f", line {fault.line}", "")
        causes.setdefault(cause, []).append(fault)
    return tuple(
        fault
        for cause, alike in causes.items()
        for fault in (alike if len(alike) == 1 else grouped(replace(one, message=cause) for one in alike))
    )


def as_plain(found: Checked) -> dict[str, Any]:
    """What `check --json` prints."""
    return {
        "problems": [asdict(problem) for problem in found.problems],
        "tube_faults": [asdict(fault) for fault in found.faults],
        "no_value": None if found.no_value is None else asdict(found.no_value),
        "uncounted": None if found.uncounted is None else asdict(found.uncounted),
        "matrices": [asdict(one) for one in found.matrices],
        "unusual": [asdict(one) for one in found.unusual],
        "notes": [asdict(note) for note in found.notes],
        "unchecked": [asdict(note) for note in found.unchecked],
        "tubes": found.tubes,
        "excluded": found.excluded,
    }
