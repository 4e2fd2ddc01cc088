"""Tube results -> counts.csv and the visit tables."""

from pipelines.tabulate.counts_table import COUNTS_COLUMNS, counts_table
from pipelines.tabulate.results import Results
from pipelines.tabulate.sources import FigureSource, TableSources, resolve
from pipelines.tabulate.visit_tables import (
    NK_COLUMNS,
    SUBSETS_COLUMNS,
    TREG_COLUMNS,
    nk_table,
    subsets_table,
    treg_table,
)

__all__ = [
    "COUNTS_COLUMNS",
    "NK_COLUMNS",
    "SUBSETS_COLUMNS",
    "TREG_COLUMNS",
    "FigureSource",
    "Results",
    "TableSources",
    "counts_table",
    "nk_table",
    "resolve",
    "subsets_table",
    "treg_table",
]
