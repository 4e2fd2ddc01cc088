"""A printed table of visits, as CSV, put through the checks of a summary."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.csv_source import column_problems, read_csv_source
from tregate.pipelines.files.number_text import number
from tregate.pipelines.statistics.claimed_p import claim
from tregate.pipelines.statistics.mean_cells import printed_cells, printed_factor, printed_measure, printed_names
from tregate.pipelines.statistics.plausibility import implausible
from tregate.pipelines.statistics.printed_units import KNOWN
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.tubes.records import TubeFinding

COLUMNS = ("measure", "unit", "visit", "mean", "sd", "stars")
WIDEST = 100.0
"""Times its mean that an SD of values from 0 on can be: the square root of their number."""
ROUNDED = 0.5
"""What a mean may be printed too low."""


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """A printed table, as far as it was understood."""

    cells: int
    findings: tuple[TubeFinding, ...]
    omitted: tuple[str, ...]
    """What of the table was not checked, in words."""


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: Mapping[str, str]
    measure: str | None


def check_printed(path: Path, declared: Declared, *, pairs: int | None = None) -> CheckedTable:
    """What about a printed table cannot be or needs review, and what of it was not understood.

    `pairs`: subjects with both visits, for what their tests can give. Raises ConfigurationError where the file is not
    such a table, a number is none or is impossible, a unit is not known, a cell is given twice, or no row is a measure
    of the table definition (by `printed_as`).
    """
    source, problems = read_csv_source(path, str(path))
    problems += column_problems(source, COLUMNS, COLUMNS)
    names = printed_names(declared)
    rows: list[_Row] = []
    for row in source.rows:
        cells = {column: row.get(column) or "" for column in COLUMNS}
        for column in ("mean", "sd"):
            value = number(cells[column]) if cells[column] else 0.0
            if isinstance(value, str):
                problems.append(Problem(str(path), row.line, f"`{column}`: {value}."))
                cells[column] = ""
            else:
                cells[column] = str(value) if cells[column] else ""
        if not row.get("mean"):
            problems.append(Problem(str(path), row.line, "`mean` is empty.", "Remove the row, or enter its mean."))
        rows.append(_Row(row.line, cells, printed_measure(cells, names)))
    known = [row for row in rows if row.measure is not None]
    for one in known:
        problems += [Problem(str(path), one.line, what, remedy) for what, remedy in _impossible(one, declared)]
    problems += _twice(known, str(path))
    if problems:
        raise ConfigurationError(problems)
    table = printed_cells([row.cells for row in known], declared, pairs=pairs)
    if not table:
        message = "no row is a measure of the table definition."
        raise ConfigurationError([Problem(str(path), None, message, f"Known: {_printed(declared)}.")])
    return CheckedTable(len(table), tuple(implausible(table, declared)), tuple(_omitted(rows, declared)))


def _impossible(row: _Row, declared: Declared) -> Iterator[tuple[str, str]]:
    """(what no value of the measure can be, what to do)."""
    cells = row.cells
    if printed_factor(cells, str(row.measure), declared) is None:
        yield f'`unit` "{cells["unit"]}" is not known for {cells["measure"]}.', f"Known: {', '.join(KNOWN)}."
    mean, sd = (float(cells[column]) if cells[column] else None for column in ("mean", "sd"))
    remedy = "Compare the row with the printed table."
    for column, value in (("mean", mean), ("sd", sd)):
        if value is not None and value < 0:
            yield f"`{column}` is {value:g}, which no number or share of cells can have.", remedy
    if mean is None or mean < 0:
        return
    if _is_part(row, declared):
        for column, value in (("mean", mean), ("sd", sd)):
            if value is not None and value > 100:
                yield f"`{column}` is {value:g} %, more than the whole.", remedy
    if sd is not None and sd > WIDEST * (mean + ROUNDED):
        yield f"`sd` {sd:g} cannot be that of values that are 0 or more with a mean of {mean:g}.", remedy


def _is_part(row: _Row, declared: Declared) -> bool:
    """Whether the measure is a share of a population of which its cells are."""
    return declared.measures[str(row.measure)].formula == "percent_of"


def _twice(rows: Sequence[_Row], file: str) -> Iterator[Problem]:
    first: dict[tuple[str | None, str], _Row] = {}
    for row in rows:
        before = first.setdefault((row.measure, row.cells["visit"]), row)
        if before is not row:
            what = f"{row.cells['measure']} at {row.cells['visit']} is already given in line {before.line}."
            yield Problem(file, row.line, what, "Remove one of the two.")


def _omitted(rows: Sequence[_Row], declared: Declared) -> Iterator[str]:
    others = dict.fromkeys(f"{row.cells['measure']} ({row.cells['unit']})" for row in rows if row.measure is None)
    if others:
        yield (
            f"Not checked, as they are no measures of the table definition: {', '.join(others)}. "
            f"Known: {_printed(declared)}."
        )
    for row in rows:
        if row.measure is not None and claim(row.cells["stars"]) is None:
            what = f'{row.cells["measure"]} at {row.cells["visit"]}: "{row.cells["stars"]}"'
            yield f"line {row.line}: {what} is neither stars nor a p, such as ** or p<0.01, and was not checked."


def _printed(declared: Declared) -> str:
    return ", ".join(dict.fromkeys(name for measure in declared.measures.values() for name in measure.printed_as))
