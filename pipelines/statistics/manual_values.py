"""A laboratory's own values beside those of a run: pairs, and what has no partner, with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.near_names import nearest
from tregate.pipelines.files.csv_file import read_csv
from tregate.pipelines.files.csv_source import column_problems, read_csv_source
from tregate.pipelines.files.number_text import number
from tregate.pipelines.statistics.measure_names import MeasureNames

REQUIRED = ("subject", "visit", "measure", "value")
OPTIONAL = ("reader", "repeat", "unit")
NO_MEASURES = ("_low", "_high", "_loq")
SHOWN = 8

Key = tuple[str, str, str]
"""(subject, visit, measure)."""


@dataclass(frozen=True, slots=True)
class Manual:
    """One value that a person or another program found."""

    key: Key
    reader: str
    value: float


@dataclass(frozen=True, slots=True)
class RunValues:
    """Values of the visit tables of a run."""

    values: Mapping[Key, float | None]
    measures: tuple[str, ...]


def is_count(measure: str) -> bool:
    """Whether the measure is a concentration, compared by ratios; percentages are compared by differences."""
    return measure.endswith("_per_ul")


def run_values(out: Path, names: Sequence[str]) -> RunValues:
    """Values of the visit tables among the files `names` of a run's folder."""
    values: dict[Key, float | None] = {}
    measures: dict[str, None] = {}
    for name in sorted(names):
        if not name.endswith(".csv"):
            continue
        table = read_csv(out / name, text=("subject", "visit"))
        if table.columns[:2] != ("subject", "visit") or {"tube", "file", "measure", "population"} & {*table.columns}:
            continue
        for record in table.records():
            for column, cell in record.items():
                if column in ("subject", "visit", "flags") or column.endswith(NO_MEASURES):
                    continue
                if cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool)):
                    measures[column] = None
                    key = (str(record["subject"]), str(record["visit"]), column)
                    if values.get(key) is None:
                        values[key] = None if cell is None else float(cell)
    return RunValues(values, tuple(measures))


def files_of(out: Path) -> dict[tuple[str, str], list[str]]:
    """(subject, visit) -> files of its gated tubes, as samples.csv names them, in the order of counts.csv."""
    table = read_csv(out / "counts.csv", text=("subject", "visit", "tube", "file", "population", "parent", "flags"))
    found: dict[tuple[str, str], dict[str, None]] = {}
    for row in table.records():
        found.setdefault((str(row["subject"]), str(row["visit"])), {})[str(row["file"])] = None
    return {place: list(files) for place, files in found.items()}


def read_manual(path: Path, names: MeasureNames) -> tuple[list[Manual], int]:
    """The rows of MANUAL.csv that have a value, and how many have none.

    A measure is called by its column, or as pages and tables print it.
    Raises ConfigurationError with every problem: a missing column, a value that is no number, an unknown measure, a
    name of several measures of which the unit fits more than one, a unit that is not the measure's, a row given twice.
    """
    source, problems = read_csv_source(path, str(path))
    problems += column_problems(source, REQUIRED, (*REQUIRED, *OPTIONAL))
    found: list[Manual] = []
    seen: dict[tuple[str, ...], int] = {}
    for row in source.rows if not problems else ():
        if not row.get("value"):
            continue
        value = number(row.get("value"), decimal_commas=source.decimal_commas)
        named, unit = row.get("measure"), row.get("unit")
        known = names.find(named)
        fitting = names.by_unit([one for one in known if not _wrong_unit(one, unit)], unit)
        measure = (fitting or [*known, ""])[0]
        identity = (row.get("subject"), row.get("visit"), measure, row.get("reader"), row.get("repeat"))
        if isinstance(value, str):
            problems.append(Problem(str(path), row.line, f"`value`: {value}.", "Remove the row, or enter its value."))
        elif value < 0:
            problems.append(Problem(str(path), row.line, f"`value` is negative: {value:g}.", "Enter 0 or more."))
        elif not known:
            near = nearest(named, names.measures)
            remedy = f'Did you mean "{near}"?' if near else f"Known: {', '.join(names.measures[:SHOWN])}."
            problems.append(Problem(str(path), row.line, f'the run has no measure "{named}".', remedy))
        elif len(fitting) > 1:
            message = f'"{named}" may be {" or ".join(fitting)}.'
            problems.append(Problem(str(path), row.line, message, "Enter one of these names."))
        elif wrong := _wrong_unit(measure, unit):
            problems.append(Problem(str(path), row.line, wrong, "Convert the values."))
        elif identity in seen:
            message = f"the same subject, visit, measure, reader and repeat as line {seen[identity]}."
            problems.append(Problem(str(path), row.line, message, "Number the repeats in the column `repeat`."))
        else:
            seen[identity] = row.line
            found.append(Manual((row.get("subject"), row.get("visit"), measure), row.get("reader"), value))
    if not problems and not found:
        message = "`value`: it is empty in every row." if source.rows else "the file has no rows."
        problems.append(Problem(str(path), None, message, "Enter one row per value."))
    if problems:
        raise ConfigurationError(problems)
    return found, len(source.rows) - len(found)


_PER_UL = {"cells/µl", "cells/ul", "/µl", "/ul", "cells/mm3", "/mm3", "10^6/l"}


def _wrong_unit(measure: str, unit: str) -> str:
    """What is wrong with a unit; "" where it is the measure's or not given."""
    written = unit.lower().replace("\N{GREEK SMALL LETTER MU}", "\N{MICRO SIGN}")
    if not unit or (written in _PER_UL if is_count(measure) else written.startswith("%") or "percent" not in measure):
        return ""
    return f'the unit "{unit}" is not that of {measure} ({"cells/µL" if is_count(measure) else "%"}).'
