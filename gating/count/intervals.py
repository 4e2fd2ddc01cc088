"""95 % limits of counts, exact, and their widening by declared uncertainties."""

import math

from tregate.gating.count.estimates import Estimate

ALPHA = 0.05
Z = 1.959963984540054
"""97.5 % point of the normal distribution."""


def clopper_pearson(successes: float, trials: float) -> tuple[float, float]:
    """Exact two-sided 95 % limits of a proportion [Clopper & Pearson 1934]; (0, 1) for no trials.

    Real-valued successes and trials are taken as they are: effective numbers of independent events.
    """
    from scipy.special import betaincinv  # takes as long to import as NumPy: not before there is something to count

    if not 0 <= successes <= trials:
        raise ValueError(f"{successes:g} of {trials:g} is not a proportion")
    failures = trials - successes
    low = float(betaincinv(successes, failures + 1.0, ALPHA / 2)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1.0, failures, 1.0 - ALPHA / 2)) if failures > 0 else 1.0
    return low, high


def percent(events: int, of: int) -> Estimate | None:
    """Share of `of` in percent; None where the parent is empty, since 0 of 0 is nothing."""
    if of == 0:
        return None
    low, high = clopper_pearson(events, of)
    return Estimate(100.0 * events / of, 100.0 * low, 100.0 * high)


def ratio_limits(cells: float, beads: float) -> tuple[float, float]:
    """Exact limits of cells / beads: given their sum, cells are binomial. Needs beads > 0.

    Source: docs/sources.md#limits-of-a-count.
    """
    low, high = clopper_pearson(cells, cells + beads)
    return low / (1.0 - low), high / (1.0 - high)


def widened(estimate: Estimate, relative_sd: float) -> Estimate:
    """Limits that also take in a relative uncertainty, added in squares on the log scale.

    Source: docs/sources.md#limits-of-a-count.
    """
    extra = Z * relative_sd
    if estimate.value == 0.0:
        return Estimate(0.0, 0.0, estimate.high * math.exp(extra))
    below = math.inf if estimate.low == 0.0 else math.log(estimate.value / estimate.low)
    above = math.log(estimate.high / estimate.value)
    return Estimate(
        estimate.value,
        estimate.value / math.exp(math.hypot(below, extra)) if below < math.inf else 0.0,
        estimate.value * math.exp(math.hypot(above, extra)),
    )
