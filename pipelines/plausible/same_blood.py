"""Two bead tubes of one visit; `crosschecks/same_blood.py` compares them."""

from typing import ClassVar

from tregate.pipelines.plausible.relation import Limit, Relation


class SameBlood(Relation):
    """Two bead tubes of one visit give the same count and percentage."""

    LIMITS: ClassVar[tuple[str, ...]] = ("counts_percent", "points")

    same_in_bead_tubes: str
    """Population."""
    percent_of: str
    """Population."""
    check: str
    counts_percent: Limit
    """Largest difference of cells/µL [% of their mean]."""
    points: Limit
    """Largest difference of the percentages [points]."""
    advice: str = ""
