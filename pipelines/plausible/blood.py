"""Cells/µL that blood can hold; `crosschecks/plausible_blood.py` looks at them."""

from typing import ClassVar

from tregate.pipelines.plausible.relation import Limit, Relation


class Blood(Relation):
    """Cells/µL that blood can hold."""

    MEASURES: ClassVar[tuple[str, ...]] = ("blood",)
    LIMITS: ClassVar[tuple[str, ...]] = ("person", "study")

    blood: str
    """Measure."""
    person: tuple[Limit, Limit]
    """Of one person [cells/µL]; a value outside is flagged."""
    study: tuple[Limit, Limit]
    """Of the median of the study's baseline [cells/µL]."""
