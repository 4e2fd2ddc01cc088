"""Relation: what one entry of `plausible:` declares, which names it uses, and what of a table of means breaks it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from tregate.gating.findings import Finding
from tregate.gating.strategy.model import Model
from tregate.pipelines.plausible.mean_cell import MeanCell

Limit = str | Annotated[float, Field(strict=True)]
"""A number, or a name in `limits:`; study.yaml may set the named ones under `checks:`."""
LimitOf = Callable[[Limit], float]
Called = Callable[[str], str]
"""Measure -> its name in a message: "CD3+ /µL"."""
AtVisit = Mapping[str, MeanCell]
"""Measure -> its cell, of one visit of a table of means."""


class Relation(Model):
    """One kind of relation. Its subclass has the keys; `MEASURES`, `CELLS` and `LIMITS` say what their names are of."""

    MEASURES: ClassVar[tuple[str, ...]] = ()
    """Keys that name measures of the table definition."""
    CELLS: ClassVar[tuple[str, ...]] = ()
    """Keys that name its cells."""
    LIMITS: ClassVar[tuple[str, ...]] = ()
    """Keys that are limits: numbers, or names in its `limits:`."""

    @property
    def measures(self) -> frozenset[str]:
        """Every measure that it names."""
        values = (getattr(self, key) for key in self.MEASURES)
        return frozenset(name for value in values for name in ((value,) if isinstance(value, str) else value))

    def broken_by(self, at: AtVisit, limit: LimitOf, called: Called) -> Iterator[Finding]:
        """What of one visit of a table of means breaks the relation; nothing where only tubes can show it."""
        yield from ()
