"""Why a figure is missing or weak, as the flags of one row of counts.csv."""

from tregate.gating.count.beads import QUANTIFIABLE
from tregate.gating.count.estimates import Estimate

DETECTABLE = 20
"""Events below which a population is below the detection band [ICCS module; docs/sources.md#event-bands]."""

WIDE = 0.10
"""Distance of a limit from the value, of the value, from which the limits are wide."""
TOO_WIDE = 0.25
"""The same, from which the value needs review: a true value 15 % away would be no surprise."""

UNMEASURED = "unmeasured"
"""A marker is missing, or a gate found no place: no number at all."""
PARENT_EMPTY = "parent_empty"
BELOW_DETECTION = "below_detection"
BELOW_LOQ = "below_loq"
WIDE_LIMITS = "wide_limits"
"""Quantifiable, but a 95 % limit lies further than 10 % from the value."""
IMPRECISE = "imprecise"
"""Detected, but a 95 % limit lies further than 25 % from the value."""
PAIRS_UNMEASURED = "pairs_unmeasured"
"""No measure of the cells that passed in pairs: cells/µL are not corrected, and the upper limit is 3 % higher."""
NOT_CELLS = "not_cells"
"""Beads, and steps that hold beads and cells: no concentration is meant."""
WASHED = "washed"
NO_BEAD_GATE = "no_bead_gate"
"""The strategy counts no beads."""
BEADS_UNMEASURED = "beads_unmeasured"
NO_BEADS = "no_beads"
"""The bead gate is empty."""
BEAD_LOAD_MISSING = "bead_load_missing"
"""No bead load is declared."""


def band(events: int) -> tuple[str, ...]:
    """The event band: below 20 below detection, 20 to 49 detected but not quantifiable."""
    if events < DETECTABLE:
        return (BELOW_DETECTION,)
    return (BELOW_LOQ,) if events < QUANTIFIABLE else ()


def wide(events: int | None, estimate: Estimate | None) -> tuple[str, ...]:
    """`imprecise`, or `wide_limits` of a quantifiable value, by how far a limit lies from it."""
    if estimate is None or events is None or not estimate.value:
        return ()
    far = max(estimate.value - estimate.low, estimate.high - estimate.value) / estimate.value
    if far > TOO_WIDE:
        return (IMPRECISE,)
    return (WIDE_LIMITS,) if far > WIDE and events >= QUANTIFIABLE else ()
