"""The two-tube bridge: a concentration from a tube that has none of its own."""

import math
from dataclasses import replace

from tregate.gating.count.estimates import Estimate
from tregate.gating.count.intervals import clopper_pearson
from tregate.gating.count.terms import Z


def bridged(events: int, of: int, concentration: Estimate, gate_sd: float = 0.0) -> Estimate | None:
    """(events / of, washed tube) x concentration of that parent (bead tube) [cells/µL], with 95 % limits.

    On the log scale, CV² = (1 - p)/(n p) + gate_sd² + the concentration's own, which its limits carry (cells, beads,
    lot, preparation, pairs, gate). gate_sd: relative SD that gating brings to the share. No event: 0 with the exact
    upper limit of the proportion. None where the washed tube's parent is empty.
    """
    if of == 0:
        return None
    share = events / of
    value = share * concentration.value
    if value == 0.0:
        _, most = clopper_pearson(events, of)
        return Estimate(0.0, 0.0, most * concentration.high * math.exp(Z * gate_sd))
    counting = math.sqrt((1.0 - share) / events)
    own = Z * math.hypot(counting, gate_sd)
    above = math.hypot(own, math.log(concentration.high / concentration.value))
    low = 0.0
    if concentration.low > 0.0:
        low = value / math.exp(math.hypot(own, math.log(concentration.value / concentration.low)))
    terms = replace(
        concentration.terms,
        counting=math.hypot(counting, concentration.terms.counting),
        gate=math.hypot(gate_sd, concentration.terms.gate),
    )
    return Estimate(value, low, value * math.exp(above), terms)
