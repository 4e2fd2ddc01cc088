"""A ratio of two measures within the range of adults."""

from collections.abc import Iterator
from typing import ClassVar

from tregate.gating.findings import Finding
from tregate.pipelines.plausible.relation import AtVisit, Called, Limit, LimitOf, Relation
from tregate.pipelines.plausible.spreads import all_there, mean_outside


class Ratio(Relation):
    """First / second lies within two limits."""

    MEASURES: ClassVar[tuple[str, ...]] = ("ratio",)
    CELLS: ClassVar[tuple[str, ...]] = ("in_tube_of",)
    LIMITS: ClassVar[tuple[str, ...]] = ("within",)

    ratio: tuple[str, str]
    label: str
    within: tuple[Limit, Limit]
    visit_check: str | None = None
    in_tube_of: str | None = None
    population: str = ""
    """Population that the finding on a visit is about."""

    def broken_by(self, at: AtVisit, limit: LimitOf, called: Called) -> Iterator[Finding]:
        """A ratio of means outside."""
        above, below = self.ratio
        low, high = (limit(one) for one in self.within)
        if all_there(at, self.ratio) and at[below].mean > 0.0:
            ratio = at[above].mean / at[below].mean
            if not low <= ratio <= high:
                yield mean_outside(self.label, ratio, low, high)
