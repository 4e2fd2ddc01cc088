"""What a check on one tube may look at."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tregate.gating.count.beads import BeadCount, count_beads
from tregate.gating.count.coincidence import OFF, Coincidence
from tregate.gating.count.estimates import CountingInput, PopulationCount
from tregate.gating.count.low_scatter import Shares
from tregate.gating.events import Gated, Prepared
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.qc.limits import DEFAULT, TubeLimits
from tregate.gating.rows import Rows
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import PopulationName

STRETCHES = 16
STRETCH_EVENTS = 2048


@dataclass(frozen=True, slots=True)
class Inspected:
    """One gated and counted tube."""

    prepared: Prepared
    gated: Gated
    strategy: Strategy
    counts: tuple[PopulationCount, ...]
    load: CountingInput | None
    no_beads: str
    """Flag that says why `load` is None."""
    limits: TubeLimits = DEFAULT
    coincidence: Coincidence = OFF
    """The pair factor of the tube."""
    low_scatter: Shares = field(default_factory=dict)
    """Population -> share of its events that scatter less light than its living cells would."""

    def count(self, name: str) -> PopulationCount | None:
        return next((count for count in self.counts if count.population == name), None)

    def events(self, name: str) -> int | None:
        """Events of a population; None where there is none or it was not measured."""
        count = self.count(name)
        return None if count is None else count.events

    def more_events(self, name: str, least: float) -> str:
        """What to do where a population has fewer than `least` events.

        Its gates are to be reviewed where its parent has enough: alone where they contain nothing, since more events
        would not help then.
        """
        parent = next(iter(self.strategy.lineage(name)[1:]), None)
        there = None if parent is None else self.events(parent)
        if there is None or there < least:
            return "Acquire more events."
        more = "acquire more events, or " if self.events(name) else ""
        return f"{parent} contains {there}: {more}review the gates of {name} and of the populations above it."

    @property
    def beads(self) -> BeadCount | None:
        return None if self.strategy.beads is None else count_beads(self.gated, self.strategy.beads, self.load)

    @property
    def bead_mask(self) -> npt.NDArray[np.bool_] | None:
        """(n_events,) bead events; None where none were found."""
        beads = self.beads
        if self.strategy.beads is None or beads is None or beads.events == 0:
            return None
        return self.gated.mask(PopulationName(self.strategy.beads.population))

    def sample_of(self, mask: npt.NDArray[np.bool_]) -> Rows:
        """The masked events within stretches over the whole run: a sample that costs little to decode."""
        rows = _in_stretches(self.gated.n_events)
        return rows.compress(mask.take(rows))

    def sampled_events(self, rows: Rows) -> FloatArray:
        """Linear intensities of whole events, not compensated, (len(rows), p): cheaper than many channels singly."""
        return self.prepared.sample.events(0, self.gated.n_events, rows)

    def sampled(self, index: int, rows: Rows) -> FloatArray:
        """Linear intensities, not compensated, of these events."""
        return self.prepared.sample.linear(index, rows=rows)


@lru_cache(maxsize=2)
def _in_stretches(n: int) -> Rows:
    """Positions of the events in STRETCHES of STRETCH_EVENTS, evenly over a run of n; all of a short run."""
    if n <= STRETCHES * STRETCH_EVENTS:
        return np.arange(n)
    starts = np.linspace(0, n - STRETCH_EVENTS, STRETCHES).astype(int)
    return (starts[:, None] + np.arange(STRETCH_EVENTS)).ravel()
