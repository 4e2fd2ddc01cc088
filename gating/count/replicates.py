"""Replicates of one value: their mean, by what each was counted in, with the spread between replicates in its limits.

The mean is that of the pooled counts: cells over all the blood analysed, or over all the parent events. Errors that are
independent from tube to tube (counting, preparation) shrink in it; the lot of the beads, pairs and gates are shared and
do not. What replicates differ by beyond counting and preparation is estimated from all replicates of a study.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tregate.gating.count.estimates import Estimate
from tregate.gating.count.intervals import widened
from tregate.gating.count.terms import Terms, Z


@dataclass(frozen=True, slots=True)
class Replicate:
    """One of several values of the same sample."""

    estimate: Estimate
    size: float
    """Its weight: blood analysed [µL], events of the parent, or 1."""
    lot: str = ""
    """Bead lot: its error is shared by replicates of one lot."""

    @property
    def own_variance(self) -> float:
        """Of the logarithm, by errors that no other replicate shares."""
        return self.estimate.terms.counting**2 + self.estimate.terms.preparation**2


@dataclass(frozen=True, slots=True)
class Spread:
    """What replicates of a study differ by, beyond counting and preparation."""

    variance: float = 0.0
    """Of the logarithm of one replicate."""
    freedom: int = 0


def spread_of(groups: Iterable[Sequence[Replicate]]) -> Spread:
    """The spread between replicates, pooled over groups of the same sample each; values of 0 are left out.

    Source: moment estimator of a variance component, as of DerSimonian & Laird, Control Clin Trials 7 (1986) 177, with
    equal weights.

    >>> Replicates = [Replicate(Estimate(value, value, value), 1.0) for value in (100.0, 110.0)]
    >>> f"{math.sqrt(spread_of([Replicates]).variance):.3f}"
    '0.067'
    """
    squares, expected, freedom = 0.0, 0.0, 0
    for group in groups:
        known = [one for one in group if one.estimate.value > 0]
        if len(known) < 2:
            continue
        logs = [math.log(one.estimate.value) for one in known]
        middle = math.fsum(logs) / len(logs)
        squares += math.fsum((log - middle) ** 2 for log in logs)
        expected += math.fsum(one.own_variance for one in known) * (1 - 1 / len(known))
        freedom += len(known) - 1
    return Spread(max(0.0, squares - expected) / freedom, freedom) if freedom else Spread()


def mean_of(group: Sequence[Replicate], spread: Spread) -> Estimate:
    """The mean of replicates by their sizes, with 95 % limits.

    The spread of the study counts with Student's t on its degrees of freedom [Satterthwaite 1946], and a group whose
    own replicates are further apart counts with its own. A mean of 0 has the upper limit of all sizes together. Where
    one value is negative, as a dim median may be, limits are symmetrical and by the group's own spread.

    >>> pair = [Replicate(Estimate(value, value, value, Terms(counting=0.03)), 50.0) for value in (100.0, 104.0)]
    >>> mean = mean_of(pair, spread_of([pair]))
    >>> f"{mean.value:.0f} ({mean.low:.1f} to {mean.high:.1f})"
    '102 (97.8 to 106.3)'
    """
    if any(one.estimate.value < 0 for one in group):
        return _signed_mean([one.estimate for one in group])
    sizes = [one.size for one in group]
    value = math.fsum(one.size * one.estimate.value for one in group) / math.fsum(sizes)
    if value <= 0.0:
        return Estimate(0.0, 0.0, 1.0 / math.fsum(1.0 / one.estimate.high for one in group if one.estimate.high > 0))
    weights = [one.size * one.estimate.value / (value * math.fsum(sizes)) for one in group]
    known = _terms(group, weights)
    terms = replace(known, replicates=_between(group, weights, known, spread))
    wide = widened(Estimate(value, value, value), terms.total)
    unknown_pairs = max(0.0, min(_above(one.estimate) for one in group if one.estimate.value > 0))
    return Estimate(value, wide.low, wide.high * math.exp(unknown_pairs), terms)


def _signed_mean(estimates: Sequence[Estimate]) -> Estimate:
    from scipy.special import stdtrit

    n = len(estimates)
    value = math.fsum(one.value for one in estimates) / n
    counting = Z * math.hypot(*((one.high - one.low) / (2 * Z) for one in estimates)) / n
    spread = math.sqrt(math.fsum((one.value - value) ** 2 for one in estimates) / (n - 1) / n)
    half = max(counting, float(stdtrit(n - 1, 0.975)) * spread)
    return Estimate(value, value - half, value + half)


def _above(estimate: Estimate) -> float:
    """How far the upper limit is beyond the terms, on the log scale: cells in pairs that nothing measures."""
    return math.log(estimate.high / estimate.value) - Z * estimate.terms.total


def cv_percent(values: Sequence[float]) -> float | None:
    """CV [%] of replicates, 100 sqrt(exp(s²) - 1) with the variance s² of logarithms; None for fewer than two above 0.

    >>> f"{cv_percent([100.0, 110.0]):.2f}"
    '6.75'
    """
    logs = [math.log(value) for value in values if value > 0]
    if len(logs) < 2 or len(logs) < len(values):
        return None
    return 100.0 * math.sqrt(math.expm1(_variance(logs)))


def _terms(group: Sequence[Replicate], weights: Sequence[float]) -> Terms:
    def each(name: str) -> list[float]:
        return [w * float(getattr(one.estimate.terms, name)) for w, one in zip(weights, group, strict=True)]

    lots: dict[str, float] = {}
    for one, part in zip(group, each("beads"), strict=True):
        lots[one.lot] = lots.get(one.lot, 0.0) + part
    return Terms(
        counting=math.hypot(*each("counting")),
        beads=math.hypot(*lots.values()),
        preparation=math.hypot(*each("preparation")),
        coincidence=math.fsum(each("coincidence")),
        gate=math.fsum(each("gate")),
    )


def _between(group: Sequence[Replicate], weights: Sequence[float], known: Terms, spread: Spread) -> float:
    """Relative SD of the mean by what replicates differ by, so that normal limits are those of Student's t."""
    from scipy.special import stdtrit  # takes as long to import as NumPy: not before there is something to count

    shrunk = math.fsum(weight * weight for weight in weights)
    logs = [math.log(one.estimate.value) for one in group if one.estimate.value > 0]
    own = _variance(logs) * shrunk if len(logs) > 1 else 0.0
    variance = max(spread.variance * shrunk, own - known.counting**2 - known.preparation**2)
    if variance <= 0.0:
        return 0.0
    rest = known.total**2
    freedom = max(spread.freedom, 1) * ((rest + variance) / variance) ** 2
    wider = (float(stdtrit(freedom, 0.975)) / Z) ** 2
    return math.sqrt(wider * (rest + variance) - rest)


def _variance(logs: Sequence[float]) -> float:
    middle = math.fsum(logs) / len(logs)
    return math.fsum((log - middle) ** 2 for log in logs) / (len(logs) - 1)
