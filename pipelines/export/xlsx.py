"""tables.xlsx: one sheet a table with one header row, filters and typed cells, and a sheet ReadMe with units and notes.

The same bytes every time.
"""

import datetime
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tregate.pipelines.export.about_tables import unit_of
from tregate.pipelines.export.large_sheets import LARGE, CompactCells, pack_text_of
from tregate.pipelines.files.atomic import whole_file
from tregate.pipelines.files.csv_file import SUMMARY_DIGITS
from tregate.pipelines.files.csv_text import safe_text
from tregate.pipelines.files.table import Cell, Table

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

KEYS = frozenset({"subject", "visit", "tube", "file", "table", "measure", "population"})
"""Columns that stay in sight while one scrolls to the right."""

_EPOCH = datetime.datetime(1980, 1, 1)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_SHADE, _GREY = "#E8EDF2", "#555555"
_LOOKS: Mapping[str, Mapping[str, Any]] = {
    "name": {"bold": True, "bg_color": _SHADE},
    "foot": {"italic": True, "font_color": _GREY},
    **{number: {"num_format": number} for number in ("0", "0.0", "0.00", "0.0000", "0.0000000", "0.00E+00")},
}
"""What cells look like: headings and notes, and numbers by their size."""
_PROBABILITIES = frozenset({"p_value", "p_floor", "p_exact", "p_all_visits", "p_any_visit", "p_unadjusted"})
"""Columns whose numbers stand below each other with as many digits."""


README = "ReadMe"
About = Sequence[tuple[str, str]]
"""Name and value, for the head of ReadMe."""


def write_xlsx(
    tables: Sequence[Table],
    path: Path,
    units: Mapping[str, str] | None = None,
    *,
    footnotes: Sequence[str] = (),
    about: About = (),
) -> None:
    """Write the workbook whole or not at all. Numbers are numbers, None is an empty cell, text never runs."""
    with whole_file(path) as part:
        part.write_bytes(xlsx_of(tables, units, footnotes=footnotes, about=about))


def xlsx_of(
    tables: Sequence[Table],
    units: Mapping[str, str] | None = None,
    *,
    footnotes: Sequence[str] = (),
    about: About = (),
) -> bytes:
    """The bytes of the workbook. `units`: of columns that have one; fold columns have "fold".

    Raises ValueError where there is no table.
    """
    from xlsxwriter import Workbook

    if not tables:
        raise ValueError("a workbook needs one table at least")
    written = io.BytesIO()
    with Workbook(written, {"in_memory": True}) as book:
        if any(len(table) >= LARGE for table in tables):
            pack_text_of(book)
        book.set_properties({"author": "tregate", "created": _EPOCH})
        tube_statuses = {name: book.add_format(dict(look)) for name, look in _LOOKS.items()}
        for table in tables:
            name = _sheet_name(table.name, [sheet.name for sheet in book.worksheets()])
            _fill(book.add_worksheet(name), table, tube_statuses)
        taken = [sheet.name for sheet in book.worksheets()]
        _explain(book.add_worksheet(_sheet_name(README, taken)), tables, units or {}, footnotes, about, tube_statuses)
    return written.getvalue()


def _fill(sheet: "Worksheet", table: Table, looks: "Mapping[str, Format]") -> None:
    cells = CompactCells() if len(table) >= LARGE else None
    for column, name in enumerate(table.columns):
        sheet.write_string(0, column, safe_text(name), looks["name"])
        width = max([len(name) + 3, *(len(_shown(row[column])) for row in table.rows)])
        sheet.set_column(column, column, min(max(width, 6), 60) + 2)
    if cells is not None:
        cells.take(0, sheet.table.pop(0, {}))
    for number, row in enumerate(table.rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, float):
                rounded = float(f"{value:.{SUMMARY_DIGITS}g}")
                sheet.write_number(number, column, rounded, looks[_format_of(rounded, table.columns[column])])
            elif value is not None and value != "":
                _write(sheet, number, column, value)
        if cells is not None:
            cells.take(number, sheet.table.pop(number, {}))
    if cells is not None:
        sheet.table = cells
    keys = next((i for i, name in enumerate(table.columns) if name not in KEYS), len(table.columns))
    sheet.freeze_panes(1, keys)
    if table.columns:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _explain(
    sheet: "Worksheet",
    tables: Sequence[Table],
    units: Mapping[str, str],
    footnotes: Sequence[str],
    about: About,
    looks: "Mapping[str, Format]",
) -> None:
    """What the workbook is, its notes, and every column with its unit: blocks that an empty row separates."""
    row = 0
    for name, value in about:
        sheet.write_string(row, 0, name, looks["name"])
        sheet.write_string(row, 1, safe_text(_plain(value)))
        row += 1
    row += bool(about)
    for note in footnotes:
        sheet.write_string(row, 0, safe_text(_plain(note)), looks["foot"])
        row += 1
    row += bool(footnotes)
    for column, heading in enumerate(("sheet", "column", "unit")):
        sheet.write_string(row, column, heading, looks["name"])
    for table in tables:
        for name in table.columns:
            row += 1
            for column, text in enumerate((table.name, name, unit_of(name, units))):
                if text:
                    sheet.write_string(row, column, safe_text(_plain(text)))
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 40)
    sheet.set_column(2, 2, 20)


def _plain(text: str) -> str:
    return _CONTROL.sub("\ufffd", text)


def _write(sheet: "Worksheet", row: int, column: int, value: str | int) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, safe_text(_plain(value)))
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    else:
        sheet.write_number(row, column, value)


def _format_of(value: float, column: str) -> str:
    size = abs(value)
    if column in _PROBABILITIES:
        return "0.0000" if size >= 1e-4 or size == 0.0 else "0.00E+00"
    if size >= 100.0:
        return "0"
    if size >= 10.0:
        return "0.0"
    return "0.00" if size >= 0.1 or size == 0.0 else "0.0000000" if size >= 1e-5 else "0.00E+00"


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def _sheet_name(name: str, taken: Sequence[str]) -> str:
    plain = re.sub(r"[\[\]:*?/\\']", "_", name)[:31] or "table"
    tried, number = plain, 2
    while tried.lower() in {other.lower() for other in taken}:
        tried = f"{plain[:28]}_{number}"
        number += 1
    return tried
