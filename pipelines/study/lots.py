"""bead_lots.csv: what each lot of counting beads holds."""

import datetime
from dataclasses import dataclass
from pathlib import Path

from tregate.gating.errors import Problem
from tregate.gating.units import BeadsPerMicrolitre
from tregate.pipelines.files.csv_source import Row, column_problems, number, read_csv_source

REQUIRED = ("bead_lot", "beads_per_ul", "expires")
OPTIONAL = ("cv_percent",)


@dataclass(frozen=True, slots=True)
class BeadLot:
    """One lot of counting beads."""

    name: str
    beads_per_ul: BeadsPerMicrolitre | None
    """None where the product states beads per tube instead."""
    expires: datetime.date | None
    """Last day of use; None where the list leaves it out, which is flagged."""
    cv_percent: float = 0.0
    """Stated uncertainty of the concentration [%]; 0 where none is stated."""
    line: int = 0


def load_lots(path: Path, shown_as: str) -> tuple[dict[str, BeadLot], list[Problem]]:
    """Lots by name, and everything wrong with the list."""
    source, problems = read_csv_source(path, shown_as)
    problems += column_problems(source, REQUIRED, REQUIRED + OPTIONAL)
    if any(column not in source.columns for column in ("bead_lot", "beads_per_ul")):
        return {}, problems
    lots: dict[str, BeadLot] = {}
    for row in source.rows:
        lot, faults = _lot(row, shown_as)
        problems += faults
        if lot.name in lots:
            message = f'the bead lot "{lot.name}" is listed twice (first on line {lots[lot.name].line}).'
            problems.append(Problem(shown_as, row.line, message, "Remove one of the two."))
        elif lot.name:
            lots[lot.name] = lot
    return lots, problems


def _lot(row: Row, file: str) -> tuple[BeadLot, list[Problem]]:
    problems = []
    name = row.get("bead_lot")
    if not name:
        problems.append(Problem(file, row.line, "`bead_lot` is empty.", "Enter the lot number printed on the vial."))
    beads = cv = None
    if text := row.get("beads_per_ul"):
        beads, fault = _at_least(text, 0.0, above=True)
        if fault:
            problems.append(Problem(file, row.line, f"`beads_per_ul`: {fault}."))
    if text := row.get("cv_percent"):
        cv, fault = _at_least(text, 0.0, above=False)
        if fault:
            problems.append(Problem(file, row.line, f"`cv_percent`: {fault}."))
    expires = None
    if text := row.get("expires"):
        try:
            expires = datetime.date.fromisoformat(text)
        except ValueError:
            message = f'`expires`: "{text}" is not a date.'
            problems.append(Problem(file, row.line, message, "Write it as 2026-12-31."))
    per_ul = None if beads is None else BeadsPerMicrolitre(beads)
    return BeadLot(name, per_ul, expires, cv or 0.0, row.line), problems


def _at_least(text: str, limit: float, *, above: bool) -> tuple[float | None, str]:
    value = number(text)
    if isinstance(value, str):
        return None, value
    if value < limit or (above and value == limit):
        return None, f"{text} must be {'above' if above else 'at least'} {limit:g}"
    return value, ""
