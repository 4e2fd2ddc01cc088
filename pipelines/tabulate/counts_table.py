"""counts.csv: one row per tube and population, in gating order."""

from collections.abc import Iterator, Sequence

from tregate.gating.count.estimates import Estimate, PopulationCount
from tregate.pipelines.files.table import Cell, MadeRows, Table
from tregate.pipelines.tabulate.flags import doubts_about, joined
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeRecord

COUNTS_COLUMNS = (
    "subject", "visit", "tube", "file", "population", "parent", "events", "parent_events",
    "percent_of_parent", "cells_per_ul", "cells_per_ul_low", "cells_per_ul_high", "bead_events",
    "blood_analysed_ul", "loq_per_ul", "percent_of_parent_low", "percent_of_parent_high", "estimated_events",
    "coincidence_factor", "coincidence_low", "coincidence_high", "coincidence_source", "pair_events",
    "cells_per_ul_counted", "counting_cv_percent", "beads_cv_percent", "preparation_cv_percent",
    "coincidence_cv_percent", "gate_cv_percent", "flags",
)  # fmt: skip


def counts_table(results: Results) -> Table:
    """Every population of every tube that has a result, in the order of samples.csv."""
    tubes = [record for record in results.records if record.result is not None and not record.excluded]
    number = sum(len(record.result.counts) for record in tubes if record.result is not None)
    return Table("counts", COUNTS_COLUMNS, MadeRows(lambda: _rows(results, tubes), number))


def _rows(results: Results, tubes: Sequence[TubeRecord]) -> Iterator[tuple[Cell, ...]]:
    for record in tubes:
        for count in () if record.result is None else record.result.counts:
            row = _row(results, record, count)
            yield tuple(row.pop(column) for column in COUNTS_COLUMNS)
            if row:
                raise ValueError(f"counts.csv has no column {', '.join(row)}")


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
        "percent_of_parent_low": None if count.percent_of_parent is None else count.percent_of_parent.low,
        "percent_of_parent_high": None if count.percent_of_parent is None else count.percent_of_parent.high,
        "estimated_events": count.estimated_events,
        **_pairs(count),
        **_terms(count),
        "flags": joined((*count.flags, *(name for name, _ in doubts))),
    }


def _pairs(count: PopulationCount) -> dict[str, Cell]:
    """The pair factor of a concentration, and the concentration without it; empty where there is none."""
    if count.counted is None:
        names = ("factor", "low", "high", "source")
        return {**{f"coincidence_{name}": None for name in names}, "pair_events": None, "cells_per_ul_counted": None}
    pairs = count.coincidence
    return {
        "coincidence_factor": pairs.factor,
        "coincidence_low": pairs.low,
        "coincidence_high": pairs.high,
        "coincidence_source": pairs.source,
        "pair_events": pairs.pair_events,
        "cells_per_ul_counted": count.counted.value,
    }


def _terms(count: PopulationCount) -> dict[str, Cell]:
    """What the limits are made of [relative SD, %]: of the concentration, else of the percentage."""
    estimate = count.cells_per_ul or count.percent_of_parent
    return {
        column: None if estimate is None else 100.0 * float(getattr(estimate.terms, name))
        for name, column in _CV_COLUMNS.items()
    }


_CV_COLUMNS = {name: f"{name}_cv_percent" for name in ("counting", "beads", "preparation", "coincidence", "gate")}
