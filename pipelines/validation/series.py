"""Results of the series of tubes: linearity, repeatability, and from how many cells a value can be quantified."""

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tregate.pipelines.validation.asked import NOMINAL, targets
from tregate.pipelines.validation.comparison import Comparison
from tregate.pipelines.validation.tubes import Making, Series, ValidatedTube

GOAL_CV = 20.0
"""Imprecision that is tolerated at the limit of quantification [% CV; docs/sources.md#event-bands]."""
LEAST_IN_BIN = 3
BINS = (1, 5, 10, 20, 35, 50, 75, 100, 150, 200, 350, 500, 1_000, 2_000, 5_000, 10_000, 100_000)
"""Edges of the bins of true events; the last is open."""


@dataclass(frozen=True, slots=True)
class Linearity:
    """ln figure = intercept + slope x ln truth over a series, by least squares."""

    population: str
    unit: str
    tubes: int
    """Of the series, with a figure above 0."""
    made: int
    """Of the series."""
    slope: float
    intercept: float
    r_squared: float
    worst: float
    """Largest deviation of a step's mean figure from its truth [%]."""
    worst_at: str


@dataclass(frozen=True, slots=True)
class Repeatability:
    """The same blood in many tubes."""

    population: str
    tubes: int
    mean: float
    unit: str
    cv: float
    """Seen between tubes [%]."""
    counting_cv: float
    """What the reported limits speak of [%]: their mean half width on the log scale / 1.96."""


@dataclass(frozen=True, slots=True)
class ErrorBin:
    """Figures of populations of like size."""

    low: int
    high: int | None
    """Events: low <= true events < high."""
    figures: int
    rms: float
    """Root of the mean square error of the figures [%]."""


def plotted(tubes: Sequence[ValidatedTube]) -> tuple[str, ...]:
    """Populations worth a picture: those that something is asked of, else those of the visit tables."""
    present = list(dict.fromkeys(row.population for tube in tubes for row in tube.rows if row.unit))
    asked = tuple(name for name in present if name in {*targets().f1, *targets().bias})
    return asked or tuple(name for name in present if name in targets().reported) or tuple(present)


def of(tubes: Sequence[ValidatedTube], population: str, *series: Series) -> Iterator[tuple[Making, Comparison]]:
    """Every figure of a population in the tubes of some series (all where none is named)."""
    for tube in tubes:
        if not series or tube.making.series in series:
            for row in tube.rows:
                if row.population == population and row.figure is not None and row.truth:
                    yield tube.making, row


def linearity(tubes: Sequence[ValidatedTube], population: str) -> Linearity | None:
    """Over the dilution series; None where fewer than three of its steps have figures above 0."""
    points = [
        (making.condition, row.unit, row.truth, row.figure.value)
        for making, row in of(tubes, population, Series.DILUTION)
        if row.truth is not None and row.figure is not None and row.figure.value > 0
    ]
    if len({truth for _, _, truth, _ in points}) < 3:
        return None
    x = [math.log(truth) for _, _, truth, _ in points]
    y = [math.log(value) for _, _, _, value in points]
    fit = statistics.linear_regression(x, y)
    spread = statistics.pvariance(y)
    left = statistics.fmean((b - fit.intercept - fit.slope * a) ** 2 for a, b in zip(x, y, strict=True))
    steps = {
        step: 100.0 * (statistics.fmean(v / t for name, _, t, v in points if name == step) - 1.0)
        for step in dict.fromkeys(name for name, *_ in points)
    }
    worst_at = max(steps, key=lambda step: abs(steps[step]))
    r_squared = 1.0 - left / spread if spread > 0 else 0.0
    made = sum(tube.making.series is Series.DILUTION for tube in tubes)
    return Linearity(
        population, points[0][1], len(points), made, fit.slope, fit.intercept, r_squared, steps[worst_at], worst_at
    )


def repeatability(tubes: Sequence[ValidatedTube], population: str) -> Repeatability | None:
    """Over the nominal tubes; None for fewer than two figures."""
    figures = [
        (row.figure, row.unit, row.has_limits)
        for making, row in of(tubes, population, Series.CONDITION)
        if making.condition == NOMINAL and row.figure is not None
    ]
    values = [figure.value for figure, _, _ in figures]
    if len(values) < 2 or not (mean := statistics.fmean(values)):
        return None
    widths = [
        math.log(figure.high / figure.low) / 2.0 / 1.96
        for figure, _, has_limits in figures
        if has_limits and figure.low > 0
    ]
    counting = 100.0 * statistics.fmean(widths) if widths else 0.0
    cv = 100.0 * statistics.stdev(values) / mean
    return Repeatability(population, len(values), mean, figures[0][1], cv, counting)


def numbers_and_errors(tubes: Sequence[ValidatedTube], population: str) -> list[tuple[int, float]]:
    """(true events, error of the figure [%]) in nominal tubes and the series."""
    return [
        (row.overlap.true, 100.0 * row.error)
        for making, row in of(tubes, population)
        if _ordinary(making) and row.overlap is not None and row.overlap.true and row.error is not None
    ]


def errors_by_events(tubes: Sequence[ValidatedTube], populations: Sequence[str]) -> tuple[ErrorBin, ...]:
    """RMS error of figures by the number of true events, over nominal tubes and the series."""
    pairs = [pair for name in populations for pair in numbers_and_errors(tubes, name)]
    bins = []
    for low, high in zip(BINS, (*BINS[1:], None), strict=True):
        errors = [error for events, error in pairs if low <= events and (high is None or events < high)]
        if len(errors) >= LEAST_IN_BIN:
            bins.append(ErrorBin(low, high, len(errors), math.sqrt(statistics.fmean(e * e for e in errors))))
    return tuple(bins)


def limit_of_quantification(bins: Sequence[ErrorBin]) -> int | None:
    """Events from which the error stays within GOAL_CV in every bin; None where it never does."""
    limit = None
    for one in reversed(bins):
        if one.rms > GOAL_CV:
            break
        limit = one.low
    return limit


def _ordinary(making: Making) -> bool:
    return making.series is not Series.CONDITION or making.condition == NOMINAL
