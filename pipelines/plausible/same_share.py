"""All tubes of one visit that count the same cells; `crosschecks/same_share.py` compares them."""

from typing import ClassVar

from tregate.pipelines.plausible.relation import Limit, Relation


class SameShare(Relation):
    """Every tube of one visit gives the same percentage, washed tubes too."""

    LIMITS: ClassVar[tuple[str, ...]] = ("points",)

    same_in_all_tubes: str
    """Population."""
    percent_of: str
    """Population."""
    check: str
    points: Limit
    """Largest difference of the percentages [points]."""
    advice: str = ""
