"""Why a figure is missing or weak, as the flags of one row of counts.csv."""

from gating.count.beads import QUANTIFIABLE

DETECTABLE = 20
"""Events below which a population is below the detection band [ICCS module; domain.md 6.1]."""

UNMEASURED = "unmeasured"
"""A marker is missing, or a gate found no place: no number at all."""
PARENT_EMPTY = "parent_empty"
BELOW_DETECTION = "below_detection"
BELOW_LOQ = "below_loq"
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
    """The event band: below 20 below detection, 20 to 49 detected but not quantifiable."""
    if events < DETECTABLE:
        return (BELOW_DETECTION,)
    return (BELOW_LOQ,) if events < QUANTIFIABLE else ()
