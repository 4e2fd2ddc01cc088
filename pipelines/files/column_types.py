"""The type of a table's column, for formats that have types: Parquet, DataFrames."""

from tregate.pipelines.files.table import Cell

TEXT = frozenset(
    {
        *("subject", "visit", "tube", "file", "flags", "population", "parent", "table", "measure", "test", "stars"),
        *("axes", "method", "shape", "geometry", "evidence", "fallback"),
        *("check", "severity", "limit", "message", "stage", "error"),
    }
)
"""Columns that are text also where every cell is empty."""


def column_type(name: str, cells: tuple[Cell, ...]) -> type:
    """int, float, bool or str: what all the cells are that are not empty.

    >>> column_type("events", (3, None)), column_type("cells_per_ul", (3, 2.5)), column_type("flags", (None,))
    (<class 'int'>, <class 'float'>, <class 'str'>)
    """
    kinds = {type(cell) for cell in cells if cell is not None}
    if not kinds:
        return str if name in TEXT or name.endswith(("_definition", "_method")) else float
    if kinds in ({bool}, {int}):
        return kinds.pop()
    return float if kinds <= {int, float} else str
