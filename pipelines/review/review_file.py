"""review.csv: what readers of the page marked, and which tubes they take out of the tables."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.csv_source import CsvSource, Row, column_problems, read_csv_source

COLUMNS = ("who", "when", "subject", "visit", "tube", "file", "population", "mark", "reason")
"""As the page exports them."""

TAKE_OUT = "take out"
MARKS = ("looks right", "look again", TAKE_OUT, "note")

TubeKey = tuple[str, str, str]
"""(subject, visit, tube)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One row: what one reader said of one tube, or of one gate of it."""

    who: str
    when: str
    """ISO 8601, as the reader's browser had it."""
    subject: str
    visit: str
    tube: str
    file: str
    population: str
    """"" where the whole tube is meant."""
    mark: str
    reason: str

    @property
    def key(self) -> TubeKey:
        return self.subject, self.visit, self.tube


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A tube that is taken out of the tables, with its audit trail."""

    subject: str
    visit: str
    tube: str
    file: str
    reason: str
    """Who, when and why; several readers one after the other."""

    @property
    def key(self) -> TubeKey:
        return self.subject, self.visit, self.tube


def read_review(path: Path, known: Collection[TubeKey] | None = None) -> tuple[Mark, ...]:
    """The marks of a review.csv, several exports one beneath the other included.

    `known`: the tubes of the run; a mark on any other is a problem. Raises ConfigurationError with all problems.
    """
    source, problems = read_csv_source(path, path.name)
    problems += column_problems(source, COLUMNS, COLUMNS)
    marks: tuple[Mark, ...] = ()
    if not problems:
        rows = [row for row in source.rows if not _is_header(row)]
        marks = tuple(Mark(*(row.get(column) for column in COLUMNS)) for row in rows)
        for row, mark in zip(rows, marks, strict=True):
            problems += _problems(source, row, mark, known)
    if problems:
        raise ConfigurationError(problems)
    return marks


def exclusions(marks: Collection[Mark]) -> tuple[Exclusion, ...]:
    """Tubes that any reader takes out, in the order in which they are first named."""
    found: dict[TubeKey, list[Mark]] = {}
    for mark in marks:
        if mark.mark == TAKE_OUT:
            found.setdefault(mark.key, []).append(mark)
    return tuple(
        Exclusion(*key, said[0].file, "; ".join(f"{mark.reason} (review by {mark.who}, {mark.when})" for mark in said))
        for key, said in found.items()
    )


def _is_header(row: Row) -> bool:
    return all(row.get(column) == column for column in COLUMNS)


def _problems(source: CsvSource, row: Row, mark: Mark, known: Collection[TubeKey] | None) -> list[Problem]:
    found = []

    def fault(message: str, remedy: str) -> None:
        found.append(Problem(source.file, row.line, message, remedy))

    if mark.mark not in MARKS:
        fault(f'`mark`: "{mark.mark}" is none of {", ".join(MARKS)}.', "Export the marks again from the page.")
    if known is not None and mark.key not in known:
        fault(
            f"subject {mark.subject}, visit {mark.visit}, tube {mark.tube} is no tube of this run.",
            "Use the review of this run's own report.html.",
        )
    if mark.mark == TAKE_OUT:
        if mark.population:
            fault(
                f"a single population ({mark.population}) cannot be taken out.",
                "Leave `population` empty to take out the whole tube.",
            )
        if not mark.reason:
            fault("`reason` is empty.", "A tube is taken out only with a reason: write it down.")
        if not mark.who:
            fault("`who` is empty.", "Write who takes the tube out.")
    return found
