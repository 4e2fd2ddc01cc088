"""Large worksheets in a tenth of the memory: XlsxWriter keeps every cell, then every sheet as text, until it ends."""

import io
import zlib
from array import array
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlsxwriter import Workbook

LARGE = 2000
"""Rows from which a sheet is kept in this way: it takes a fifth longer."""

Cells = Mapping[int, Any]
"""Column -> XlsxWriter's tuple of a value and its format."""

_NONE: Cells = {}


class CompactCells:
    """Row -> cells, in place of a worksheet's `table`; the row that was read last is kept as XlsxWriter reads it."""

    def __init__(self) -> None:
        self._kinds: list[tuple[Any, Any]] = []
        """Class of tuple, and format."""
        self._kind_of: dict[tuple[Any, int], int] = {}
        self._columns, self._numbers, self._values = array("H"), array("B"), array("d")
        """Of the cells of all rows, one row after the other: column, position in `_kinds`, value."""
        self._rows: dict[int, tuple[int, int]] = {}
        """First cell of each row, and the one after its last."""
        self._last: tuple[int, Cells] = -1, _NONE

    def take(self, row: int, cells: Cells) -> None:
        """Keep the cells of a row. Raises ValueError where a value is no number that double precision holds."""
        begin = len(self._values)
        for column, cell in cells.items():
            value, look = cell
            if float(value) != value:
                raise ValueError(f"{value} is not kept in full")
            kind = type(cell), id(look)
            if kind not in self._kind_of:
                self._kind_of[kind] = len(self._kinds)
                self._kinds.append((type(cell), look))
            self._columns.append(column)
            self._numbers.append(self._kind_of[kind])
            self._values.append(value)
        self._rows[row] = begin, len(self._values)

    def __contains__(self, row: int) -> bool:
        return row in self._rows

    def __getitem__(self, row: int) -> Cells:
        if self._last[0] != row:
            self._last = row, self._made(row)
        return self._last[1]

    def _made(self, row: int) -> Cells:
        begin, end = self._rows.get(row, (0, 0))
        made = {}
        for at in range(begin, end):
            kind, look = self._kinds[self._numbers[at]]
            value = self._values[at]
            made[self._columns[at]] = kind(value if kind.__name__ == "Number" else int(value), look)
        return made


class PackedText(io.StringIO):
    """Text that is compressed as it is written."""

    PIECES = 4096
    """That are compressed at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._compressor = zlib.compressobj(1)
        self._packed: list[bytes] = []
        self._pieces: list[str] = []

    def write(self, text: str) -> int:
        """Append the text."""
        self._pieces.append(text)
        if len(self._pieces) >= self.PIECES:
            self._pack()
        return len(text)

    def getvalue(self) -> str:
        """All of it; nothing can be written afterwards."""
        self._pack()
        self._packed.append(self._compressor.flush())
        return zlib.decompress(b"".join(self._packed)).decode("utf-8", "surrogatepass")

    def _pack(self) -> None:
        self._packed.append(self._compressor.compress("".join(self._pieces).encode("utf-8", "surrogatepass")))
        self._pieces.clear()


def pack_text_of(book: "Workbook") -> None:
    """Let a workbook in memory keep the text of its parts packed."""
    from xlsxwriter.packager import Packager

    class _Packager(Packager):  # type: ignore[misc]
        def _filename(self, name: str) -> PackedText:
            text = PackedText()
            self.filenames.append((text, name, False))
            return text

    book._get_packager = _Packager
