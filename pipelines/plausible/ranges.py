"""A mean within the range of adults."""

from collections.abc import Iterator
from typing import ClassVar

from tregate.gating.findings import Finding
from tregate.pipelines.plausible.relation import AtVisit, Called, Limit, LimitOf, Relation
from tregate.pipelines.plausible.spreads import mean_outside


class Range(Relation):
    """The mean of a measure lies within two limits."""

    MEASURES: ClassVar[tuple[str, ...]] = ("range",)
    LIMITS: ClassVar[tuple[str, ...]] = ("within",)

    range: str
    within: tuple[Limit, Limit]

    def broken_by(self, at: AtVisit, limit: LimitOf, called: Called) -> Iterator[Finding]:
        """A mean outside."""
        low, high = (limit(one) for one in self.within)
        if self.range in at and not low <= at[self.range].mean <= high:
            yield mean_outside(called(self.range), at[self.range].mean, low, high)
