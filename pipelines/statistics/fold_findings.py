"""What is doubtful about the values of a measure: fold changes and limits of quantification, one row per measure."""

import math
from collections.abc import Collection, Iterator

from tregate.gating.findings import Finding, Severity
from tregate.gating.wording import number_text
from tregate.pipelines.plausible.folds import Fold
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.tubes.records import TubeFinding

CHECK = "fold_beyond_limit"
SHOWN = 3
"""Places that a message names."""
_RULES = {"as_is": "used as counted", "censor": "used as counted", "exclude": "excluded"}


def cells_with_fold_window(declared: Declared) -> frozenset[str]:
    """Cells whose fold changes have a declared limit of their own, and a cross-check that looks at it."""
    measures = (measure for relation in declared.relations(Fold) for measure in relation.fold)
    return frozenset(cells for measure in measures for cells in declared.quantified_by(measure))


def doubts_of(series: Series, analysis: Analysis, windowed: Collection[str] = ()) -> Iterator[TubeFinding]:
    """One finding per measure: no fold change, fold changes beyond the limit, values below quantification.

    `windowed`: cells whose fold changes have a cross-check of their own.
    """
    name = f"{series.measure.label} ({series.measure.unit})" if series.measure.unit else series.measure.label
    yield from _without_fold(series, name)
    if not set(windowed).intersection(series.measure.cells):
        yield from _beyond_limit(series, name, analysis.fold_limit)
    yield from _below_limit(series, name, analysis)


def _without_fold(series: Series, name: str) -> Iterator[TubeFinding]:
    if not series.without_fold:
        return
    base, later = series.values[series.baseline], [v for v in series.visits if v != series.baseline]
    able = sum(any(subject in series.values[visit] for visit in later) for subject in base)
    lost = len(series.without_fold)
    yield _finding(
        series.baseline, "fold_without_baseline", Severity.INFO,
        f"{name}: no fold change for {lost} of {able} subjects, because the baseline is zero and no events are "
        "known.",
        float(lost), "a baseline above 0",
    )  # fmt: skip


def beyond_limit(series: Series, limit: float) -> list[tuple[str, str, float]]:
    """(subject, visit, fold change) where the fold change is above the limit or below its inverse."""
    return [
        (subject, visit, fold)
        for visit in series.visits
        for subject, fold in series.folds[visit].items()
        if not 1.0 / limit <= fold <= limit
    ]


def _beyond_limit(series: Series, name: str, limit: float) -> Iterator[TubeFinding]:
    beyond = beyond_limit(series, limit)
    if not beyond:
        return
    within = f"{1.0 / limit:.3g} to {limit:.3g}"
    places = ", ".join(f"{subject} {visit} {number_text(fold)}" for subject, visit, fold in beyond[:SHOWN])
    more = f" and {len(beyond) - SHOWN} more" if len(beyond) > SHOWN else ""
    number = "1 fold change is" if len(beyond) == 1 else f"{len(beyond)} fold changes are"
    yield _finding(
        "", CHECK, Severity.WARN,
        f"{name}: {number} outside {within} ({places}{more}). Review the gates of both visits.",
        max((fold for _, _, fold in beyond), key=lambda fold: max(fold, 1.0 / fold) if fold else math.inf), within,
    )  # fmt: skip


def _below_limit(series: Series, name: str, analysis: Analysis) -> Iterator[TubeFinding]:
    if not series.below_loq:
        return
    lost = len(series.below_loq)
    rule = "set to the laboratory's limit" if series.below_loq <= series.censored else _RULES[analysis.below_loq]
    of = len(series.below_loq | {(subject, v) for v, measured in series.values.items() for subject in measured})
    yield _finding(
        "", "below_loq", Severity.INFO,
        f"{name}: {lost} of {of} values {'is' if lost == 1 else 'are'} below the limit of quantification. In the "
        f"summary they are {rule}.",
        float(lost), "at least its limit of quantification",
    )  # fmt: skip


def _finding(visit: str, check: str, severity: Severity, message: str, value: float | None, limit: str) -> TubeFinding:
    return TubeFinding("", visit, "", "", Finding(check, severity, message, value=value, limit=limit))
