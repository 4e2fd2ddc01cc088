"""Table: named columns and typed cells, the form in which results leave a run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

Cell = str | int | float | bool | None
"""One cell. None is "not measurable" and is written as an empty field, never as 0 or nan."""


class MadeRows(Sequence[tuple[Cell, ...]]):
    """Rows that are made each time they are asked for: those of a large study need no memory.

    >>> rows = MadeRows(lambda: iter([("S1", 1), ("S2", 2)]), 2)
    >>> len(rows), rows[1], list(rows) == list(rows)
    (2, ('S2', 2), True)
    """

    def __init__(self, made: Callable[[], Iterator[tuple[Cell, ...]]], number: int | None = None) -> None:
        """number: of rows; None counts them where it is asked for."""
        self._made = made
        self._number = number

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        return self._made()

    def __len__(self) -> int:
        if self._number is None:
            self._number = sum(1 for _ in self)
        return self._number

    @overload
    def __getitem__(self, at: int) -> tuple[Cell, ...]: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[tuple[Cell, ...], ...]: ...
    def __getitem__(self, at: int | slice) -> tuple[Cell, ...] | tuple[tuple[Cell, ...], ...]:
        return tuple(self)[at]


@dataclass(frozen=True)
class Table:
    """A table in its row order. Every row has one cell a column; raises ValueError otherwise."""

    name: str
    """File name without its ending: "treg"."""
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    """A tuple, or a sequence that makes each row when it is asked for."""

    def __post_init__(self) -> None:
        twice = sorted({name for name in self.columns if self.columns.count(name) > 1})
        if twice:
            raise ValueError(f"table {self.name}: column {', '.join(twice)} is given twice")
        for number, row in enumerate(self.rows if isinstance(self.rows, tuple) else (), start=1):
            if len(row) != len(self.columns):
                raise ValueError(f"table {self.name}, row {number}: {len(row)} cells for {len(self.columns)} columns")

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> tuple[Cell, ...]:
        """The cells of one column, in row order. Raises KeyError if there is no such column."""
        try:
            position = self.columns.index(name)
        except ValueError:
            raise KeyError(f"table {self.name} has no column {name!r}") from None
        return tuple(row[position] for row in self.rows)

    def records(self) -> Iterator[dict[str, Cell]]:
        """Each row as column name -> cell."""
        for row in self.rows:
            yield dict(zip(self.columns, row, strict=True))

    @classmethod
    def from_records(cls, name: str, columns: Sequence[str], records: Sequence[dict[str, Cell]]) -> "Table":
        """A table of the records' cells; a column that a record lacks is None.

        Raises ValueError for a key that is no column.
        """
        for number, record in enumerate(records, start=1):
            unknown = sorted(set(record) - set(columns))
            if unknown:
                raise ValueError(f"table {name}, record {number}: no column {', '.join(unknown)}")
        return cls(name, tuple(columns), tuple(tuple(r.get(c) for c in columns) for r in records))
