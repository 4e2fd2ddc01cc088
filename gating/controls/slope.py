"""Slope of one channel on another from a negative and a positive group: robust, and not flattened by noise.

A least-squares line through all events is too flat where the horizontal channel has noise of its own (photons). The
group an event belongs to is little affected by that noise and serves as instrument [Wald 1940, Ann Math Stat 11:284]:
the line is moved until the residuals of both groups have location 0, each by an M-estimate with Hampel's weights.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.order_statistics import robust_sd

BENDS = (2.5, 4.5, 9.0)
"""Robust standard deviations: weight 1 up to the first, falling influence from the second, no influence from the third
on [Hampel 1974, J Am Stat Assoc 69:383]. Wide bends, since autofluorescence is skewed and its tail is no error."""
ROUNDS = 30
SPREAD_ROUNDS = 4
"""Rounds after which the spread of the residuals stays what it is, so that the slope converges."""
ENOUGH = 1e-8
Z95 = 1.959963984540054
BINS = 6
"""Groups of equal numbers of positive events whose residual spread is estimated by itself: noise grows with light."""


@dataclass(frozen=True, slots=True)
class Slope:
    """A slope with its standard error."""

    value: float
    error: float
    intercept: float
    rejected: float
    """Fraction of the positive events without influence: they lie beyond the third bend."""
    above: float
    """Fraction of the positive events without influence that lie above the line."""

    @property
    def low(self) -> float:
        return self.value - Z95 * self.error

    @property
    def high(self) -> float:
        return self.value + Z95 * self.error


def grouped_slope(x: FloatArray, y: FloatArray, positive: npt.NDArray[np.bool_]) -> Slope:
    """Slope of y (n,) on x (n,) between the events that are not positive (n,) and those that are.

    Raises ValueError where a group is empty or both have the same location in x.

    >>> x = np.concatenate([np.zeros(50), np.full(50, 100.0)])
    >>> round(grouped_slope(x, 0.25 * x + np.tile([-1.0, 1.0], 50), x > 50).value, 6)
    0.25
    """
    if positive.all() or not positive.any():
        raise ValueError("a slope needs negative and positive events")
    groups = [(x[one], y[one]) for one in (~positive, positive)]
    (x0, y0), (x1, y1) = groups
    span = float(np.median(x1) - np.median(x0))
    if not span > 0:
        raise ValueError("the positive events are not brighter than the negative ones")
    slope = float(np.median(y1) - np.median(y0)) / span
    intercept = float(np.median(y0)) - slope * float(np.median(x0))
    spreads: list[FloatArray] = []
    mx0 = mx1 = 0.0
    for turn in range(ROUNDS):
        residuals = [gy - intercept - slope * gx for gx, gy in groups]
        if turn < SPREAD_ROUNDS:
            spreads = [_spread(gx, one) for (gx, _), one in zip(groups, residuals, strict=True)]
        weights = [_weight(one / spread) for one, spread in zip(residuals, spreads, strict=True)]
        (mx0, my0), (mx1, my1) = (
            (float(np.average(gx, weights=w)), float(np.average(gy, weights=w)))
            for (gx, gy), w in zip(groups, weights, strict=True)
        )
        step = (my1 - my0) / (mx1 - mx0) - slope
        slope += step
        intercept = my0 - slope * mx0
        if turn >= SPREAD_ROUNDS - 1 and abs(step) < ENOUGH:
            break
    residuals = [gy - intercept - slope * gx for gx, gy in groups]
    variance = sum(_location_variance(one, spread) for one, spread in zip(residuals, spreads, strict=True))
    residual = residuals[1] / spreads[1]
    outside = np.abs(residual) > BENDS[2]
    return Slope(
        slope, float(np.sqrt(variance)) / (mx1 - mx0), intercept,
        float(outside.mean()), float((outside & (residual > 0)).mean()),
    )  # fmt: skip


def _spread(x: FloatArray, residual: FloatArray) -> FloatArray:
    """Robust standard deviation of the residual of events of like brightness, (n,)."""
    bins = max(1, min(BINS, len(x) // 40))
    rank = np.argsort(np.argsort(x, kind="stable"), kind="stable") * bins // len(x)
    spread = np.array([robust_sd(residual[rank == one]) for one in range(bins)])
    least = max(float(spread.max()) * 1e-3, np.finfo(np.float64).tiny)
    return np.asarray(np.maximum(spread, least)[rank])


def _weight(scaled: FloatArray) -> FloatArray:
    """Hampel's weight psi(u) / u, (n,)."""
    a, b, c = BENDS
    size = np.maximum(np.abs(scaled), 1e-12)
    falling = a * np.maximum(c - size, 0) / (c - b) / size
    return np.asarray(np.where(size <= a, 1.0, np.where(size <= b, a / size, falling)))


def _location_variance(residual: FloatArray, spread: FloatArray) -> float:
    """Variance of the M-estimate of the residuals' location (sandwich) [Huber & Ronchetti 2009, section 3.2]."""
    scaled = residual / spread
    a, b, c = BENDS
    size = np.abs(scaled)
    psi = _weight(scaled) * scaled * spread
    slope_of_psi = np.where(size <= a, 1.0, np.where((size > b) & (size < c), -a / (c - b), 0.0))
    n = len(residual)
    bread = float(slope_of_psi.mean())
    if bread <= 0:
        return float("inf")
    return float(np.square(psi).sum()) / (n * (n - 1)) / bread**2 if n > 1 else float("inf")
