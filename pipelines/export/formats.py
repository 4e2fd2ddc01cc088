"""Formats of the visit tables, summary.csv and cp.csv: one file a format, and one line here."""

from collections.abc import Callable
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.export.parquet import write_parquet
from tregate.pipelines.files.csv_file import MEASURE_DIGITS, SUMMARY_DIGITS, write_csv
from tregate.pipelines.files.table import Table

TableFormat = Callable[[Table, Path], None]
"""Writes one table to a path, whole or not at all, and the same bytes for the same table."""


def write_table_csv(table: Table, path: Path) -> None:
    """A table as CSV; the summary has more digits than measured values need."""
    write_csv(table, path, digits=SUMMARY_DIGITS if table.name.startswith("summary") else MEASURE_DIGITS)


FORMATS: dict[str, TableFormat] = {
    "csv": write_table_csv,
    "parquet": write_parquet,
}
"""Name of a format, which is also the ending of its files -> what writes it. CSV is always written."""


def check_formats(names: tuple[str, ...]) -> None:
    """Raises ConfigurationError for a format that does not exist."""
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        known = ", ".join(FORMATS)
        raise ConfigurationError(
            [Problem("--format", None, f'there is no table format "{name}".', f"Known: {known}.") for name in unknown]
        )
