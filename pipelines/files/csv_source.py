"""A CSV as a person wrote it: cells as text, the line on which each row stands, and what is wrong with it."""

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tregate.gating.errors import Problem
from tregate.gating.near_names import nearest
from tregate.gating.read.regular_file import read_regular
from tregate.pipelines.files.control_characters import control_problems
from tregate.pipelines.files.csv_text import plain_text
from tregate.pipelines.files.decoding import decoded
from tregate.pipelines.files.look_alikes import code_points, one_way
from tregate.pipelines.files.workbook import workbook_lines

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]")


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
    decimal_commas: bool = False
    """Whether the sheet may write decimal commas: its columns are not separated by commas."""
    notes: tuple[str, ...] = ()
    """What is unusual about the file and was read all the same."""


def read_csv_source(path: Path, shown_as: str, *, unnamed: bool = False) -> tuple[CsvSource, list[Problem]]:
    """Read a sheet as people save it; empty rows are passed over.

    Commas, semicolons or tabs between columns; UTF-8, UTF-16 with its mark, or Windows-1252; or an Excel workbook.
    What is not comma-separated UTF-8 is said in `notes`. Raises nothing: what cannot be read is an empty source and a
    Problem. `unnamed`: a column without a name is called by its number ("column 1") instead of being a problem.
    """
    nothing = CsvSource(shown_as, (), ())
    try:
        data = read_regular(path)
    except FileNotFoundError:
        return nothing, [Problem(shown_as, None, "the file does not exist.", f"Expected it at {path}.")]
    except IsADirectoryError:
        return nothing, [Problem(shown_as, None, "this is a folder, not a CSV file.")]
    except OSError as error:
        return nothing, [Problem(shown_as, None, f"cannot be read: {error.strerror or error}.")]
    if data.startswith(b"PK\x03\x04"):
        rows = workbook_lines(data)
        if isinstance(rows, str):
            return nothing, [Problem(shown_as, None, f"{rows}.", 'Save the sheet as "CSV UTF-8".')]
        return _source(rows, shown_as, ",", ("read from the first sheet of the workbook",), unnamed)
    found = decoded(data)
    if isinstance(found, int):
        remedy = 'Save it again as "CSV UTF-8".'
        return nothing, [Problem(shown_as, found, "the file is neither UTF-8 nor Windows-1252 text.", remedy)]
    text = found.text.replace("\r\n", "\n").replace("\r", "\n")
    notes = (f"read as {found.encoding} text",) if found.encoding else ()
    return parse_csv_source(text, shown_as, notes, unnamed=unnamed)


def parse_csv_source(
    text: str, file: str, notes: tuple[str, ...] = (), *, unnamed: bool = False
) -> tuple[CsvSource, list[Problem]]:
    """Like read_csv_source, from text."""
    nothing = CsvSource(file, (), ())
    odd = control_problems(text, file)
    if odd:
        return nothing, odd
    separator, text, skipped = separated_by(text)
    lines = _lines(text, file, separator)
    if isinstance(lines, Problem):
        return nothing, [lines]
    if separator != ",":
        notes = (*notes, f"columns are separated by {SEPARATORS[separator]}")
    return _source([(line + skipped, cells) for line, cells in lines], file, separator, notes, unnamed)


def separated_by(text: str) -> tuple[str, str, int]:
    """What stands between the columns by the header row; the text without Excel's `sep=;`, and the lines that took."""
    first, _, rest = text.partition("\n")
    if match := re.fullmatch(r'\ufeff?"?sep=([,;\t])"?\r?', first, re.IGNORECASE):
        return match.group(1), rest, 1
    header = next((line for line in text.splitlines() if line.strip(" ;,\t")), "")
    outside = re.sub(r'"[^"]*"?', "", header)
    return max(SEPARATORS, key=lambda mark: (outside.count(mark), mark == ",")), text, 0


def _source(
    lines: Sequence[tuple[int, list[str]]], file: str, separator: str, notes: tuple[str, ...], unnamed: bool
) -> tuple[CsvSource, list[Problem]]:
    if not lines:
        message = "the file is empty. Expected a header row and one row per file."
        return CsvSource(file, (), ()), [Problem(file, None, message)]
    (first, header), body = lines[0], lines[1:]
    columns = tuple(one_way(plain_text(cell.strip())) for cell in header)
    kept = [i for i in range(len(columns)) if columns[i] or _filled(body, i)]
    width = max(kept, default=-1) + 1
    if unnamed:
        columns = tuple(column or f"column {i}" for i, column in enumerate(columns, start=1))
    problems = _header_problems(columns, kept, first, file)
    rows = []
    for line, cells in body:
        if any(cell.strip() for cell in cells[width:]) or len(cells) < width:
            message = f"the row has {len(cells)} fields, the header {width}."
            remedy = f"Check for extra or missing {SEPARATORS[separator]}, or a missing quote."
            problems.append(Problem(file, line, message, remedy))
            continue
        values = {columns[i]: plain_text(cells[i].strip()) for i in kept}
        for column, value in values.items():
            if _CONTROL.search(value):
                message = f"`{column}` holds a control character ({code_points(value)})."
                problems.append(Problem(file, line, message, "Type the cell again."))
        rows.append(Row(line, values))
    return CsvSource(file, tuple(columns[i] for i in kept), tuple(rows), separator != ",", notes), problems


def _filled(body: Sequence[tuple[int, list[str]]], column: int) -> bool:
    """Whether some row has a text in this column: spreadsheets write columns that were emptied."""
    return any(cell.strip() for _, cells in body for cell in cells[column : column + 1])


def _lines(text: str, file: str, separator: str) -> list[tuple[int, list[str]]] | Problem:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
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


def _header_problems(columns: tuple[str, ...], kept: Sequence[int], line: int, file: str) -> list[Problem]:
    problems = []
    for position in kept:
        column = columns[position]
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
            near = nearest(column, known)
            remedy = (
                f'Did you mean "{near}"?' if near else f"Known: {', '.join(known)}; or begin it with `{free_prefix}`."
            )
            problems.append(Problem(source.file, 1, f'unknown column "{column}".', remedy))
    return problems
