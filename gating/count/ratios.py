"""Ratios of two estimates, with 95 % limits: fold changes and percentages across counts.

On the log scale the limits' distances add in squares; terms that both share cancel in the ratio: the lot of one study
in a fold change, all of blood, beads and pairs in a ratio within one tube.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import fields, replace

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


def total(parts: Sequence[Estimate]) -> Estimate:
    """Sum of parts of one blood: counting and gating errors are independent, the errors of the tube are the same.

    Limits are lognormal by the summed terms. A single part is returned as it is.

    >>> total([Estimate(10.0, 9.0, 11.0), Estimate(5.0, 4.0, 6.0)]).value
    15.0
    """
    if len(parts) == 1:
        return parts[0]
    value = math.fsum(part.value for part in parts)
    if value <= 0.0:
        return Estimate(value, 0.0, math.fsum(part.high for part in parts))
    terms = Terms(
        **{name: _summed(parts, name, value, math.hypot) for name in ("counting", "gate", "replicates")},
        **{name: _summed(parts, name, value, lambda *each: math.fsum(each)) for name in WITHIN_A_TUBE},
    )
    return Estimate(value, value * math.exp(-Z * terms.total), value * math.exp(Z * terms.total), terms)


def less(whole: Estimate, part: Estimate) -> Estimate:
    """whole - part of one tube, where the part is among the whole: Teff as CD3+ without Treg.

    Errors of the part that are not those of the whole are counting and gating.
    """
    value = whole.value - part.value
    if value <= 0.0:
        return Estimate(value, value, value)
    scale = part.value / value
    terms = replace(whole.terms, gate=math.hypot(whole.terms.gate, scale * part.terms.gate))
    if whole.terms == Terms():
        terms = Terms(counting=scale * part.terms.counting, gate=scale * part.terms.gate)
    return Estimate(value, value * math.exp(-Z * terms.total), value * math.exp(Z * terms.total), terms)


def _summed(parts: Sequence[Estimate], name: str, value: float, add: Callable[..., float]) -> float:
    return add(*(part.value * float(getattr(part.terms, name)) for part in parts)) / value


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
    names = (field.name for field in fields(Terms))
    both = {name: math.hypot(float(getattr(one, name)), float(getattr(other, name))) for name in names}
    return replace(Terms(**both), **dict.fromkeys(shared, 0.0))
