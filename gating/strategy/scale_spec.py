"""How a strategy states the scale of an axis."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tregate.gating.geometry.scales import AsinhScale, BiexScale, LinearScale, LogicleScale, LogScale, Scale
from tregate.gating.strategy.model import Model

DEFAULT_TOP = 1048576.0
MOST_DECADES = 20.0
"""No axis has more: double precision itself ends after 16 digits."""


class ScaleSpec(Model):
    """How an axis is looked at."""

    kind: Literal["linear", "logicle", "asinh", "log", "biex"] = "logicle"
    top: Annotated[float, Field(ge=1e-3, le=1e15)] = DEFAULT_TOP
    decades: Annotated[float, Field(ge=0.1, le=MOST_DECADES)] = 4.5
    linear: Annotated[float, Field(ge=0, le=MOST_DECADES)] = 0.5
    negative: Annotated[float, Field(ge=-MOST_DECADES, le=MOST_DECADES)] = 0.0
    width: Annotated[float, Field(ge=-1000, le=-1)] = -100.0
    """FlowJo's width basis, of a biex."""

    @model_validator(mode="after")
    def _possible(self) -> "ScaleSpec":
        if self.kind == "logicle" and 2 * self.linear > self.decades:
            raise ValueError("a logicle needs linear at most half of decades")
        if (
            self.kind == "biex"
            and not BiexScale(self.top, self.decades, self.negative, self.width).has_positive_decades
        ):
            raise ValueError("a biex needs decades above half the decades of its width")
        return self

    def scale(self) -> Scale:
        match self.kind:
            case "linear":
                return LinearScale(self.top)
            case "logicle":
                return LogicleScale(self.top, self.decades, self.linear, self.negative)
            case "asinh":
                return AsinhScale(self.top, self.decades, self.negative)
            case "log":
                return LogScale(self.top, self.decades)
            case "biex":
                return BiexScale(self.top, self.decades, self.negative, self.width)
