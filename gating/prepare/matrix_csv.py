"""A compensation matrix from a CSV file, as instruments, FlowJo, R, Excel and FlowKit export it.

Accepted: comma, semicolon, tab or blanks between cells; decimal points, or decimal commas where the numbers have only
one reading; quoted cells; CR, LF or CRLF; a header row of channel or stain names, with "#" or an empty corner cell
before it; row labels; titles above the header; fractions, or percent where the whole diagonal is 100.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tregate.gating.errors import CompensationError
from tregate.gating.read.matrix_shape import diagonal_fault, in_fractions
from tregate.gating.read.regular_file import open_regular
from tregate.gating.read.spillover import MAX_SPILLOVER

MAX_BYTES = 10_000_000
REMEDY = "Export the matrix again as CSV: one row of channel names, then one row of numbers per dye."

_BLANK = ("", "-", "\N{EN DASH}", "\N{EM DASH}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+%?")

Lines = list[tuple[int, list[str]]]
"""(1-based line, cells) of every line that is not empty."""


@dataclass(frozen=True, slots=True)
class WrittenMatrix:
    """A matrix as the CSV has it, before its names are found in a file."""

    names: tuple[str, ...]
    labels: tuple[str, ...]
    """What stands before each row; all "" where nothing does."""
    matrix: npt.NDArray[np.float64]
    """(n, n): column = detector, row = dye in the order of the file; in fractions."""
    percent: bool
    decimal_comma: bool = False


def read_matrix(path: Path) -> WrittenMatrix:
    """Parse the CSV. Raises CompensationError with the line that cannot be read."""
    text = _text(path)
    delimiters = [d for d in (",", "\t", ";") if any(d in line for line in text[1:] or text)] or [" "]
    delimiters.sort(key=lambda mark: mark not in text[0])
    refused: CompensationError | None = None
    for delimiter in delimiters:
        try:
            return _parsed(path.name, _lines(text, delimiter), delimiter)
        except CompensationError as error:
            refused = refused or error
    torn = _torn(_lines(text, ",")) if "," in delimiters else None
    if torn is not None:
        raise CompensationError(
            f"{path.name}:{torn}: the comma seems to be decimal comma and separator at once, so the numbers cannot "
            "be distinguished. Export with a decimal point, or with semicolons between the cells."
        )
    raise refused or CompensationError(f"{path.name} is empty. {REMEDY}")


def _text(path: Path) -> list[str]:
    try:
        with open_regular(path) as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CompensationError(
            f"{path.name} cannot be opened ({error.strerror}). Correct the column `compensation` of samples.csv."
        ) from error
    if len(raw) > MAX_BYTES:
        raise CompensationError(f"{path.name} has more than {MAX_BYTES} bytes: no compensation matrix. {REMEDY}")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or raw[:200].count(0) > len(raw[:200]) // 4:
        raise CompensationError(f'{path.name} is UTF-16 text, which is not read. Save it again as "CSV UTF-8".')
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        odd = _CONTROL.search(line)
        if odd:
            message = f"{path.name}:{number}: column {odd.start() + 1} is a control character (0x{ord(odd[0]):02x})."
            raise CompensationError(f"{message} {REMEDY}")
    return lines


def _lines(text: Sequence[str], delimiter: str) -> Lines:
    cells = ((number, _cells(line, delimiter)) for number, line in enumerate(text, start=1) if line.strip())
    return [(number, row) for number, row in cells if any(row)]


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        row = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        row = line.split(delimiter)
    cells = [cell.strip() for cell in row]
    if cells and cells[0].startswith("#"):
        cells[0] = cells[0].lstrip("# ")
    return cells


def _trimmed(cells: list[str], width: int = 1) -> list[str]:
    """Without the empty cells at the end that are beyond `width`."""
    last = len(cells)
    while last > width and not cells[last - 1]:
        last -= 1
    return cells[:last]


def _torn(lines: Lines) -> int | None:
    """The line of whole numbers that are more than the header has names, as values torn at decimal commas are."""
    if len(lines) < 2:
        return None
    names = len(_names(_trimmed(lines[0][1])))
    for line, cells in lines[1:]:
        values = _trimmed(cells)[0 if cells[0].isdigit() else 1 :]
        if len(values) > names and all(value.lstrip("-").isdigit() for value in values):
            return line
    return None


def _parsed(file: str, lines: Lines, delimiter: str) -> WrittenMatrix:
    comma = any(_DECIMAL_COMMA.fullmatch(cell) for _, cells in lines for cell in cells)
    header_at = next((i for i, (_, cells) in enumerate(lines) if _is_header(cells, lines[i + 1 :], comma)), None)
    if header_at is None:
        raise CompensationError(_no_header(file, lines, comma))
    header, body = _trimmed(lines[header_at][1]), lines[header_at + 1 :]
    names = _names(header)
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise CompensationError(f"{file}: {', '.join(map(ascii, twice))} occurs twice in the header. {REMEDY}")
    if len(body) != len(names):
        raise CompensationError(
            f"{file}: {len(names)} channels in the header, but {len(body)} rows of numbers; a square matrix "
            f"is required. {REMEDY}"
        )
    labelled = header[0] == "" or max(len(_trimmed(cells)) for _, cells in body) == len(names) + 1
    labels, values = [], []
    for line, written in body:
        cells = _trimmed(written, len(names) + labelled)
        has_label = labelled and (len(cells) > len(names) or _number(cells[0], comma) is None)
        labels.append(cells[0].partition(" :: ")[0].strip() if has_label else "")
        values.append(_numbers(file, line, cells[1:] if has_label else cells, len(names), comma))
    return _judged(file, names, labels, np.array(values, dtype=np.float64), [line for line, _ in body], comma)


def _judged(
    file: str, names: list[str], labels: list[str], matrix: npt.NDArray[np.float64], lines: list[int], comma: bool
) -> WrittenMatrix:
    """The matrix, unless its diagonal or a cell beside it is blank."""
    fault = diagonal_fault(file, names, matrix)
    if fault is not None:
        raise CompensationError(fault.message)
    for row, column in np.argwhere(np.isnan(matrix)):
        raise CompensationError(
            f"{file}:{lines[row]}: the cell of {names[column]} is empty, expected a number. {REMEDY}"
        )
    matrix, percent = in_fractions(matrix)
    return WrittenMatrix(tuple(names), tuple(labels), matrix, percent, comma)


def _no_header(file: str, lines: Lines, comma: bool) -> str:
    first = lines[0][1] if lines else []
    mixed = next((line for line, cells in lines for c in cells if _number(c, False) is not None and "." in c), None)
    if comma and mixed is not None:
        return f"{file}:{mixed}: numbers with a decimal comma and with a decimal point in one table. {REMEDY}"
    if len(first) > 1 and all(cell.isdigit() for cell in first) and len(set(first)) == len(first):
        return (
            f"{file} names its channels by number ({', '.join(first[:4])} ...), which may count from 0, from 1 or "
            "as FL numbers. Write the channels' names into the first row."
        )
    return f"{file}: no row of channel names followed by as many rows of numbers. {REMEDY}"


def _is_header(cells: list[str], following: Sequence[tuple[int, list[str]]], comma: bool) -> bool:
    """Names, at least two, with a row of as many numbers below."""
    names = _names(_trimmed(cells))
    if len(names) < 2 or any(_number(name, comma) is not None for name in names) or not following:
        return False
    below = _trimmed(following[0][1], len(names))[-len(names) :]
    numbers = [_number(cell, comma) for cell in below if cell not in _BLANK]
    return bool(numbers) and all(value is not None for value in numbers)


def _names(cells: list[str]) -> list[str]:
    """Channel names without an empty corner cell; FlowJo adds the stain after "::"."""
    return [cell.partition(" :: ")[0].strip() for cell in (cells if cells[0] else cells[1:])]


def _numbers(file: str, line: int, cells: list[str], expected: int, comma: bool) -> list[float]:
    """One row; a blank cell is NaN."""
    values = [float("nan") if cell in _BLANK else _number(cell, comma) for cell in cells]
    if len(values) != expected or None in values:
        bad = next((cell for cell, value in zip(cells, values, strict=False) if value is None), None)
        found = f"{len(cells)} numbers" if bad is None else f"{bad!a}"
        if bad is not None and comma and "." in bad:
            found += " beside numbers with a decimal comma"
        raise CompensationError(f"{file}:{line}: {found}, expected {expected} numbers. {REMEDY}")
    return [value for value in values if value is not None]


def _number(cell: str, comma: bool) -> float | None:
    """A number; with `comma`, the decimal mark is a comma and a point is none."""
    text = cell.rstrip("%").strip()
    if comma:
        if "." in text or text.count(",") > 1:
            return None
        text = text.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= MAX_SPILLOVER and "_" not in cell else None
