"""review.csv: the marks of reviewers, and which tubes they exclude from the tables."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.csv_source import CsvSource, Row, column_problems, read_csv_source

COLUMNS = ("who", "when", "subject", "visit", "tube", "file", "population", "mark", "reason")
"""As the page exports them."""
CODES = "codes"
"""A further column of marks on a blinded run: what its codes are recognised by."""

EXCLUDE = "exclude"
MARKS = ("confirmed", "to review again", EXCLUDE, "note")
FORMER_MARKS = {"looks right": "confirmed", "look again": "to review again", "take out": EXCLUDE}
"""Marks in a review.csv of an earlier version of the page -> the present mark."""

TubeKey = tuple[str, str, str]
"""(subject, visit, tube)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One row: the mark of one reviewer on one tube, or on one gate of it."""

    who: str
    when: str
    """ISO 8601, by the clock of the reviewer's browser."""
    subject: str
    visit: str
    tube: str
    file: str
    population: str
    """"" where the whole tube is meant."""
    mark: str
    reason: str
    codes: str = ""
    """What the codes of `visit` and `file` are recognised by, where the run was blinded."""

    @property
    def key(self) -> TubeKey:
        return self.subject, self.visit, self.tube


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A tube that a reviewer excluded from the tables, with its audit trail."""

    subject: str
    visit: str
    tube: str
    file: str
    reason: str
    """Who, when and why; several reviewers one after the other."""

    @property
    def key(self) -> TubeKey:
        return self.subject, self.visit, self.tube


def read_review(
    path: Path, known: Collection[TubeKey] | None = None, uncoded: Callable[[Mark], Mark] = lambda mark: mark
) -> tuple[Mark, ...]:
    """The marks of a review.csv, including files that join several exports.

    `known`: the tubes of the run; a mark on any other is a problem. `uncoded`: the mark with the names of its visit
    and file, where it has those of a blinded run. Raises ConfigurationError with all problems.
    """
    source, problems = read_csv_source(path, path.name)
    problems += column_problems(source, COLUMNS, (*COLUMNS, CODES))
    marks: tuple[Mark, ...] = ()
    if not problems:
        rows = [row for row in source.rows if not _is_header(row)]
        marks = tuple(uncoded(_mark(row)) for row in rows)
        for row, mark in zip(rows, marks, strict=True):
            problems += _problems(source, row, mark, known)
    if problems:
        raise ConfigurationError(problems)
    return marks


def exclusions(marks: Collection[Mark]) -> tuple[Exclusion, ...]:
    """Tubes that any reviewer excluded, in the order in which they are first named."""
    found: dict[TubeKey, list[Mark]] = {}
    for mark in marks:
        if mark.mark == EXCLUDE:
            found.setdefault(mark.key, []).append(mark)
    return tuple(
        Exclusion(*key, said[0].file, "; ".join(f"{mark.reason} (review by {mark.who}, {mark.when})" for mark in said))
        for key, said in found.items()
    )


def _mark(row: Row) -> Mark:
    mark = Mark(*(row.get(column) for column in (*COLUMNS, CODES)))
    return replace(mark, mark=FORMER_MARKS.get(mark.mark, mark.mark))


def _is_header(row: Row) -> bool:
    return all(row.get(column) == column for column in COLUMNS)


def _problems(source: CsvSource, row: Row, mark: Mark, known: Collection[TubeKey] | None) -> list[Problem]:
    found = []

    def fault(message: str, remedy: str) -> None:
        found.append(Problem(source.file, row.line, message, remedy))

    if mark.mark not in MARKS:
        fault(f'`mark`: "{mark.mark}" is not one of {", ".join(MARKS)}.', "Export the marks again from the page.")
    if known is not None and mark.key not in known:
        fault(
            f"subject {mark.subject}, visit {mark.visit}, tube {mark.tube} is not a tube of this run"
            f"{', and the codes are not those of its blinded run' if mark.codes else ''}.",
            "Use a review.csv exported from this run's report.html.",
        )
    if mark.mark == EXCLUDE:
        if mark.population:
            fault(
                f"a single population ({mark.population}) cannot be excluded.",
                "Leave `population` empty to exclude the whole tube.",
            )
        if not mark.reason:
            fault("`reason` is empty.", "Enter the reason for which the tube is excluded.")
        if not mark.who:
            fault("`who` is empty.", "Enter the name of the reviewer who excludes the tube.")
    return found
