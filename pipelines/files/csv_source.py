"""A CSV as a person wrote it: cells as text, the line on which each row stands, and what is wrong with it."""

import csv
import io
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from tregate.gating.errors import Problem
from tregate.pipelines.files.csv_text import plain_text


@dataclass(frozen=True, slots=True)
class Row:
    """One row: column -> text without outer blanks ("" where the field is empty)."""

    line: int
    """1-based line of the file on which the row begins."""
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class CsvSource:
    """One CSV file."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_csv_source(path: Path, shown_as: str) -> tuple[CsvSource, list[Problem]]:
    """Read a comma-separated UTF-8 file (with or without a byte-order mark); empty rows are passed over.

    Raises nothing: what cannot be read is an empty source and a Problem.
    """
    nothing = CsvSource(shown_as, (), ())
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return nothing, [Problem(shown_as, None, "the file does not exist.", f"Expected it at {path}.")]
    except IsADirectoryError:
        return nothing, [Problem(shown_as, None, "this is a folder, not a CSV file.")]
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        remedy = 'Save it again as "CSV UTF-8".'
        return nothing, [Problem(shown_as, line, "the file is not UTF-8 text.", remedy)]
    except OSError as error:
        return nothing, [Problem(shown_as, None, f"cannot be read: {error.strerror}.")]
    return parse_csv_source(text, shown_as)


def parse_csv_source(text: str, file: str) -> tuple[CsvSource, list[Problem]]:
    """Like read_csv_source, from text."""
    nothing = CsvSource(file, (), ())
    lines = _lines(text, file)
    if isinstance(lines, Problem):
        return nothing, [lines]
    if not lines:
        return nothing, [Problem(file, None, "the file is empty. Expected a header row and one row per file.")]
    (first, header), body = lines[0], lines[1:]
    if len(header) == 1:
        for mark, name in ((";", "semicolons"), ("\t", "tabs")):
            if mark in header[0]:
                message = f"the columns are separated by {name}; commas are required."
                remedy = "Save it as a comma-separated CSV with `.` as decimal mark."
                return nothing, [Problem(file, first, message, remedy)]
    columns = tuple(plain_text(cell.strip()) for cell in header)
    problems = _header_problems(columns, first, file)
    rows = []
    for line, cells in body:
        if any(cell.strip() for cell in cells[len(columns) :]) or len(cells) < len(columns):
            message = f"the row has {len(cells)} fields, the header {len(columns)}."
            problems.append(Problem(file, line, message, "Check for an extra or missing comma, or a missing quote."))
            continue
        values = (plain_text(cell.strip()) for cell in cells)
        rows.append(Row(line, dict(zip(columns, values, strict=False))))
    return CsvSource(file, columns, tuple(rows)), problems


def _lines(text: str, file: str) -> list[tuple[int, list[str]]] | Problem:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        return Problem(file, start, f"the row is not valid CSV: {error}.", "Check for a quote that is not closed.")
    return lines


def _header_problems(columns: tuple[str, ...], line: int, file: str) -> list[Problem]:
    problems = []
    for position, column in enumerate(columns):
        if not column:
            remedy = "Give it a name (`note...` for a column that tregate ignores)."
            problems.append(Problem(file, line, f"column {position + 1} has no name.", remedy))
        elif column in columns[:position]:
            problems.append(Problem(file, line, f'the column "{column}" occurs twice.', "Remove one of the two."))
    return problems


def column_problems(
    source: CsvSource, required: Collection[str], known: Collection[str], free_prefix: str = "note"
) -> list[Problem]:
    """Columns that are missing, and columns that mean nothing to tregate."""
    if not source.columns:
        return []
    problems = []
    for column in required:
        if column not in source.columns:
            message = f'the column "{column}" is missing.'
            problems.append(Problem(source.file, 1, message, f"Columns found: {', '.join(source.columns)}."))
    for column in source.columns:
        if column and column not in known and not column.startswith(free_prefix):
            near = get_close_matches(column, known, n=1, cutoff=0.6)
            remedy = (
                f'Did you mean "{near[0]}"?'
                if near
                else f"Known columns: {', '.join(known)}. Names that begin with `{free_prefix}` are free."
            )
            problems.append(Problem(source.file, 1, f'unknown column "{column}".', remedy))
    return problems


def number(text: str) -> float | str:
    """A finite number, or, where the text is none, what is wrong with it in words."""
    try:
        value = float(text)
    except ValueError:
        if text.count(",") == 1:
            try:
                float(text.replace(",", "."))
            except ValueError:
                pass
            else:
                return f'"{text}" has a decimal comma; write {text.replace(",", ".")}'
        return f'"{text}" is not a number'
    if not math.isfinite(value) or "_" in text:
        return f'"{text}" is not a number'
    return value
