"""The first sheet of an Excel workbook, as text cells."""

import datetime
import io
import zipfile

LARGEST = 100 << 20
"""Bytes that a workbook may unpack to: a list of tubes has far fewer."""

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
        return _rows(data)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, SyntaxError):
        return "this is no workbook that can be read (xlsx)"


def _rows(data: bytes) -> Lines | str:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        lines: Lines = []
        for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
            cells = [_text(value) for value in row]
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
