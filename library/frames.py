"""Table -> pandas DataFrame with the column types of its CSV file."""

from typing import TYPE_CHECKING

from tregate.pipelines.files.column_types import column_type
from tregate.pipelines.files.table import Table

if TYPE_CHECKING:
    import pandas as pd

_DTYPES = {int: "Int64", float: "float64", bool: "boolean"}
"""Whole numbers and yes/no may be missing, for which NumPy has no value: pandas' own types have."""


def dataframe(table: Table) -> "pd.DataFrame":
    """A table as a DataFrame: the columns and rows of its CSV file.

    Parameters
    ----------
    table : a table of a run, with one cell per column in each row

    Returns
    -------
    pandas.DataFrame of shape (n_rows, n_columns). Text columns hold str ("" where the CSV field is empty), numbers
    float64 (NaN: not measurable), whole numbers Int64 and yes/no boolean (NA: not measurable).

    Examples
    --------
    >>> table = Table("counts", ("population", "events", "cells_per_ul"), (("CD4+", 812, 640.5), ("Treg", None, None)))
    >>> frame = dataframe(table)
    >>> int(frame["events"].sum()), float(frame["cells_per_ul"].max())
    (812, 640.5)
    >>> int(frame["events"].isna().sum())
    1
    """
    import pandas as pd

    columns = {}
    for name in table.columns:
        cells, kind = table.column(name), column_type(name, table.column(name))
        if kind is str:
            columns[name] = pd.Series(["" if cell is None else str(cell) for cell in cells], dtype=object)
        else:
            columns[name] = pd.Series(list(cells), dtype=_DTYPES[kind])
    return pd.DataFrame(columns, columns=list(table.columns))
