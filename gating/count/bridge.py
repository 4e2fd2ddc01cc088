"""The two-tube bridge: a concentration from a tube that has none of its own."""

import math

from tregate.gating.count.estimates import Estimate
from tregate.gating.count.intervals import Z, clopper_pearson


def bridged(events: int, of: int, concentration: Estimate) -> Estimate | None:
    """(events / of, washed tube) x concentration of that parent (bead tube) [cells/µL], with 95 % limits.

    On the log scale, CV² = (1 - p)/(n p) + the concentration's own, which its limits carry (cells, beads,
    lot, preparation; docs/sources.md#two-tube-bridge). No event: 0 with the exact upper limit of the proportion.
    None where the washed tube's parent is empty.
    """
    if of == 0:
        return None
    share = events / of
    value = share * concentration.value
    if value == 0.0:
        _, most = clopper_pearson(events, of)
        return Estimate(0.0, 0.0, most * concentration.high)
    counting = Z * math.sqrt((1.0 - share) / events)
    above = math.hypot(counting, math.log(concentration.high / concentration.value))
    low = 0.0
    if concentration.low > 0.0:
        low = value / math.exp(math.hypot(counting, math.log(concentration.value / concentration.low)))
    return Estimate(value, low, value * math.exp(above))
