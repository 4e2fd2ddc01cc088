"""Rows of summary.csv: figures, folds, effects and the test of one measure at one visit."""

from dataclasses import replace

from tregate.pipelines.files.table import Cell
from tregate.pipelines.statistics.censored_ratio import censored_ratio
from tregate.pipelines.statistics.compare import Comparison
from tregate.pipelines.statistics.describe import describe, geometric_mean
from tregate.pipelines.statistics.effects import Effect, Interval, effect_of
from tregate.pipelines.statistics.series import Series

COLUMNS = (
    *("table", "measure", "visit", "n", "mean", "sd", "median", "min", "max"),
    *("fold_n", "fold_mean", "fold_sd", "fold_median", "fold_gmean"),
    *("test", "p_value", "p_method", "p_floor", "stars"),
    *("pairs", "mean_change", "gmr", "gmr_low", "gmr_high", "gmr_n", "shift", "shift_low", "shift_high"),
    *("p_exact", "p_all_visits", "p_any_visit"),
    *("q1", "q3", "family", "p_unadjusted", "n_baseline_below_loq"),
)


def row_of(series: Series, visit: str, compared: Comparison) -> dict[str, Cell]:
    """One row; the baseline has no effects and no test."""
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
        "n_baseline_below_loq": len(series.low_baselines.intersection(series.folds[visit])),
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
