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
        self._rows: dict[int, tuple[array[int], array[int], array[float]]] = {}
        """Columns, kinds, values."""
        self._last: tuple[int, Cells] = -1, _NONE

    def take(self, row: int, cells: Cells) -> None:
        """Keep the cells of a row. Raises ValueError where a value is no number that double precision holds."""
        columns, kinds, values = array("H"), array("B"), array("d")
        for column, cell in cells.items():
            value, look = cell
            if float(value) != value:
                raise ValueError(f"{value} is not kept in full")
            kind = type(cell), id(look)
            if kind not in self._kind_of:
                self._kind_of[kind] = len(self._kinds)
                self._kinds.append((type(cell), look))
            columns.append(column)
            kinds.append(self._kind_of[kind])
            values.append(value)
        self._rows[row] = columns, kinds, values

    def __contains__(self, row: int) -> bool:
        return row in self._rows

    def __getitem__(self, row: int) -> Cells:
        if self._last[0] != row:
            self._last = row, self._made(row)
        return self._last[1]

    def _made(self, row: int) -> Cells:
        if row not in self._rows:
            return _NONE
        made = {}
        for column, number, value in zip(*self._rows[row], strict=True):
            kind, look = self._kinds[number]
            made[column] = kind(value if kind.__name__ == "Number" else int(value), look)
        return made
