"""Descriptive figures of one cell of a table: they know their own n."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tregate.pipelines.visit_tests.course import LEAST


@dataclass(frozen=True)
class Description:
    """None where n does not allow the figure: no mean, SD and median below three values."""

    n: int
    mean: float | None = None
    sd: float | None = None
    """Sample standard deviation (n - 1)."""
    median: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    quartiles: tuple[float, float] | None = None
    """First and third, by linear interpolation (type 7 of Hyndman and Fan 1996)."""


def describe(values: Sequence[float]) -> Description:
    """n, mean, SD, median and range; below three values n and range alone."""
    if not values:
        return Description(0)
    numbers = np.asarray(values, dtype=np.float64)
    if len(numbers) < LEAST:
        return Description(len(numbers), minimum=float(numbers.min()), maximum=float(numbers.max()))
    return Description(
        n=len(numbers),
        mean=float(numbers.mean()),
        sd=float(numbers.std(ddof=1)),
        median=float(np.median(numbers)),
        minimum=float(numbers.min()),
        maximum=float(numbers.max()),
        quartiles=(float(np.quantile(numbers, 0.25)), float(np.quantile(numbers, 0.75))),
    )


def geometric_mean(folds: Sequence[float]) -> float | None:
    """exp(mean(log)) of the positive folds; None below three."""
    positive = [fold for fold in folds if fold > 0.0]
    return float(np.exp(np.mean(np.log(positive)))) if len(positive) >= LEAST else None
