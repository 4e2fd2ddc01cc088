"""The counts of the pairs of one visit with their exposure: negative binomial, so that subjects may differ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tregate.gating.wording import counted
from tregate.pipelines.visit_tests.course import LEAST, Course
from tregate.pipelines.visit_tests.outcome import Outcome
from tregate.pipelines.visit_tests.visit_test import VisitTest, each_visit

NAME = "negative binomial of the pairs"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RateRatio:
    """Log of the rate at the visit over that of the baseline."""

    log: float
    error: float
    """Standard error of the log."""
    variation: float
    """Williams' phi: correlation of the events of a subject beyond their common rate ratio; 0 for Poisson counts."""


def count_model(course: Course, visit: str) -> Outcome:
    """Rate of events at the visit against the baseline, subjects as blocks, exposures as offset.

    The exposure is the blood analysed (of a percentage the parent events): events / value. Given the sum of the two
    counts of a subject, the first is binomial; where subjects differ in their ratio, beta-binomial, as negative
    binomial counts given their sum are. t has pairs - 1 degrees of freedom.
    """
    base, pairs = course.values[course.baseline], []
    for subject in course.pairs(visit):
        now, before = course.one_event.get((subject, visit)), course.one_event.get((subject, course.baseline))
        if now and before:
            pairs.append((course.values[visit][subject] / now, base[subject] / before, np.log(before / now)))
    counts = np.array([pair for pair in pairs if pair[0] + pair[1] > 0.0])
    how = f"{counted(len(counts), 'pair')} with counted events"
    if len(counts) < LEAST or not counts[:, 0].any() or not counts[:, 1].any():
        return Outcome(NAME, len(counts), None, f"not tested: {how}")
    from scipy.special import stdtr, stdtrit

    found, freedom = rate_ratio(*counts.T), len(counts) - 1
    p = float(2.0 * stdtr(freedom, -abs(found.log / found.error)))
    half = float(stdtrit(freedom, 0.975)) * found.error
    low, ratio, high = (float(np.exp(found.log + sign * half)) for sign in (-1.0, 0.0, 1.0))
    effect = f"rate ratio {ratio:.4g} ({low:.4g} to {high:.4g}), extra variation {found.variation:.3g}"
    return Outcome(NAME, len(counts), p, f"approximate (t, {freedom} df); {how}; {effect}")


def rate_ratio(now: Floats, before: Floats, offset: Floats) -> RateRatio:
    """Of pairs of counts (n,) with the log ratio of their exposures.

    A pair of m events weighs 1 / (1 + (m - 1) phi); phi makes Pearson's statistic its degrees of freedom, and is 0
    where that is not exceeded (Williams 1982, Applied Statistics 31:144, model III).
    """
    from scipy.optimize import brentq

    total = now + before

    def fit(phi: float) -> tuple[float, Floats, Floats]:
        weights = 1.0 / (1.0 + np.maximum(total - 1.0, 0.0) * phi)

        def score(log: float) -> float:
            return float(np.sum(weights * (now - total / (1.0 + np.exp(-log - offset)))))

        log = float(brentq(score, -40.0, 40.0, xtol=1e-12))
        share = 1.0 / (1.0 + np.exp(-log - offset))
        return log, weights, total * share * (1.0 - share)

    def excess(phi: float) -> float:
        log, weights, variance = fit(phi)
        share = 1.0 / (1.0 + np.exp(-log - offset))
        return float(np.sum(weights * (now - total * share) ** 2 / variance)) - (len(now) - 1)

    phi = 0.0
    if excess(0.0) > 0.0:
        phi = float(brentq(excess, 0.0, 1.0, xtol=1e-10)) if excess(1.0) < 0.0 else 1.0
    log, weights, variance = fit(phi)
    beyond = max(1.0, excess(phi) / (len(now) - 1) + 1.0)
    return RateRatio(log, float(np.sqrt(beyond / np.sum(weights * variance))), phi)


COUNT_MODEL = VisitTest(
    each_visit(count_model),
    "negative binomial model of the pairs' events, with the blood analysed as exposure",
)
