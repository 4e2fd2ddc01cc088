"""Power of the primary tests: the change that n subjects can detect, and the subjects that a change needs."""

from collections.abc import Callable
from functools import lru_cache
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.05
TRIALS = 20_000
"""Simulated trials of the signed-rank test: the standard error of a power of 80 % is 0.3 %."""
SEED = 20240607
SIMULATED = 60
"""Subjects up to which the number for the signed-rank test is found by simulation."""
EFFICIENCY = 0.955
"""Of the signed-rank test against Student's t for normal changes, 3 / pi (Hodges and Lehmann 1956)."""
LARGEST = 500
"""Subjects (of one group, or of each arm) beyond which no number is looked for."""

Floats = NDArray[np.float64]


def t_power(n: int, effect: float) -> float:
    """Power of the paired t test of n changes whose mean is `effect` SDs of a change, by the noncentral t.

    Examples
    --------
    >>> round(t_power(8, 1.0), 3)
    0.681
    """
    return _two_sided(n - 1, effect * sqrt(n)) if n >= 2 else 0.0


def arms_power(n: int, effect: float) -> float:
    """Power of the t test between two arms of n subjects each, means `effect` SDs apart."""
    return _two_sided(2 * n - 2, effect * sqrt(n / 2.0)) if n >= 2 else 0.0


def wilcoxon_power(n: int, effect: float) -> float:
    """Power of the exact signed-rank test of n normal changes whose mean is `effect` SDs, by simulation."""
    changes = _normal(n) + effect
    ranks = np.argsort(np.argsort(np.abs(changes), axis=1), axis=1) + 1
    sums = np.where(changes > 0.0, ranks, 0).sum(axis=1)
    return float(np.mean(_p_of_sums(n)[sums] <= ALPHA))


def detectable(power_of: Callable[[int, float], float], n: int, power: float) -> float | None:
    """Least effect [SDs] that n subjects detect with so much power; None where no effect is enough."""
    high = 1.0
    while power_of(n, high) < power:
        high *= 2.0
        if high > 64.0:
            return None
    low = 0.0
    while high - low > 1e-4:
        middle = (low + high) / 2.0
        low, high = (low, middle) if power_of(n, middle) >= power else (middle, high)
    return high


def needed(power_of: Callable[[int, float], float], effect: float, power: float) -> int | None:
    """Least number of subjects that detects an effect [SDs] with so much power; None beyond `LARGEST`."""
    if power_of is wilcoxon_power:
        return _needed_by_ranks(effect, power)
    if power_of(LARGEST, effect) < power:
        return None
    low, high = 1, LARGEST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_of(middle, effect) >= power else (middle, high)
    return high


def _needed_by_ranks(effect: float, power: float) -> int | None:
    """From what Student's t needs upwards, by simulation; beyond `SIMULATED` by the efficiency."""
    by_t = needed(t_power, effect, power)
    if by_t is None:
        return None
    for n in range(max(6, by_t - 2), SIMULATED + 1):
        if wilcoxon_power(n, effect) >= power:
            return n
    return ceil(by_t / EFFICIENCY)


def _two_sided(freedom: int, noncentrality: float) -> float:
    from scipy.special import nctdtr, stdtrit

    critical = float(stdtrit(freedom, 1.0 - ALPHA / 2.0))
    below: float = float(nctdtr(freedom, noncentrality, -critical))
    return 1.0 - float(nctdtr(freedom, noncentrality, critical)) + (below if np.isfinite(below) else 0.0)


@lru_cache(maxsize=4)
def _normal(n: int) -> Floats:
    return np.random.default_rng([SEED, n]).standard_normal((TRIALS, n))


@lru_cache(maxsize=64)
def _p_of_sums(n: int) -> Floats:
    """Two-sided p of every rank sum 0 to n (n + 1) / 2 of untied changes."""
    chance = np.zeros(n * (n + 1) // 2 + 1)
    chance[0] = 1.0
    for rank in range(1, n + 1):
        moved = np.zeros_like(chance)
        moved[rank:] = chance[: len(chance) - rank]
        chance = (chance + moved) / 2.0
    below = np.cumsum(chance)
    return np.minimum(1.0, 2.0 * np.minimum(below, below[::-1]))
