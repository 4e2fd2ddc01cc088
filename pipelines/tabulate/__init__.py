"""Tube results -> counts.csv, measurements and the visit tables."""

from tregate.pipelines.study.sources import CellSource, TableSources, resolve
from tregate.pipelines.tabulate.counts_table import COUNTS_COLUMNS, counts_table
from tregate.pipelines.tabulate.measurements import Measurement, measurements_of
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tabulate.visit_tables import columns_of, visit_tables

__all__ = [
    "COUNTS_COLUMNS",
    "CellSource",
    "Measurement",
    "Results",
    "TableSources",
    "columns_of",
    "counts_table",
    "measurements_of",
    "resolve",
    "visit_tables",
]
