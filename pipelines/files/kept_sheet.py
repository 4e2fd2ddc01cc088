"""A CSV that a person edits cell by cell: separators, encoding, line ends, order and unknown columns stay.

A row that is not changed keeps its bytes; of a changed row only the changed cells are written anew.
"""

import codecs
import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.read.regular_file import read_regular
from tregate.pipelines.files.csv_source import separated_by
from tregate.pipelines.files.csv_text import plain_text, safe_text
from tregate.pipelines.files.decoding import decoded
from tregate.pipelines.files.look_alikes import one_way

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class KeptRow:
    """One row: its text with its line end, and what its fields are."""

    raw: str
    line: int
    """1-based line of the file on which it begins."""
    fields: tuple[str, ...]

    @property
    def empty(self) -> bool:
        return not any(field.strip() for field in self.fields)


@dataclass(frozen=True, slots=True)
class KeptSheet:
    """A sheet in the form in which it is on the disk."""

    file: str
    mark: bytes
    """Byte-order mark; b"" without one."""
    codec: str
    separator: str
    before: str
    """What stands before the header row."""
    header: KeptRow
    rows: tuple[KeptRow, ...]
    """Empty ones too: their place is kept."""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(one_way(plain_text(field.strip())) for field in self.header.fields)

    @property
    def shown(self) -> tuple[KeptRow, ...]:
        """The rows that say something."""
        return tuple(row for row in self.rows if not row.empty)

    def cells(self, row: KeptRow) -> list[str]:
        """The cells of a row as they are read: one for each column."""
        width = len(self.header.fields)
        cells = [plain_text(field.strip()) for field in row.fields[:width]]
        return cells + [""] * (width - len(cells))

    def encoded(self) -> bytes:
        """The bytes of the file. Raises ConfigurationError where its encoding lacks a character."""
        text = self.before + self.header.raw + "".join(row.raw for row in self.rows)
        try:
            return self.mark + text.encode(self.codec)
        except UnicodeEncodeError as error:
            odd = text[error.start : error.end]
            message = f'the file is {self.codec} text, which has no "{odd}", so nothing was written.'
            raise ConfigurationError([Problem(self.file, None, message, 'Save it as "CSV UTF-8" once.')]) from None

    # ------------------------------------------------------------ changes

    def with_cells(self, changes: Mapping[int, Mapping[str, str]]) -> "KeptSheet":
        """The sheet with cells changed: number of a shown row -> column -> text. Raises KeyError, IndexError."""
        sheet = self
        for column in dict.fromkeys(name for cells in changes.values() for name in cells):
            if column not in sheet.columns:
                sheet = sheet.with_column(column)
        width = len(sheet.header.fields)
        at = dict(enumerate(p for p, row in enumerate(sheet.rows) if not row.empty))
        places = {name: i for i, name in reversed(list(enumerate(sheet.columns)))}
        rows = list(sheet.rows)
        for number, cells in changes.items():
            row = rows[at[number]]
            fields = [*row.fields, *[""] * (width - len(row.fields))]
            for name, text in cells.items():
                if plain_text(fields[places[name]].strip()) != text:
                    fields[places[name]] = safe_text(text)
            if tuple(fields) != row.fields:
                rows[at[number]] = sheet._row(fields, _line_end(row.raw), row.line)
        return replace(sheet, rows=tuple(rows))

    def with_column(self, name: str) -> "KeptSheet":
        """The sheet with one more column at its right, empty in every row."""
        rows = tuple(row if row.empty else self._longer(row, "") for row in self.rows)
        return replace(self, header=self._longer(self.header, safe_text(name)), rows=rows)

    def with_row(self, cells: Mapping[str, str]) -> "KeptSheet":
        """The sheet with one more row at its end. Raises KeyError for an unknown column."""
        end = _line_end(self.header.raw) or "\n"
        unknown = set(cells) - set(self.columns)
        if unknown:
            raise KeyError(*unknown)
        whole = [replace(row, raw=row.raw if _line_end(row.raw) else row.raw + end) for row in self.rows]
        header = replace(self.header, raw=self.header.raw if _line_end(self.header.raw) else self.header.raw + end)
        fields = [safe_text(cells.get(name, "")) for name in self.columns]
        return replace(self, header=header, rows=(*whole, self._row(fields, end, 0)))

    def without_row(self, number: int) -> "KeptSheet":
        """The sheet without a shown row. Raises IndexError."""
        gone = self.shown[number]
        return replace(self, rows=tuple(row for row in self.rows if row is not gone))

    def _longer(self, row: KeptRow, field: str) -> KeptRow:
        end = _line_end(row.raw)
        padded = self.separator * max(len(self.header.fields) - len(row.fields), 0)
        raw = f"{row.raw.removesuffix(end)}{padded}{self.separator}{field}{end}"
        blank = [""] * max(len(self.header.fields) - len(row.fields), 0)
        return replace(row, raw=raw, fields=(*row.fields, *blank, field))

    def _row(self, fields: Sequence[str], end: str, line: int) -> KeptRow:
        text = io.StringIO()
        csv.writer(text, delimiter=self.separator, lineterminator="").writerow(fields)
        return KeptRow(text.getvalue() + end, line, tuple(fields))


