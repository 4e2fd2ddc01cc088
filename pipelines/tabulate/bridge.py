"""The two-tube bridge of a visit: share from the washed tube, concentration from the bead tube."""

import math

from tregate.gating.count import flags as count_flags
from tregate.gating.count.bridge import bridged
from tregate.gating.count.estimates import Estimate, PopulationCount
from tregate.gating.count.ratios import ratio

NO_BEAD_TUBE = "no_bead_tube"
"""No concentration to set the share on: the bead tube of this subject and visit is missing or gives none."""


def across_tubes(
    count: PopulationCount, parent: PopulationCount | None, concentration: Estimate | None
) -> tuple[Estimate | None, tuple[str, ...]]:
    """Cells/µL of a washed tube's population, or None and the flags that say why.

    `parent`: the shared population (CD4+) in the washed tube; `concentration`: the same population's cells/µL
    in the bead tube of the same subject and visit. Never taken from another visit.
    """
    if count.events is None or parent is None or parent.events is None:
        return None, (count_flags.UNMEASURED,)
    if parent.events == 0:
        return None, (count_flags.PARENT_EMPTY,)
    if concentration is None:
        return None, (NO_BEAD_TUBE,)
    return bridged(count.events, parent.events, concentration, share_gate_sd(count, parent)), ()


def share_set_on(percentage: Estimate, concentration: Estimate) -> Estimate:
    """Cells/µL from a percentage that has limits already, such as the mean of replicates, of a concentration."""
    value = percentage.value * concentration.value / 100.0
    if value == 0.0:
        return Estimate(0.0, 0.0, percentage.high * concentration.high / 100.0)
    whole = ratio(percentage, Estimate(100.0, 100.0, 100.0))
    one = ratio(Estimate(1.0, 1.0, 1.0), concentration)
    made = None if whole is None or one is None else ratio(whole, one)
    assert made is not None  # no divisor is 0
    return made


def share_gate_sd(count: PopulationCount, parent: PopulationCount) -> float:
    """Relative SD that gating brings to a share: of the population's own gate and of uncertain ones between the two.

    What lies above the parent concerns both and cancels.
    """
    between = max(0.0, count.gate.above**2 - parent.gate.above**2)
    return math.hypot(count.gate.own, math.sqrt(between))
