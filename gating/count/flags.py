"""Why a figure is missing or weak, as the flags of one row of counts.csv."""

from tregate.gating.count.beads import QUANTIFIABLE

DETECTABLE = 20
"""Events below which a population is below the detection band [ICCS module; docs/sources.md#event-bands]."""

PRECISE = 385
"""Events from which 1.96 / sqrt(events) is at most 10 %."""

UNMEASURED = "unmeasured"
"""A marker is missing, or a gate found no place: no number at all."""
PARENT_EMPTY = "parent_empty"
BELOW_DETECTION = "below_detection"
BELOW_LOQ = "below_loq"
WIDE_LIMITS = "wide_limits"
"""Quantifiable, but counting alone leaves limits further than 10 % from the value."""
NOT_CELLS = "not_cells"
"""Beads, and steps that hold beads and cells: no concentration is meant."""
WASHED = "washed"
NO_BEAD_GATE = "no_bead_gate"
"""The strategy counts no beads."""
BEADS_UNMEASURED = "beads_unmeasured"
NO_BEADS = "no_beads"
"""The bead gate is empty."""
BEAD_LOAD_MISSING = "bead_load_missing"
"""Nobody says which beads went in."""


def band(events: int) -> tuple[str, ...]:
    """The event band: below 20 below detection, 20 to 49 detected but not quantifiable, below 385 imprecise."""
    if events < DETECTABLE:
        return (BELOW_DETECTION,)
    if events < QUANTIFIABLE:
        return (BELOW_LOQ,)
    return (WIDE_LIMITS,) if events < PRECISE else ()
