"""Cells of a worksheet in a tenth of the memory that XlsxWriter takes, which keeps all until the workbook ends."""

from array import array
from collections.abc import Mapping
from typing import Any

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
