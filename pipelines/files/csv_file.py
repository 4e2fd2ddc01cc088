"""Table <-> CSV as the contract has it: UTF-8, comma, header, `.` decimal, empty field = not measurable."""

import csv
import io
import math
import re
from collections.abc import Collection
from pathlib import Path
from typing import TextIO

from tregate.gating.read.regular_file import open_regular
from tregate.pipelines.files.atomic import whole_file
from tregate.pipelines.files.csv_text import plain_text, safe_text
from tregate.pipelines.files.table import Cell, Table

MEASURE_DIGITS = 6
"""Significant digits of a measured figure: far beyond its precision, short enough to read."""


SUMMARY_DIGITS = 8
"""Significant digits of summary.csv: exact p values such as 2/2^10 stay exact."""

_WHOLE = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")


def write_csv(table: Table, path: Path, *, digits: int | None = MEASURE_DIGITS) -> None:
    """Write a table, whole or not at all, with `\\n` line ends and the same bytes for the same table.

    `digits`: significant digits of floats; None writes the shortest text that reads back as the same float
    (for gates.csv and whatever else must be exact). Raises ValueError for nan and infinity.
    """
    with whole_file(path) as part, part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        _write_rows(table, file, digits)


def csv_of(table: Table, *, digits: int | None = MEASURE_DIGITS) -> str:
    """The text of the CSV file."""
    text = io.StringIO()
    _write_rows(table, text, digits)
    return text.getvalue()


def _write_rows(table: Table, file: TextIO, digits: int | None) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([safe_text(column) for column in table.columns])
    for row in table.rows:
        try:
            writer.writerow([field_of(cell, digits=digits) for cell in row])
        except ValueError as error:
            raise ValueError(f"table {table.name}: {error} in row {row!r}") from None


def field_of(cell: Cell, *, digits: int | None = MEASURE_DIGITS) -> str:
    """One cell as text. Raises ValueError for nan and infinity: what is not measurable is None."""
    if isinstance(cell, str):
        return safe_text(cell)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return str(cell)
    if not math.isfinite(cell):
        raise ValueError(f"{cell} is no measured value (not measurable is an empty cell)")
    rounded = float(cell) if digits is None else float(f"{cell:.{digits}g}")
    return repr(rounded + 0.0).removesuffix(".0")


def read_csv(path: Path, *, name: str | None = None, text: Collection[str] = ()) -> Table:
    """Read a CSV that `write_csv` wrote.

    Fields of the columns named in `text` stay text (a subject called "007" does); elsewhere numbers become
    int or float. An empty field is None, but "" in a text column. Raises ValueError for a row of another length.
    """
    with io.TextIOWrapper(open_regular(path), encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    columns = tuple(plain_text(column) for column in header)
    kept = frozenset(text)
    cells = tuple(
        tuple(
            plain_text(field) if columns[i : i + 1] and columns[i] in kept else _cell(field)
            for i, field in enumerate(row)
        )
        for row in rows
    )
    return Table(name or path.stem, columns, cells)


def _cell(field: str) -> Cell:
    if field == "":
        return None
    if _WHOLE.fullmatch(field):
        return int(field)
    if _NUMBER.fullmatch(field):
        return float(field)
    return plain_text(field)
