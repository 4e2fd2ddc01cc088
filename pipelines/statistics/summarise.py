"""Visit tables -> summary.csv: figures, folds, tests, and what is doubtful about them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.censored_ratio import censored_ratio
from tregate.pipelines.statistics.compare import Comparison, compare
from tregate.pipelines.statistics.comparisons import comparisons_of
from tregate.pipelines.statistics.describe import describe, geometric_mean
from tregate.pipelines.statistics.effects import Effect, Interval, effect_of
from tregate.pipelines.statistics.families import by_families, family_of
from tregate.pipelines.statistics.fold_findings import cells_with_fold_window, doubts_of
from tregate.pipelines.statistics.mean_cells import cells_of_summary
from tregate.pipelines.statistics.measures import measures_of
from tregate.pipelines.statistics.notes import notes_of
from tregate.pipelines.statistics.plausibility import implausible
from tregate.pipelines.statistics.series import Loqs, Series, series_of
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.analysis_declarations import CellLayout
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.subjects import Subjects
from tregate.pipelines.tubes.records import TubeFinding

COLUMNS = (
    *("table", "measure", "visit", "n", "mean", "sd", "median", "min", "max"),
    *("fold_n", "fold_mean", "fold_sd", "fold_median", "fold_gmean"),
    *("test", "p_value", "p_method", "p_floor", "stars"),
    *("pairs", "mean_change", "gmr", "gmr_low", "gmr_high", "gmr_n", "shift", "shift_low", "shift_high"),
    *("p_exact", "p_all_visits", "p_any_visit"),
    *("q1", "q3", "family", "p_unadjusted"),
)


@dataclass(frozen=True)
class Summary:
    """summary.csv, what is doubtful about it, and what is printed beside it."""

    table: Table
    findings: tuple[TubeFinding, ...]
    notes: tuple[str, ...]
    """Sentences for the foot of a table: tests, analysis sets, rules, the primary endpoint."""
    comparisons: Table
    """comparisons.csv: spans of visits, responders, arms."""
    series: tuple[Series, ...]
    """What the summary was made of, one a measure, for figures."""
    cell: CellLayout = "mean_sd"
    """What a cell of table1.md and of the page shows."""


def summarise(
    tables: Sequence[Table],
    visits: Sequence[str],
    baseline: str,
    analysis: Analysis,
    declared: Declared,
    *,
    primary_subjects: Collection[str] | None = None,
    loqs: Loqs | None = None,
    one_events: Loqs | None = None,
    subjects: Subjects | None = None,
) -> Summary:
    """Summarise every declared measure of the visit tables (each with `subject` and `visit`) at every planned visit.

    `primary_subjects`: who counts in the test at the primary visit (None: everybody).
    `loqs`: limits of quantification of single figures, for the rule `below_loq`.
    `subjects`: arms, sites and strata, where they are known.
    `one_events`: what one event adds to single figures, for folds and tests of counts as counts.
    Raises ValueError where the baseline is no planned visit or a subject has two rows of one visit.
    """
    if baseline not in visits:
        raise ValueError(f"baseline {baseline!r} is not a planned visit ({', '.join(visits)})")
    if analysis.primary_measure is None:
        analysis = analysis.model_copy(update={"primary_measure": declared.definition.shown.primary})
    every = tuple(
        series_of(
            table,
            measure,
            visits,
            baseline,
            exclude=analysis.exclude_subjects,
            below_loq=analysis.below_loq,
            loqs=loqs,
            one_events=one_events,
        )
        for table in tables
        for measure in measures_of(table, declared)
    )
    compared = by_families(every, [compare(series, analysis, primary_subjects) for series in every], analysis)
    families = family_of(analysis, visits, baseline)
    rows = [
        _row(s, visit, tested) | {"family": families.get((str(s.measure), visit))}
        for s, tested in zip(every, compared, strict=True)
        for visit in visits
    ]
    summary = Table.from_records("summary", COLUMNS, rows)
    windowed = cells_with_fold_window(declared)
    findings = [found for series in every for found in doubts_of(series, analysis, windowed)]
    findings += implausible(cells_of_summary(summary), declared)
    notes = notes_of(every, [one.outcomes for one in compared], analysis, primary_subjects)
    comparisons = comparisons_of(every, analysis, subjects or {})
    return Summary(summary, tuple(findings), notes, comparisons, every, analysis.cell)


def _row(series: Series, visit: str, compared: Comparison) -> dict[str, Cell]:
    figures = describe(tuple(series.values[visit].values()))
    folds = tuple(series.folds[visit].values())
    fold = describe(folds)
    row: dict[str, Cell] = {
        "table": series.measure.table,
        "measure": series.measure.name,
        "visit": visit,
        "n": figures.n,
        "mean": figures.mean,
        "sd": figures.sd,
        "median": figures.median,
        "min": figures.minimum,
        "max": figures.maximum,
        "q1": None if figures.quartiles is None else figures.quartiles[0],
        "q3": None if figures.quartiles is None else figures.quartiles[1],
        "fold_n": fold.n,
        "fold_mean": fold.mean,
        "fold_sd": fold.sd,
        "fold_median": fold.median,
        "fold_gmean": geometric_mean(folds),
    }
    if visit == series.baseline:
        return row
    row |= _effects(_effect(series, visit)) | {
        "p_exact": compared.exact.get(visit),
        "p_all_visits": compared.together.adjusted.get(visit),
        "p_any_visit": compared.together.any_change,
    }
    outcome = compared.outcomes.get(visit)
    if outcome is None:
        return row
    return row | {
        "test": outcome.test,
        "p_value": outcome.p_value,
        "p_method": outcome.method,
        "p_floor": outcome.p_floor,
        "stars": outcome.stars,
        "p_unadjusted": outcome.unadjusted,
    }


def _effect(series: Series, visit: str) -> Effect:
    """Where values of the visit or the baseline are below the laboratory's own limit, their ratio is a censored one."""
    effect = effect_of(series, visit)
    if not any((s, one) in series.censored for s in series.pairs(visit) for one in (series.baseline, visit)):
        return effect
    return replace(effect, gmr=censored_ratio(series, visit))


def _effects(effect: Effect) -> dict[str, Cell]:
    return {
        "pairs": effect.pairs,
        "mean_change": effect.mean_change,
        **_interval("gmr", effect.gmr),
        "gmr_n": effect.gmr_pairs,
        **_interval("shift", effect.shift),
    }


def _interval(name: str, interval: Interval | None) -> dict[str, Cell]:
    if interval is None:
        return {}
    return {name: interval.estimate, f"{name}_low": interval.low, f"{name}_high": interval.high}
