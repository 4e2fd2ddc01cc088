"""The first sheet of an Excel workbook, as text cells."""

import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Iterator

LARGEST = 100 << 20
"""Bytes that a workbook may unpack to: a list of tubes has far fewer."""
MOST_ROWS, MOST_COLUMNS = 20_000, 100
"""A list of tubes has far fewer; a workbook may state a million rows of 16,384 columns in a few bytes."""

_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
CELLS_SHOWN = 5

Lines = list[tuple[int, list[str]]]
"""(1-based row, cells) of the rows that hold anything."""


def workbook_lines(data: bytes) -> Lines | str:
    """Rows of the first sheet as a person sees them; else what is wrong, in words.

    Numbers are written with a decimal point, days as 2026-12-31, true and false as yes and no. A cell that shows an
    error of Excel, or a formula without a stored result, is refused.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST:
                return f"the workbook unpacks to more than {LARGEST >> 20} MB, expected a list of tubes"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions, which no cell depends on
            return _rows(data)
    except MemoryError:
        raise
    except Exception:  # a damaged workbook fails anywhere in the libraries that unpack and parse it
        return "this is not a workbook that can be read (xlsx)"


def _rows(data: bytes) -> Lines | str:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        lines: Lines = []
        sheet = book.worksheets[0]
        with sheet._get_source() as source:
            lacking = list(_uncalculated(source.read()))
        if lacking:
            return _not_calculated(lacking)
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS + 1, values_only=True)
        for number, row in enumerate(rows, 1):
            if all(value is None for value in row):
                continue
            cells = [_text(value) for value in row]
            if (number > MOST_ROWS and any(cells)) or any(cells[MOST_COLUMNS:]):
                return f"the sheet has more than {MOST_ROWS} rows or {MOST_COLUMNS} columns, expected a list of tubes"
            wrong = next((cell for cell in cells if cell.startswith("#") and cell.endswith(("!", "?", "/A"))), "")
            if wrong:
                return f"row {number} shows the error {wrong}; correct the formula"
            if any(cells):
                lines.append((number, cells))
    finally:
        book.close()
    width = len(lines[0][1]) if lines else 0
    while width and lines and not lines[0][1][width - 1]:
        width -= 1
    return [
        (number, cells[:width] + [c for c in cells[width:] if c] + [""] * (width - len(cells)))
        for number, cells in lines
    ]


def _uncalculated(sheet: bytes) -> Iterator[str]:
    """Cells (as H2) whose formula has no stored result: `v` is missing, or empty and not the result "" of a text.

    Most sheets have no formula, and are not parsed for it.
    """
    from xml.etree.ElementTree import iterparse

    if not _FORMULA.search(sheet):
        return
    for _, element in iterparse(io.BytesIO(sheet)):
        match element.tag.rpartition("}")[2]:
            case "c":
                parts = {part.tag.rpartition("}")[2]: part.text or "" for part in element}
                if "f" in parts and not parts.get("v") and ("v" not in parts or element.get("t") != "str"):
                    yield element.get("r", "?")
            case "row":
                element.clear()


def _not_calculated(cells: list[str]) -> str:
    listed = ", ".join(cells[:CELLS_SHOWN]) + (", ..." if len(cells) > CELLS_SHOWN else "")
    several = len(cells) > 1
    return (
        f"cell{'s' if several else ''} {listed} {'hold formulas' if several else 'holds a formula'} without a stored "
        "result; open the workbook in Excel or LibreOffice, so that it is calculated"
    )


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime.datetime():
            return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
        case _:
            return str(value)
