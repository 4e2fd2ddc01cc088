"""bead_lots.csv: what each lot of counting beads holds."""

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tregate.gating.errors import Problem
from tregate.gating.units import BeadsPerMicrolitre
from tregate.pipelines.files.csv_source import Row, column_problems, read_csv_source
from tregate.pipelines.files.look_alikes import one_way
from tregate.pipelines.files.number_text import is_plain, number
from tregate.pipelines.study.moments import iso_words

REQUIRED = ("bead_lot", "beads_per_ul", "expires")
OPTIONAL = ("cv_percent", "bead_doublets")


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
    bead_doublets: Literal["one", "two"] | None = None
    """Whether a bead doublet counts as one bead or two, as its maker assayed the lot; None: the strategy says."""


def load_lots(path: Path, shown_as: str) -> tuple[dict[str, BeadLot], list[Problem], list[Problem]]:
    """Lots by name, everything wrong with the list, and what was read in another way than written."""
    source, problems = read_csv_source(path, shown_as)
    problems += column_problems(source, REQUIRED, REQUIRED + OPTIONAL)
    if any(column not in source.columns for column in ("bead_lot", "beads_per_ul")):
        return {}, problems, []
    notes = [Problem(shown_as, None, f"{note}.") for note in source.notes]
    lots: dict[str, BeadLot] = {}
    for row in source.rows:
        lot, faults = _lot(row, shown_as, source.decimal_commas)
        if lot.beads_per_ul is not None and not is_plain(written := row.get("beads_per_ul")):
            notes.append(Problem(shown_as, row.line, f'`beads_per_ul` "{written}" is read as {lot.beads_per_ul:.15g}.'))
        problems += faults
        if lot.name in lots:
            message = f'the bead lot "{lot.name}" is listed twice (first on line {lots[lot.name].line}).'
            problems.append(Problem(shown_as, row.line, message, "Remove one of the two."))
        elif lot.name:
            lots[lot.name] = lot
    return lots, problems, notes


def _lot(row: Row, file: str, decimal_commas: bool) -> tuple[BeadLot, list[Problem]]:
    problems = []
    name = one_way(row.get("bead_lot"))
    if not name:
        problems.append(Problem(file, row.line, "`bead_lot` is empty.", "Enter the lot number printed on the vial."))
    beads = cv = None
    if text := row.get("beads_per_ul"):
        beads, fault = _at_least(text, 0.0, decimal_commas, above=True)
        if fault:
            problems.append(Problem(file, row.line, f"`beads_per_ul`: {fault}."))
    if text := row.get("cv_percent"):
        cv, fault = _at_least(text, 0.0, decimal_commas, above=False)
        if fault:
            problems.append(Problem(file, row.line, f"`cv_percent`: {fault}."))
        elif cv is not None and cv > 100:
            problems.append(Problem(file, row.line, f"`cv_percent`: {text} is above 100 %, so the lot has no use."))
    expires = None
    if text := row.get("expires"):
        try:
            expires = datetime.date.fromisoformat(text)
        except ValueError:
            message = f'`expires`: "{text}" is not a date.'
            problems.append(Problem(file, row.line, message, f"Write it as {iso_words(text)}."))
    per_ul = None if beads is None else BeadsPerMicrolitre(beads)
    doublets: Literal["one", "two"] | None = None
    match row.get("bead_doublets"):
        case "one":
            doublets = "one"
        case "two":
            doublets = "two"
        case text if text:
            message = f'`bead_doublets`: "{text}" is neither `one` nor `two`.'
            remedy = "Write how the maker counted a bead doublet when the lot was assayed, or leave it empty."
            problems.append(Problem(file, row.line, message, remedy))
    return BeadLot(name, per_ul, expires, cv or 0.0, row.line, doublets), problems


def _at_least(text: str, limit: float, decimal_commas: bool, *, above: bool) -> tuple[float | None, str]:
    value = number(text, decimal_commas=decimal_commas)
    if isinstance(value, str):
        return None, value
    if value < limit or (above and value == limit):
        return None, f"{text} must be {'above' if above else 'at least'} {limit:g}"
    return value, ""
