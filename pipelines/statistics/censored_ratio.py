"""Geometric mean ratio where some values are known only to be below the laboratory's own limit."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from tregate.pipelines.statistics.effects import CONFIDENCE, Interval
from tregate.pipelines.visit_tests.course import LEAST, Course

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Log values of pairs (n,); where a value is censored, the log of its limit."""

    before: Floats
    now: Floats
    before_censored: NDArray[np.bool_]
    now_censored: NDArray[np.bool_]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Pairs with both values known."""
        return ~(self.before_censored | self.now_censored)


def censored_ratio(course: Course, visit: str) -> Interval | None:
    """exp of the mean change of log values that are normal at both visits, by maximum likelihood with profile limits.

    A value below the limit adds the chance of being there, given the subject's other value (Tobin 1958, for pairs). A
    mean change is inside where n log(1 + t² / (n - 1)) is not exceeded by twice the loss of log likelihood, t Student's
    quantile: without censoring that is the t interval itself. None below three pairs with both values known, or where
    the likelihood has no end.
    """
    before, now = course.log_values(course.baseline), course.log_values(visit)
    subjects = [subject for subject in course.pairs(visit) if subject in before and subject in now]
    pairs = Pairs(
        np.array([before[subject] for subject in subjects]),
        np.array([now[subject] for subject in subjects]),
        np.array([(subject, course.baseline) in course.censored for subject in subjects], dtype=bool),
        np.array([(subject, visit) in course.censored for subject in subjects], dtype=bool),
    )
    return ratio_of(pairs) if pairs.known.sum() >= LEAST else None


def ratio_of(pairs: Pairs) -> Interval | None:
    """Interval of exp(mean change); None where the known pairs do not differ, or the likelihood has no end."""
    from scipy.optimize import brentq
    from scipy.special import stdtrit

    known, n = pairs.known, len(pairs.before)
    spreads = [float(values[known].std()) for values in (pairs.before, pairs.now, pairs.now - pairs.before)]
    if min(spreads) <= 0.0:
        return None
    correlation = float(np.corrcoef(pairs.before[known], pairs.now[known])[0, 1])
    start = np.array(
        [float(pairs.before.mean()), log(spreads[0]), log(spreads[1]), np.arctanh(np.clip(correlation, -0.95, 0.95))]
    )
    change = float((pairs.now - pairs.before).mean())
    found, top = _largest(lambda at: log_likelihood(pairs, float(at[0]), at[1:]), np.array([change, *start]))
    best, rest = float(found[0]), found[1:]
    quantile = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2.0))
    allowed = n * log(1.0 + quantile**2 / (n - 1)) / 2.0

    def beyond(change: float) -> float:
        return top - _largest(lambda at: log_likelihood(pairs, change, at), rest)[1] - allowed

    if not np.isfinite(top) or np.abs(found).max() > 50.0:
        return None
    step, ends = quantile * spreads[2] / sqrt(n), []
    for sign in (-1.0, 1.0):
        far = best + sign * step
        while beyond(far) < 0.0 and abs(far - best) < 16.0 * step:
            far += sign * step
        ends.append(exp(float(brentq(beyond, best, far, xtol=1e-6, rtol=1e-8))) if beyond(far) >= 0.0 else None)
    return Interval(exp(best), *ends)


def _largest(of: Callable[[Floats], float], start: Floats) -> tuple[Floats, float]:
    from scipy.optimize import minimize

    def loss(at: Floats) -> float:
        return -of(at)

    found = minimize(loss, start, method="BFGS")
    return np.asarray(found.x, dtype=np.float64), -float(found.fun)


def log_likelihood(pairs: Pairs, change: float, nuisance: Floats) -> float:
    """Of the mean change; `nuisance`: mean before, log SD before and now, and Fisher's z of their correlation."""
    from scipy.special import log_ndtr

    (mean, log_before, log_now), r = nuisance[:3], float(np.tanh(nuisance[3]))
    rest = sqrt(max(1.0 - r * r, 1e-12))
    a, b = (pairs.before - mean) / np.exp(log_before), (pairs.now - mean - change) / np.exp(log_now)
    known, first, second = pairs.known, pairs.before_censored, pairs.now_censored
    total = -0.5 * float(np.sum(a[known] ** 2)) - int(known.sum()) * (log_before + log_now + log(rest))
    total -= 0.5 * float(np.sum(((b[known] - r * a[known]) / rest) ** 2))
    for which, below, seen, log_sd in ((first & ~second, a, b, log_now), (second & ~first, b, a, log_before)):
        chance = log_ndtr((below[which] - r * seen[which]) / rest)
        total += float(np.sum(chance - 0.5 * seen[which] ** 2 - log_sd))
    both = zip(a[first & second], b[first & second], strict=True)
    return float(total) + sum(_log_both_below(x, y, r) for x, y in both)


def _log_both_below(x: float, y: float, r: float) -> float:
    """log P(X < x, Y < y) of standard normal values with correlation r: 64 points of Gauss and Legendre over X."""
    from scipy.special import log_ndtr

    points, weights = _gauss_legendre()
    low = min(x, 0.0) - 9.0
    at = low + (points + 1.0) * (x - low) / 2.0
    logs = log_ndtr((y - r * at) / sqrt(max(1.0 - r * r, 1e-12))) - 0.5 * at**2 - 0.5 * log(2.0 * np.pi)
    top = float(logs.max())
    return top + log(max(float(weights @ np.exp(logs - top)) * (x - low) / 2.0, 1e-300))


@cache
def _gauss_legendre() -> tuple[Floats, Floats]:
    """Points and weights on -1 to 1, found once: the likelihood is asked for thousands of times."""
    return np.polynomial.legendre.leggauss(64)
