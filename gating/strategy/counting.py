"""How a kind of tube gives cells/µL where beads do not."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tregate.gating.strategy.model import Model

MOST_OF_TOTAL = 1.1
"""Volume acquired over the total volume in the tube: what pipettes and flow meters may be off when all is acquired."""


class Bridge(Model):
    """What makes cells/µL by another way those by beads, as the laboratory measured it on blood counted both ways."""

    factor: Annotated[float, Field(gt=0, strict=True)]
    """Cells/µL by beads over cells/µL by this way."""
    cv_percent: Annotated[float, Field(ge=0, le=100)]
    """Uncertainty of the factor [relative SD, %]."""


class Counting(Model):
    """How a kind of tube gives cells/µL where beads do not: declared in study.yaml, one way per kind of tube."""

    by: Literal["volume", "haematology"]
    total_volume_ul: Annotated[float, Field(gt=0, strict=True)] | None = None
    """By volume: what was in the tube when it was acquired: blood, lysing solution and all [µL]."""
    of: str | None = None
    """By haematology: the population that the haematology counter counted."""
    cv_percent: Annotated[float, Field(ge=0, le=100)] = 0.0
    """Uncertainty of the volume acquired, or of the haematology value [relative SD, %]."""
    bridge: Bridge | None = None
    """With it tubes that name beads are counted by these, and the others are multiplied by its factor."""

    @model_validator(mode="after")
    def _complete(self) -> "Counting":
        if self.by == "volume" and self.total_volume_ul is None:
            raise ValueError("counting by volume needs `total_volume_ul`, since the lysing volume does not cancel")
        if self.by == "haematology" and self.of is None:
            raise ValueError("counting by haematology needs `of`, the population that haematology counts")
        return self
