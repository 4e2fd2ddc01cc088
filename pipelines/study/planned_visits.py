"""`visits:` of study.yaml: names, or names with a target day and a window."""

import re
from collections.abc import Collection
from typing import Annotated

from pydantic import Field, model_validator

from tregate.gating.strategy.model import Model
from tregate.pipelines.study.text_or_number_name import Name

_UNSCHEDULED = re.compile(r"uns(ch(ed(uled)?)?)?[ _.-]*\d*([.]\d+)?", re.IGNORECASE)


class PlannedVisit(Model):
    """One planned visit. `window`: days before (0 or negative) and after the target day that are allowed."""

    name: Name
    day: Annotated[int, Field(strict=True)] | None = None
    """Study day: 1 is the day of the first dose, -1 the day before; there is no day 0."""
    window: tuple[Annotated[int, Field(le=0, strict=True)], Annotated[int, Field(ge=0, strict=True)]] | None = None

    @model_validator(mode="before")
    @classmethod
    def _a_name_alone(cls, written: object) -> object:
        return {"name": written} if isinstance(written, str | int | float) else written

    @model_validator(mode="after")
    def _days(self) -> "PlannedVisit":
        if self.day == 0:
            raise ValueError("there is no study day 0: the first dose is on day 1, the day before is -1")
        if self.window is not None and self.day is None:
            raise ValueError("a window needs the target `day` that it is about")
        return self

    def outside(self, day: int) -> int:
        """Days by which a study day lies outside the window: negative before it, 0 inside or without a window."""
        if self.day is None or self.window is None:
            return 0
        low, high = (_shifted(self.day, by) for by in self.window)
        position, first, last = (_line(one) for one in (day, low, high))
        return min(position - first, 0) + max(position - last, 0)


def is_unscheduled(visit: str, declared: Collection[str]) -> bool:
    """Whether a visit is outside the plan on purpose: declared, or called UNS, UNS1, Unscheduled 2 or the like."""
    return visit in declared or _UNSCHEDULED.fullmatch(visit) is not None


def _line(day: int) -> int:
    """Study days on a line without the gap at 0."""
    return day - 1 if day > 0 else day


def _shifted(day: int, by: int) -> int:
    position = _line(day) + by
    return position + 1 if position >= 0 else position
