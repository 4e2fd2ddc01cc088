"""Ratios of two estimates, with 95 % limits: fold changes and percentages across counts.

On the log scale the limits' distances add in squares; terms that both share cancel in the ratio: the lot of one study
in a fold change, all of blood, beads and pairs in a ratio within one tube.
"""

import math
from dataclasses import replace

from tregate.gating.count.estimates import Estimate
from tregate.gating.count.terms import Terms, Z

WITHIN_A_TUBE = ("beads", "preparation", "coincidence")
"""Terms that two concentrations of one tube share."""
SAME_LOT = ("beads",)
"""Terms that two tubes with beads of one lot share."""


def ratio(numerator: Estimate, denominator: Estimate, shared: tuple[str, ...] = ()) -> Estimate | None:
    """numerator / denominator with 95 % limits; None where the denominator is not above 0.

    shared: names of terms that are the same error in both and cancel.
    Source: propagation of independent errors of a quotient on the log scale (JCGM 100:2008, 5.1.6).

    >>> fold = ratio(Estimate(200.0, 180.0, 222.2), Estimate(100.0, 90.0, 111.1))
    >>> f"{fold.value:.2f} ({fold.low:.2f} to {fold.high:.2f})"
    '2.00 (1.72 to 2.32)'
    """
    if denominator.value <= 0.0:
        return None
    value = numerator.value / denominator.value
    terms = _terms(numerator.terms, denominator.terms, shared)
    above = math.hypot(_distance(numerator, shared, up=True), _distance(denominator, shared, up=False))
    if numerator.value == 0.0:
        return Estimate(0.0, 0.0, numerator.high / denominator.value * math.exp(above), terms)
    below = math.hypot(_distance(numerator, shared, up=False), _distance(denominator, shared, up=True))
    return Estimate(value, value * math.exp(-below), value * math.exp(above), terms)


def less(whole: Estimate, part: Estimate) -> Estimate:
    """whole - part of one tube, with the relative limits of the whole: the part is a small share of it.

    Teff as CD3+ without Treg; value not above 0 where nothing is left.
    """
    value = whole.value - part.value
    scale = value / whole.value if whole.value > 0.0 else 0.0
    return Estimate(value, whole.low * scale, whole.high * scale, whole.terms)


def _distance(estimate: Estimate, shared: tuple[str, ...], *, up: bool) -> float:
    """Distance of a limit from the value on the log scale, without the shared terms; 0 for a value of 0."""
    if estimate.value <= 0.0:
        return 0.0
    limit = estimate.high if up else estimate.low
    if limit <= 0.0:
        return math.inf
    whole = math.log(limit / estimate.value)
    cancelled = math.fsum((Z * float(getattr(estimate.terms, name))) ** 2 for name in shared)
    return math.sqrt(max(0.0, whole * whole - cancelled))


def _terms(one: Terms, other: Terms, shared: tuple[str, ...]) -> Terms:
    names = ("counting", "beads", "preparation", "coincidence", "gate")
    both = {name: math.hypot(float(getattr(one, name)), float(getattr(other, name))) for name in names}
    return replace(Terms(**both), **dict.fromkeys(shared, 0.0))
