"""tables.xlsx: one sheet a table, typed cells, frozen header, units, footnotes; the same bytes every time."""

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.export.atomic import whole_file
from pipelines.export.csv_file import SUMMARY_DIGITS
from pipelines.export.csv_text import safe_text
from pipelines.statistics.measures import unit_of
from pipelines.table import Cell, Table

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

KEYS = frozenset({"subject", "visit", "tube", "file", "table", "measure", "population"})
"""Columns that stay in sight while one scrolls to the right."""

_EPOCH = "1980-01-01T00:00:00Z"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def write_xlsx(tables: Sequence[Table], path: Path, *, footnotes: Sequence[str] = ()) -> None:
    """Write the workbook whole or not at all. Numbers are numbers, None is an empty cell, text never runs."""
    with whole_file(path) as part:
        part.write_bytes(xlsx_of(tables, footnotes=footnotes))


def xlsx_of(tables: Sequence[Table], *, footnotes: Sequence[str] = ()) -> bytes:
    """The bytes of the workbook. Raises ValueError where there is no table."""
    from openpyxl import Workbook

    if not tables:
        raise ValueError("a workbook needs one table at least")
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "tregate"
    for table in tables:
        _fill(book.create_sheet(_sheet_name(table.name, book.sheetnames)), table, footnotes)
    written = io.BytesIO()
    book.save(written)
    return _timeless(written.getvalue())


def _fill(sheet: "Worksheet", table: Table, footnotes: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    shade = PatternFill("solid", fgColor="E8EDF2")
    for column, name in enumerate(table.columns, start=1):
        head = sheet.cell(1, column, safe_text(name))
        head.font, head.fill = Font(bold=True), shade
        unit = sheet.cell(2, column, unit_of(name) or None)
        unit.font, unit.fill = Font(italic=True, color="555555"), shade
        width = max([len(name), *(len(_shown(row[column - 1])) for row in table.rows)])
        sheet.column_dimensions[get_column_letter(column)].width = min(max(width, 6), 60) + 2
    for number, row in enumerate(table.rows, start=3):
        for column, value in enumerate(row, start=1):
            if value is not None and value != "":
                _write(sheet, number, column, value)
    keys = next((i for i, name in enumerate(table.columns) if name not in KEYS), len(table.columns))
    sheet.freeze_panes = f"{get_column_letter(keys + 1)}3"
    for number, note in enumerate(footnotes, start=len(table.rows) + 4):
        foot = sheet.cell(number, 1, safe_text(_CONTROL.sub("\ufffd", note)))
        foot.font, foot.alignment = Font(italic=True, color="555555"), Alignment(wrap_text=False)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:2"


def _write(sheet: "Worksheet", row: int, column: int, value: str | float | bool) -> None:
    if isinstance(value, str):
        cell = sheet.cell(row, column, safe_text(_CONTROL.sub("\ufffd", value)))
        cell.data_type = "s"
    elif isinstance(value, bool | int):
        sheet.cell(row, column, value)
    else:
        rounded = float(f"{value:.{SUMMARY_DIGITS}g}")
        sheet.cell(row, column, rounded).number_format = _format_of(rounded)


def _format_of(value: float) -> str:
    size = abs(value)
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


def _timeless(workbook: bytes) -> bytes:
    """The archive with no time of its own, neither in its directory nor in the document's properties."""
    stripped = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as source,
        zipfile.ZipFile(stripped, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target,
    ):
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 0
            content: Any = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*(</)", rb"\g<1>" + _EPOCH.encode() + rb"\g<2>", content)
            target.writestr(entry, content)
    return stripped.getvalue()
