"""A compensation matrix from a CSV file, as instruments, FlowJo, R and FlowKit export it.

Accepted: comma, semicolon, tab or blanks between cells; quoted cells; CR, LF or CRLF; a header row of channel or
stain names, with "#" or an empty corner cell before it; row labels; titles above the header; fractions, or percent
where the whole diagonal is 100. Nothing else is guessed.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tregate.gating.errors import CompensationError
from tregate.gating.events import Parameter, Spillover
from tregate.gating.read.spillover import MAX_SPILLOVER
from tregate.gating.units import Channel

MAX_BYTES = 10_000_000
_REMEDY = "Export the matrix again as CSV: one row of channel names, then one row of numbers per dye."


@dataclass(frozen=True, slots=True)
class WrittenMatrix:
    """A matrix as the CSV has it, before its names are found in a file."""

    names: tuple[str, ...]
    matrix: npt.NDArray[np.float64]
    """(n, n): row = dye, column = detector; diagonal 1 where it was written in percent."""
    percent: bool


def read_matrix(path: Path) -> WrittenMatrix:
    """Parse the CSV. Raises CompensationError with the line that cannot be read."""
    rows = _rows(path)
    header_at = next((i for i, (_, cells) in enumerate(rows) if _is_header(cells, rows[i + 1 :])), None)
    if header_at is None:
        raise CompensationError(f"{path.name}: no row of channel names followed by as many rows of numbers. {_REMEDY}")
    names = _names(rows[header_at][1])
    body = rows[header_at + 1 :]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise CompensationError(f"{path.name}: {', '.join(map(ascii, twice))} occurs twice in the header. {_REMEDY}")
    if len(body) != len(names):
        raise CompensationError(
            f"{path.name}: {len(names)} channels in the header, but {len(body)} rows of numbers; a square matrix "
            f"is required. {_REMEDY}"
        )
    labels, values = [], []
    for line, cells in body:
        label, numbers = ("", cells) if len(cells) == len(names) else (cells[0], cells[1:])
        labels.append(label)
        values.append(_numbers(path, line, numbers, len(names)))
    matrix = np.array(values, dtype=np.float64)[_row_order(path, labels, names)]
    percent = bool(np.allclose(np.diagonal(matrix), 100.0, rtol=1e-6, atol=0.0))
    return WrittenMatrix(tuple(names), matrix / 100 if percent else matrix, percent)


def resolve(written: WrittenMatrix, source: str, parameters: Sequence[Parameter]) -> Spillover:
    """Find the matrix's names among a file's channels (`$PnN`), else among its stains (`$PnS`).

    source: name of the CSV. Raises CompensationError where a name is no channel, or names two.
    """
    by_name = [str(parameter.name) for parameter in parameters]
    by_stain = [parameter.stain for parameter in parameters]
    indices, unknown = [], []
    for name in written.names:
        found = _only(name, by_name)
        found = _only(name, by_stain) if found is None else found
        if found is None:
            unknown.append(name)
        else:
            indices.append(found)
    if unknown:
        raise CompensationError(
            f"{source} names {', '.join(map(ascii, unknown[:6]))}, which {'is' if len(unknown) == 1 else 'are'} "
            "not in this file. Use the matrix of this panel, or correct the names in the CSV."
        )
    if len(set(indices)) < len(indices):
        raise CompensationError(f"{source} names one channel twice, by channel and by stain. Correct the CSV.")
    channels: tuple[Channel, ...] = tuple(parameters[index].name for index in indices)
    return Spillover(source, channels, written.matrix)


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """(1-based line, cells) of every line that is not empty."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CompensationError(
                f"{path.name} has {path.stat().st_size} bytes, too many for a compensation matrix. {_REMEDY}"
            )
        raw = path.read_bytes()
    except OSError as error:
        raise CompensationError(
            f"{path.name} cannot be opened ({error.strerror}). Correct the column `compensation` of samples.csv."
        ) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    lines = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    delimiter = next((d for d in (",", "\t", ";") if any(d in line for line in lines[1:] or lines)), " ")
    cells = ((number, _cells(line, delimiter)) for number, line in enumerate(lines, start=1) if line.strip())
    return [(number, row) for number, row in cells if any(row)]


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        row = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        row = line.split(delimiter)
    cells = [cell.strip() for cell in row]
    if cells and cells[0].startswith("#"):
        cells[0] = cells[0].lstrip("# ")
    while len(cells) > 1 and not cells[-1]:
        cells.pop()
    return cells


def _is_header(cells: list[str], following: Sequence[tuple[int, list[str]]]) -> bool:
    """Names, at least two, with a row of as many numbers below."""
    names = _names(cells)
    if len(names) < 2 or any(_number(name) is not None for name in names) or not following:
        return False
    return all(_number(cell) is not None for cell in following[0][1][-len(names) :])


def _names(cells: list[str]) -> list[str]:
    """Channel names without an empty corner cell; FlowJo adds the stain after "::"."""
    return [cell.partition(" :: ")[0].strip() for cell in (cells if cells[0] else cells[1:])]


def _row_order(path: Path, labels: list[str], names: list[str]) -> list[int]:
    """Rows in the order of the columns, by their labels where these are the same names in another order."""
    bare = [label.partition(" :: ")[0].strip() for label in labels]
    if bare == names or sorted(bare) != sorted(names):
        return list(range(len(names)))
    return [bare.index(name) for name in names]


def _numbers(path: Path, line: int, cells: list[str], expected: int) -> list[float]:
    values = [_number(cell) for cell in cells]
    if len(cells) != expected or any(value is None for value in values):
        bad = next((cell for cell, value in zip(cells, values, strict=True) if value is None), None)
        found = f"{len(cells)} numbers" if bad is None else f"{bad!a}"
        raise CompensationError(f"{path.name}:{line}: {found}, expected {expected} numbers. {_REMEDY}")
    return [value for value in values if value is not None]


def _number(cell: str) -> float | None:
    try:
        value = float(cell.rstrip("%"))
    except ValueError:
        return None
    return value if abs(value) <= MAX_SPILLOVER and "_" not in cell else None


def _only(name: str, among: list[str]) -> int | None:
    return among.index(name) if name and among.count(name) == 1 else None
