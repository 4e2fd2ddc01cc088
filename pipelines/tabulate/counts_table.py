"""counts.csv: one row per tube and population, in gating order."""

from tregate.gating.count.estimates import Estimate, PopulationCount
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.tabulate.flags import doubts_about, joined
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeRecord

COUNTS_COLUMNS = (
    "subject", "visit", "tube", "file", "population", "parent", "events", "parent_events",
    "percent_of_parent", "cells_per_ul", "cells_per_ul_low", "cells_per_ul_high", "bead_events",
    "blood_analysed_ul", "loq_per_ul", "flags",
)  # fmt: skip


def counts_table(results: Results) -> Table:
    """Every population of every tube that has a result, in the order of samples.csv."""
    rows = [
        _row(results, record, count)
        for record in results.records
        if record.result is not None and not record.excluded
        for count in record.result.counts
    ]
    return Table.from_records("counts", COUNTS_COLUMNS, rows)


def _row(results: Results, record: TubeRecord, count: PopulationCount) -> dict[str, Cell]:
    cells: Estimate | None = count.cells_per_ul
    doubts = doubts_about(results.doubts, record, count.population, concentration=cells is not None)
    return {
        "subject": record.subject,
        "visit": record.visit,
        "tube": record.tube,
        "file": record.file,
        "population": count.population,
        "parent": count.parent,
        "events": count.events,
        "parent_events": count.parent_events,
        "percent_of_parent": None if count.percent_of_parent is None else count.percent_of_parent.value,
        "cells_per_ul": None if cells is None else cells.value,
        "cells_per_ul_low": None if cells is None else cells.low,
        "cells_per_ul_high": None if cells is None else cells.high,
        "bead_events": count.bead_events,
        "blood_analysed_ul": count.blood_analysed_ul,
        "loq_per_ul": count.loq_per_ul,
        "flags": joined((*count.flags, *(name for name, _ in doubts))),
    }
