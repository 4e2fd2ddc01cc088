"""The shipped definition treg_nk, and the functions that read one, called with it."""

from collections.abc import Sequence
from functools import partial

from tregate.pipelines.export import cp, footnotes, visit_outputs
from tregate.pipelines.export import table1 as layout
from tregate.pipelines.files.table import Table
from tregate.pipelines.report import visit_tables as page_tables
from tregate.pipelines.statistics import mean_cells, plausibility
from tregate.pipelines.statistics import summarise as summaries
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tabulate import Results, visit_tables

DECLARED = Declared(load_tables("treg_nk").definition)
FIGURES = {
    name: [".".join(DECLARED.place(panel)) for panel in figure.panels]
    for name, figure in DECLARED.definition.figures.items()
}

summarise = partial(summaries.summarise, declared=DECLARED)
table1 = partial(layout.table1, declared=DECLARED)
footnotes_of = partial(footnotes.footnotes_of, declared=DECLARED)
write_visit_outputs = partial(visit_outputs.write_visit_outputs, declared=DECLARED)
implausible = partial(plausibility.implausible, declared=DECLARED)
printed_cells = partial(mean_cells.printed_cells, declared=DECLARED)
measure_tables = partial(page_tables.measure_tables, declared=DECLARED)


def cp_table(
    tables: Sequence[Table], visits: Sequence[str], baseline: str, *, study: str, declared: Declared = DECLARED
) -> Table:
    """The CP data set alone."""
    return cp.cell_phenotype(tables, visits, baseline, declared, study=study).cp


def treg_table(results: Results) -> Table:
    return visit_tables(results)["treg"]


def nk_table(results: Results) -> Table:
    return visit_tables(results)["nk"]


def subsets_table(results: Results) -> Table:
    return visit_tables(results)["subsets"]
