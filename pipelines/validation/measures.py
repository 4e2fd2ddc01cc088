"""Tubes -> how well each population does under each condition."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tregate.gating.count.estimates import Estimate
from tregate.gating.count.intervals import percent
from tregate.pipelines.validation.asked import ANY_FIGURE, OVERALL, targets
from tregate.pipelines.validation.comparison import Comparison
from tregate.pipelines.validation.interval import mean_with_limits
from tregate.pipelines.validation.tubes import Series, ValidatedTube


@dataclass(frozen=True, slots=True)
class Measures:
    """One population under one condition. Errors and shares in percent; None is "not measurable"."""

    condition: str
    population: str
    unit: str
    tubes: int
    with_figure: int
    flagged: int
    """Tubes on which the figure carries a flag, or is missing with a reason."""
    true_events: float | None
    """Median of the events that are truly of it."""
    precision: float | None
    recall: float | None
    f1: float | None
    """Means over tubes."""
    f1_median: float | None
    f1_least: float | None
    event_error: float | None
    """Mean of events found / true - 1."""
    bias: Estimate | None
    """Mean of figure / truth - 1 with Student's 95 % limits."""
    bias_median: float | None
    bias_unflagged: float | None
    """Mean over the tubes whose figure carries no flag."""
    cv: float | None
    """Standard deviation of figure / truth."""
    coverage: Estimate | None
    """Share of 95 % intervals that hold the truth, with its exact binomial limits."""
    silent: Estimate | None
    """Tubes whose reported figure is off by more than 15 % without a flag."""
    silent_by_gate: Estimate | None
    """The same of the gate alone: events off by more than 15 % of those that are true."""


def measured(tubes: Sequence[ValidatedTube]) -> tuple[Measures, ...]:
    """Per condition each population and any reported figure, in order of appearance; then overall."""
    named = [tube for tube in tubes if tube.making.series is Series.CONDITION]
    conditions = tuple(dict.fromkeys(tube.making.condition for tube in named))
    made = []
    for condition in conditions:
        made += _of_group(condition, [tube for tube in named if tube.making.condition == condition])
    if len(conditions) > 1:
        made += _of_group(OVERALL, named)
    return tuple(made)


def _of_group(condition: str, tubes: Sequence[ValidatedTube]) -> list[Measures]:
    names = dict.fromkeys(row.population for tube in tubes for row in tube.rows)
    made = [
        _measure(condition, name, [row for tube in tubes for row in tube.rows if row.population == name])
        for name in names
    ]
    return [*made, _any_figure(condition, tubes)]


def _measure(condition: str, population: str, rows: Sequence[Comparison]) -> Measures:
    overlaps = [row.overlap for row in rows if row.overlap is not None]
    errors = [100.0 * row.error for row in rows if row.error is not None]
    unflagged = [100.0 * row.error for row in rows if row.error is not None and not row.flags]
    held = [row.covered for row in rows if row.covered is not None]
    f1 = _known(overlap.f1 for overlap in overlaps)
    return Measures(
        condition=condition,
        population=population,
        unit=next((row.unit for row in rows if row.unit), ""),
        tubes=len(rows),
        with_figure=sum(row.figure is not None for row in rows),
        flagged=sum(bool(row.flags) for row in rows),
        true_events=_over(statistics.median, [float(overlap.true) for overlap in overlaps]),
        precision=_over(statistics.fmean, _known(overlap.precision for overlap in overlaps)),
        recall=_over(statistics.fmean, _known(overlap.recall for overlap in overlaps)),
        f1=_over(statistics.fmean, f1),
        f1_median=_over(statistics.median, f1),
        f1_least=_over(min, f1),
        event_error=_over(statistics.fmean, [100.0 * e for e in _known(o.error for o in overlaps)]),
        bias=mean_with_limits(errors),
        bias_median=_over(statistics.median, errors),
        bias_unflagged=_over(statistics.fmean, unflagged),
        cv=statistics.stdev(errors) if len(errors) > 1 else None,
        coverage=percent(sum(held), len(held)),
        silent=percent(sum(row.silent for row in rows), len(rows)),
        silent_by_gate=percent(sum(row.silent_by_gate for row in rows), len(rows)),
    )


def _any_figure(condition: str, tubes: Sequence[ValidatedTube]) -> Measures:
    """Tubes on which at least one figure of the visit tables fails silently."""
    figures = [[row for row in tube.rows if row.population in targets().reported] for tube in tubes]
    n = len(tubes)
    return Measures(
        condition=condition,
        population=ANY_FIGURE,
        unit="",
        tubes=n,
        with_figure=sum(any(row.figure is not None for row in rows) for rows in figures),
        flagged=sum(any(row.flags for row in rows) for rows in figures),
        true_events=None, precision=None, recall=None, f1=None, f1_median=None, f1_least=None,
        event_error=None, bias=None, bias_median=None, bias_unflagged=None, cv=None, coverage=None,
        silent=percent(sum(any(row.silent for row in rows) for rows in figures), n),
        silent_by_gate=percent(sum(any(row.silent_by_gate for row in rows) for rows in figures), n),
    )  # fmt: skip


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _over(summary: Callable[[Sequence[float]], float], values: Sequence[float]) -> float | None:
    return summary(values) if values else None
