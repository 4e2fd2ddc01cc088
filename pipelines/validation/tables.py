"""validation.csv and validation_tubes.csv."""

import math
from collections.abc import Sequence

from tregate.gating.count.estimates import Estimate
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.validation.comparison import Comparison
from tregate.pipelines.validation.measures import Measures
from tregate.pipelines.validation.targets import misses
from tregate.pipelines.validation.tubes import ValidatedTube


def measures_table(rows: Sequence[Measures]) -> Table:
    """One row per condition and population, then overall; errors and rates in percent."""
    records = [_record(row) for row in rows]
    return Table.from_records("validation", list(records[0]) if records else ["condition"], records)


def tubes_table(tubes: Sequence[ValidatedTube]) -> Table:
    """One row per tube and population, in the order in which tubes were asked for."""
    records = [_tube_record(tube, row) for tube in tubes for row in tube.rows]
    return Table.from_records("validation_tubes", list(records[0]) if records else ["series"], records)


def _record(row: Measures) -> dict[str, Cell]:
    missed = misses(row)
    return {
        "condition": row.condition,
        "population": row.population,
        "figure": row.unit or None,
        "tubes": row.tubes,
        "with_figure": row.with_figure,
        "flagged": row.flagged,
        "true_events_median": row.true_events,
        "precision": row.precision,
        "recall": row.recall,
        "f1": row.f1,
        "f1_median": row.f1_median,
        "f1_least": row.f1_least,
        "event_error_percent": row.event_error,
        **_limited("bias_percent", row.bias),
        "bias_median_percent": row.bias_median,
        "bias_unflagged_percent": row.bias_unflagged,
        "cv_percent": row.cv,
        **_limited("coverage_percent", row.coverage),
        **_limited("silent_percent", row.silent),
        **_limited("silent_by_gate_percent", row.silent_by_gate),
        "meets": None if missed is None else not missed,
        "misses": ";".join(missed) if missed else None,
    }


def _limited(name: str, estimate: Estimate | None) -> dict[str, Cell]:
    return {
        name: None if estimate is None else estimate.value,
        f"{name}_low": None if estimate is None else _finite(estimate.low),
        f"{name}_high": None if estimate is None else _finite(estimate.high),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _tube_record(tube: ValidatedTube, row: Comparison) -> dict[str, Cell]:
    overlap = row.overlap
    figure = row.figure
    return {
        "series": tube.making.series.value,
        "condition": tube.making.condition,
        "seed": tube.making.seed,
        "population": row.population,
        "events": None if overlap is None else overlap.found,
        "true_events": None if overlap is None else overlap.true,
        "true_and_found": None if overlap is None else overlap.both,
        "precision": None if overlap is None else overlap.precision,
        "recall": None if overlap is None else overlap.recall,
        "f1": None if overlap is None else overlap.f1,
        "figure": row.unit or None,
        "value": None if figure is None else figure.value,
        "low": figure.low if figure is not None and row.has_limits else None,
        "high": figure.high if figure is not None and row.has_limits else None,
        "truth": row.truth,
        "error_percent": None if row.error is None else 100.0 * row.error,
        "covered": row.covered,
        "silent": row.silent,
        "silent_by_gate": row.silent_by_gate,
        "flags": ";".join(row.flags) or None,
        "failed": tube.fault or None,
    }
