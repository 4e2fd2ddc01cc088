"""about_tables.csv: the baseline, definitions, plan and units of each table, for who reads the CSV files alone."""

from collections.abc import Mapping, Sequence

from tregate.pipelines.files.table import Cell, Table

NAME = "about_tables"
COLUMNS = ("table", "column", "about", "value")


def about_tables(
    tables: Sequence[Table], about: Sequence[tuple[str, str]], units: Mapping[str, str], notes: Sequence[str]
) -> Table:
    """`about`: (what, value) of every table; `units`: of columns; `notes`: of all tables, with an empty `table`."""
    rows: list[tuple[Cell, ...]] = [(None, None, "note", note) for note in notes]
    for table in tables:
        rows += [(table.name, None, what, value) for what, value in about]
        rows += [
            (table.name, column, "unit", unit_of(column, units)) for column in table.columns if unit_of(column, units)
        ]
    return Table(NAME, COLUMNS, tuple(rows))


def unit_of(column: str, units: Mapping[str, str]) -> str:
    """Unit of a column; "" where it has none."""
    return "fold" if column.startswith("fold_") else units.get(column, "")
