"""The terms of a value's uncertainty, combined in this one place.

Counting limits are exact; every other term is a relative SD, added in squares on the log scale.
"""

import math
from dataclasses import replace

from tregate.gating.count.coincidence import OFF, UNMEASURED_ABOVE, Coincidence
from tregate.gating.count.estimates import Estimate
from tregate.gating.count.intervals import percent, widened
from tregate.gating.count.terms import Terms, Z


def relative_counting(counted: Estimate) -> float:
    """Relative SD that exact counting limits amount to; 0 for a value of 0."""
    if counted.value <= 0.0 or counted.low <= 0.0:
        return (counted.high - counted.value) / Z / counted.value if counted.value > 0.0 else 0.0
    return math.log(counted.high / counted.low) / (2.0 * Z)


def combined(counted: Estimate, terms: Terms, coincidence: Coincidence = OFF) -> Estimate:
    """A value with its 95 % limits of counting, beads, preparation, pairs and gating.

    counted: as counted in the gate, with exact counting limits only. terms: those besides counting and coincidence,
    which are taken from `counted` and `coincidence`.
    """
    factor = coincidence.factor if coincidence.applied else 1.0
    every = replace(
        terms,
        counting=relative_counting(counted),
        coincidence=coincidence.relative_sd if coincidence.applied else 0.0,
    )
    given = Estimate(counted.value * factor, counted.low * factor, counted.high * factor)
    wide = widened(given, every.besides_counting)
    unknown = coincidence.applied and coincidence.source == "none"
    return Estimate(wide.value, wide.low, wide.high * (1.0 + UNMEASURED_ABOVE if unknown else 1.0), every)


def percent_with_gate(events: int, of: int, gate_sd: float) -> Estimate | None:
    """Percentage of a parent with 95 % limits of counting and gating; None where the parent is empty.

    gate_sd: relative SD of the events in the gate. Limits stay within 0 and 100 %.
    """
    counted = percent(events, of)
    if counted is None:
        return None
    terms = Terms(counting=relative_counting(counted), gate=gate_sd)
    wide = widened(counted, gate_sd)
    return Estimate(wide.value, wide.low, max(counted.high, min(wide.high, 100.0)), terms)
