"""Means with 95 % limits over a few tubes."""

import math
import statistics
from collections.abc import Sequence

from tregate.gating.count.estimates import Estimate


def mean_with_limits(values: Sequence[float]) -> Estimate | None:
    """Mean with Student's limits; None for no values. One value has no limits of its own: infinite ones."""
    if not values:
        return None
    mean = statistics.fmean(values)
    if len(values) < 2:
        return Estimate(mean, -math.inf, math.inf)
    from scipy.special import stdtrit

    half = float(stdtrit(len(values) - 1, 0.975)) * statistics.stdev(values) / math.sqrt(len(values))
    return Estimate(mean, mean - half, mean + half)
