"""Tube results -> counts.csv and the visit tables."""

from tregate.pipelines.study.sources import FigureSource, TableSources, resolve
from tregate.pipelines.tabulate.counts_table import COUNTS_COLUMNS, counts_table
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tabulate.visit_tables import (
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
