"""Beads per cell over a batch; `crosschecks/beads_per_cell.py` compares them."""

from typing import ClassVar

from tregate.pipelines.plausible.relation import Limit, Relation


class BeadsPer(Relation):
    """Beads per cell are alike over the tubes of one name."""

    LIMITS: ClassVar[tuple[str, ...]] = ("z", "floor")

    beads_per: str
    """Population."""
    check: str
    called: str
    """One of the cells: "lymphocyte"."""
    z: Limit
    """Largest robust z."""
    floor: Limit
    """Least spread of ln(beads / cells)."""
