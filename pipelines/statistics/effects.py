"""Effects of one visit against the baseline, with 95 % intervals: geometric mean ratio and Hodges-Lehmann shift."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, exp, sqrt

import numpy as np
from numpy.typing import NDArray

from tregate.pipelines.statistics.series import Series
from tregate.pipelines.visit_tests.course import LEAST

CONFIDENCE = 0.95

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """An estimate with its limits; None where so few subjects allow none."""

    estimate: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Effect:
    """Changes of the pairs of one visit; estimates None below three pairs."""

    pairs: int
    mean_change: float | None = None
    """In the unit of the measure."""
    gmr_pairs: int = 0
    """Pairs whose ratio has a logarithm: all, but for values of 0 that rest on no known count."""
    gmr: Interval | None = None
    shift: Interval | None = None
    """Hodges-Lehmann, in the unit of the measure."""


def effect_of(series: Series, visit: str) -> Effect:
    """Mean change, geometric mean ratio and Hodges-Lehmann shift of every pair of the visit."""
    changes, logs = series.changes(visit), tuple(series.log_changes(visit).values())
    if len(changes) < LEAST:
        return Effect(len(changes), gmr_pairs=len(logs))
    return Effect(
        len(changes),
        float(np.mean(changes)),
        len(logs),
        geometric_mean_ratio(logs) if len(logs) >= LEAST else None,
        hodges_lehmann(changes),
    )


def geometric_mean_ratio(logs: Sequence[float]) -> Interval:
    """exp of the mean of log ratios with Student's 95 % interval on logs.

    Raises ValueError for fewer than two ratios.

    Examples
    --------
    >>> interval = geometric_mean_ratio([0.1, 0.3, 0.5])
    >>> f"{interval.estimate:.4f} ({interval.low:.4f} to {interval.high:.4f})"
    '1.3499 (0.8213 to 2.2185)'
    """
    if len(logs) < 2:
        raise ValueError(f"{len(logs)} ratios have no interval")
    mean, half = student_interval(logs)
    return Interval(exp(mean), exp(mean - half), exp(mean + half))


def student_interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean and half width of Student's 95 % interval of at least two values."""
    from scipy.special import stdtrit

    numbers = np.asarray(values, dtype=np.float64)
    spread = float(numbers.std(ddof=1)) / sqrt(len(numbers))
    return float(numbers.mean()), float(stdtrit(len(numbers) - 1, 0.5 + CONFIDENCE / 2.0)) * spread


def hodges_lehmann(changes: Sequence[float]) -> Interval:
    """Median of the pairwise means of changes (Walsh averages) with the interval that the signed-rank test implies.

    The limits are those Walsh averages between which the exact distribution without ties leaves at least 95 %
    (Hollander and Wolfe 1999, 3.2 and 3.3); with ties the interval is wider than it need be. Below six changes there
    is no such interval. Raises ValueError for no change at all.

    Examples
    --------
    >>> hodges_lehmann([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    Interval(estimate=3.5, low=1.0, high=6.0)
    """
    if not len(changes):
        raise ValueError("no changes have no shift")
    values = np.asarray(changes, dtype=np.float64)
    first, second = np.triu_indices(len(values))
    walsh = np.sort((values[first] + values[second]) / 2.0)
    cut = _signed_rank_quantile(len(values))
    estimate = float(np.median(walsh))
    if cut == 0:
        return Interval(estimate)
    return Interval(estimate, float(walsh[cut - 1]), float(walsh[-cut]))


def exact_share(count: int, of: int) -> tuple[float, float]:
    """Clopper and Pearson's exact 95 % limits of count / of. Raises ValueError unless 0 <= count <= of and of > 0.

    Examples
    --------
    >>> low, high = exact_share(8, 8)
    >>> f"{low:.4f} to {high:.4f}"
    '0.6306 to 1.0000'
    """
    if of < 1 or not 0 <= count <= of:
        raise ValueError(f"{count} of {of} is no share")
    from scipy.special import betaincinv

    tail = (1.0 - CONFIDENCE) / 2.0
    low = 0.0 if count == 0 else float(betaincinv(count, of - count + 1, tail))
    high = 1.0 if count == of else float(betaincinv(count + 1, of - count, 1.0 - tail))
    return low, high


def _signed_rank_quantile(pairs: int) -> int:
    """How many Walsh averages lie outside each limit, plus one (R's qsignrank); 0 where no interval reaches 95 %."""
    tail = (1.0 - CONFIDENCE) / 2.0
    if pairs > 200:
        middle, spread = pairs * (pairs + 1) / 4.0, sqrt(pairs * (pairs + 1) * (2 * pairs + 1) / 24.0)
        return int(middle - 1.959963984540054 * spread)
    chance = np.zeros(comb(pairs + 1, 2) + 1)
    chance[0] = 1.0
    for rank in range(1, pairs + 1):
        moved = np.zeros_like(chance)
        moved[rank:] = chance[: len(chance) - rank]
        chance = (chance + moved) / 2.0
    return int(np.searchsorted(np.cumsum(chance), tail, side="left"))
