"""Decisions that were taken after a run come into its tables: the run again, where only changed tubes are gated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tregate.pipelines.console import Console
from tregate.pipelines.review.audit_log import AUDIT, whole_log
from tregate.pipelines.review.decision import AUTOMATIC, EXCLUDE, MOVE, UNDO, Decision
from tregate.pipelines.review.standing import changed_tubes, changes_by_tube, standing, undone
from tregate.pipelines.run import run
from tregate.pipelines.runs.options import RunOptions
from tregate.pipelines.runs.previous_run import read_record
from tregate.pipelines.runs.run_result import RunResult
from tregate.pipelines.runs.study_again import study_of_run

FIGURES = frozenset({MOVE, AUTOMATIC, EXCLUDE, UNDO})
"""Actions that change figures."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What was applied."""

    decisions: int
    ran: RunResult


def waiting(out: Path, record: Mapping[str, Any]) -> int:
    """How many decisions of the first reading would change the tables; a move and its undo would not.

    Raises ConfigurationError where the log's chain is broken.
    """
    decisions = whole_log(out / AUDIT).decisions
    applied = _applied(record)
    tubes = changed_tubes(changes_by_tube(decisions), changes_by_tube(decisions[:applied]))
    stand = {one.n for one in standing(decisions)}
    stand |= {one.n for one in decisions if one.wish.action == UNDO and undone(one) <= applied}
    about = [one for one in _unapplied(decisions, applied) if (one.wish.file_sha256, one.wish.tube) in tubes]
    return max(sum(one.n in stand for one in about), len(tubes))


def _applied(record: Mapping[str, Any]) -> int:
    """Entries of the log that the run knew."""
    return int(((record.get("options") or {}).get("review") or {}).get("entries", 0))


def _unapplied(decisions: Sequence[Decision], applied: int) -> list[Decision]:
    """Decisions of the first reading about figures that the run did not know."""
    return [one for one in decisions[applied:] if one.wish.action in FIGURES and one.wish.reading == 1]


def bring_decisions(out: Path, console: Console, workers: int = 1) -> Brought | None:
    """Make the run in `out` again with every decision, so that changes.csv lists those that were undone too.

    None where the run knows every decision about figures. Tubes without a change come from the run's store of
    outcomes. Raises ConfigurationError where the study, the program or the log is not what it was.
    """
    record = read_record(out)
    number = len(_unapplied(whole_log(out / AUDIT).decisions, _applied(record)))
    if not number:
        return None
    study = study_of_run(out, record)
    return Brought(number, run(study, out, options_of(out, record, workers), console))


def options_of(out: Path, record: Mapping[str, Any], workers: int) -> RunOptions:
    """The options by which the run was made. Gates of an earlier run are taken as this run recorded them."""
    options = record["options"]
    replayed = options.get("gates") is not None
    return RunOptions(
        workers=workers,
        pages=options["pages"],
        figures=True,
        formats=tuple(options.get("formats", ())),
        gates=out / "gates.csv" if replayed else None,
        pdf="strips.pdf" in record["files"],
        store=None if options.get("store") is None else out / options["store"],
    )
