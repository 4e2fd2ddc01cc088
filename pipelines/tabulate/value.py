"""One value of one measure at one visit, and the counts that it is made of."""

from dataclasses import dataclass

from tregate.gating.count.estimates import Estimate
from tregate.gating.count.terms import NO_TERMS, Terms
from tregate.pipelines.tubes.records import TubeRecord

Place = tuple[str, str]
"""(subject, visit)."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One count that a value is made of."""

    cells: str
    population: str
    record: TubeRecord
    by_beads: bool
    """Whether the count was made a concentration by the tube's own beads, so that doubtful beads concern it."""
    of: str | None = None
    """Population that a percentage, or the share of a bridged concentration, is of: gates above it cancel."""
    per_ul: bool = False
    """Whether the value follows the cells/µL of a tube, so that what is wrong with volumes and beads concerns it."""
    marker: str = ""
    """Marker whose intensity was measured; "" where cells were counted."""

    @property
    def key(self) -> tuple[str, str, str, bool, bool]:
        """What distinguishes it from other counts of one subject and visit, and of its repeats."""
        return self.cells, self.record.tube, self.record.visit, self.by_beads, self.per_ul

    @property
    def by_own_beads(self) -> bool:
        """Whether the value follows the cells/µL that the tube's own beads gave."""
        return self.by_beads and self.per_ul


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it is counted, before what is doubtful about its tubes is known."""

    value: float | None
    """None: not measurable; `flags` say why."""
    limits: tuple[float, float] | None = None
    """95 % confidence limits; None where the measure has none."""
    events: int | None = None
    """Events that it rests on, by which it can be quantified or not."""
    flags: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()
    terms: Terms = NO_TERMS
    """What the limits are made of."""
    settings: str | None = None
    """Of an intensity: instrument and channel settings that a fold change needs to be equal, "" where none matter.
    None: no intensity."""

    replicates: int = 1
    """Tubes of which it is the mean."""
    replicates_cv: float | None = None
    """CV between them [%]; None for one tube, and where one of them is not above 0."""

    @property
    def estimate(self) -> Estimate | None:
        """Value and limits, where it has both."""
        return None if self.value is None or self.limits is None else Estimate(self.value, *self.limits, self.terms)