def read_kept(path: Path, shown_as: str) -> tuple[KeptSheet, bytes]:
    """The sheet, and the bytes that it was read from.

    Raises ConfigurationError where it cannot be edited here: a workbook, no text, no valid CSV, or no header.
    """
    try:
        data = read_regular(path)
    except OSError as error:
        raise _not_read(shown_as, f"cannot be read: {error.strerror or error}.") from None
    if data.startswith(b"PK\x03\x04"):
        raise _not_read(shown_as, "is a workbook, which is not edited here.", 'Save the sheet as "CSV UTF-8".')
    return parse_kept(data, shown_as), data


def parse_kept(data: bytes, shown_as: str) -> KeptSheet:
    """Like read_kept, from the bytes of a CSV."""
    found = decoded(data)
    if isinstance(found, int):
        raise _not_read(shown_as, "is neither UTF-8 nor Windows-1252 text.", 'Save it again as "CSV UTF-8".')
    mark, codec = next(((mark, codec) for mark, codec in _MARKS if data.startswith(mark)), (b"", ""))
    codec = codec or ("cp1252" if found.encoding == "Windows-1252" else "utf-8")
    text = found.text
    separator, rest, skipped = separated_by(text)
    before = text[: len(text) - len(rest)]
    rows = _rows(rest, separator, skipped, shown_as)
    first = next((i for i, row in enumerate(rows) if not row.empty), None)
    if first is None:
        raise _not_read(shown_as, "is empty: it has no header row.", "Write the names of the columns.")
    before += "".join(row.raw for row in rows[:first])
    return KeptSheet(shown_as, mark, codec, separator, before, rows[first], tuple(rows[first + 1 :]))


def _rows(text: str, separator: str, skipped: int, file: str) -> list[KeptRow]:
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(iter(lines), strict=True, delimiter=separator)
    rows, start = [], 0
    try:
        for fields in reader:
            raw = "".join(lines[start : reader.line_num])
            rows.append(KeptRow(raw, start + 1 + skipped, tuple(fields)))
            start = reader.line_num
    except csv.Error as error:
        raise _not_read(file, f"line {start + 1 + skipped} is not valid CSV: {error}.", "Close its quotes.") from None
    return rows


def _line_end(raw: str) -> str:
    return next((end for end in ("\r\n", "\n", "\r") if raw.endswith(end)), "")


def _not_read(file: str, message: str, remedy: str = "") -> ConfigurationError:
    return ConfigurationError([Problem(file, None, f"the file {message}", remedy)])
