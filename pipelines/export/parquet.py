"""Table -> Parquet: typed columns, None is null."""

from pathlib import Path
from typing import Any

from tregate.pipelines.files.atomic import whole_file
from tregate.pipelines.files.column_types import column_type
from tregate.pipelines.files.table import Cell, Table


def write_parquet(table: Table, path: Path) -> None:
    """Write a table whole or not at all, the same bytes for the same table.

    A column of whole numbers is int64, of numbers float64, of yes and no bool, anything else text. An empty
    column is float64, or text where its name says so. Text is as it was, since no spreadsheet runs it.
    """
    import pyarrow
    import pyarrow.parquet

    arrays = [_array(name, table.column(name)) for name in table.columns]
    with whole_file(path) as part:
        pyarrow.parquet.write_table(pyarrow.table(arrays, names=list(table.columns)), part)


def _array(name: str, column: tuple[Cell, ...]) -> Any:
    import pyarrow

    kind = column_type(name, column)
    types = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64(), bool: pyarrow.bool_()}
    return pyarrow.array([None if cell is None else kind(cell) for cell in column], type=types[kind])
