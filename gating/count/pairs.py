"""Leucocytes that passed the laser in pairs, counted in one tube by the shape of their pulses.

Judged on leucocytes alone: debris lies off the ridge of single cells at low scatter and would count as pairs.
"""

import math
from dataclasses import replace

import numpy as np

from tregate.gating.count.coincidence import ENOUGH_PAIRS, PairsSeen
from tregate.gating.event_subsets import Block, EventSubset, blocks
from tregate.gating.events import Gated, Prepared
from tregate.gating.geometry.contains import Mask
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.geometry.shapes import Range
from tregate.gating.order_statistics import distinct, median
from tregate.gating.placement.ridge import Ridge, find_ridge
from tregate.gating.strategy.schema import ALL, Strategy
from tregate.gating.units import Marker, PopulationName

WIDER = 1.25
"""Pulse width (or area per height), of a single cell's, from which an event is a pair."""
NEARLY = 1.0 - 1e-9
"""Room for rounding, where the ridge's lowest and highest value already tell most single cells."""
AT_LEAST = 1000
"""Leucocytes below which nothing is said."""
LEAST_VALUES = 4
"""Different widths or heights, among the first of the leucocytes, below which they were not measured."""
LOOKED_AT = 200
MOST_AT_TOP = 0.02
"""Share of the leucocytes at the largest width or height beyond which it is cut off, and with it the pairs."""
Spans = tuple[tuple[int, int], ...]
"""(start, stop) of stretches of the run."""
SAMPLE = 16_384
"""Events that are looked at first: counting error of c is then small beside the method's, and decoding costs little."""
FURTHER, WITH_LUCK = 2, 1.5
"""Times as many events, at least, that are looked at where few pairs were among them, and times as many pairs as
needed that are expected then."""
STRETCHES = 16
RIDGE_AT_MOST = 10_000
"""Events that are enough to find the ridge."""
BROADEST = 0.15
"""Relative SD of single cells about the ridge from which their pulses say nothing of pairs."""
SCATTER_AT_LEAST = 0.5
"""Area, of the reference cells' median, from which an event is a leucocyte where CD45 is not stained."""
AS_BRIGHT = 0.5
"""Intensity, of its population's median, from which an event may contain such a cell: of one kind that
spreads by 35 %, 1 in 40 is dimmer."""


def find_pairs(prepared: Prepared, gated: Gated, strategy: Strategy) -> PairsSeen | None:
    """Single and pair events among the leucocytes; None where neither pulses nor impossible cells show them.

    By pulse shape where area and height, or area and width, of the forward scatter were recorded; else by events
    that are positive for two markers that no single cell has (T-B pairs: c N_T N_B / N of them are expected).
    Wider singles than the ridge allows are taken off as many as are narrower.
    """
    reference = strategy.scatter_population
    if reference is None or not gated.events.get(PopulationName(reference)):
        return None
    tube = _Tube(prepared, gated, strategy, reference)
    spans = stretches(prepared.n_events, SAMPLE)
    seen, ridge = _by_pulses(tube, spans)
    looked_at = SAMPLE
    while seen is not None and seen.pairs < ENOUGH_PAIRS and looked_at < prepared.n_events:
        looked_at *= max(FURTHER, math.ceil(WITH_LUCK * ENOUGH_PAIRS / max(seen.pairs, 1.0)))
        spans = stretches(prepared.n_events, looked_at)
        seen, ridge = _by_pulses(tube, spans, ridge)
    if seen is None:
        spans = tuple(blocks(prepared.n_events))
        seen = _by_impossible(tube, spans)
    return None if seen is None else replace(seen, beads=round(tube.beads(spans) / seen.cells, 4))


def stretches(n_events: int, at_most: int) -> Spans:
    """(start, stop) of even stretches over the whole run that hold at most so many events in all."""
    if n_events <= at_most:
        return tuple(blocks(n_events))
    size = at_most // STRETCHES
    starts = np.linspace(0, n_events - size, STRETCHES).astype(int)
    return tuple((int(start), int(start) + size) for start in starts)


def is_measured(pulse: FloatArray) -> bool:
    """Whether widths or heights (n,) vary and are not cut off: a constant one would say that there are no pairs."""
    top = pulse.max()
    return len(distinct(pulse[:LOOKED_AT])) >= LEAST_VALUES and float(np.mean(pulse == top)) <= MOST_AT_TOP


def _by_pulses(tube: "_Tube", spans: Spans, ridge: Ridge | None = None) -> tuple[PairsSeen, Ridge] | tuple[None, None]:
    """ridge: of single cells, where a sample of the tube showed it already."""
    bound = tube.prepared.binding.channels
    second = next((m for m in (Marker("FSC-H"), Marker("FSC-W")) if m in bound), None)
    if second is None or Marker("FSC-A") not in bound:
        return None, None
    leucocytes = tube.leucocytes(spans)
    if leucocytes is None:
        return None, None
    area, other = (tube.values(marker, spans, leucocytes) for marker in (Marker("FSC-A"), second))
    positive = (area > 0) & (other > 0)
    area, other = area.compress(positive), other.compress(positive)
    if len(area) < AT_LEAST or not is_measured(other):
        return None, None
    stretch = other if second == "FSC-W" else area / other
    if ridge is None:
        step = max(1, -(-len(area) // RIDGE_AT_MOST))
        ridge = find_ridge(area[::step], stretch[::step])
    if ridge.sd > BROADEST:
        return None, None
    perhaps = (stretch > NEARLY * WIDER * ridge.values.min()) | (stretch * NEARLY * WIDER < ridge.values.max())
    relative = stretch.compress(perhaps) / ridge.at(area.compress(perhaps))
    wide, narrow = int(np.count_nonzero(relative > WIDER)), int(np.count_nonzero(relative < 1.0 / WIDER))
    pairs = max(wide - narrow, 0)
    return PairsSeen(float(len(area) - pairs), float(pairs)), ridge


def _by_impossible(tube: "_Tube", spans: Spans) -> PairsSeen | None:
    names = tube.strategy.coincidence.impossible
    leucocytes = tube.leucocytes(spans) if len(names) == 2 else None
    n = 0 if leucocytes is None else int(leucocytes.sum())
    positive = [tube.above(name, spans, leucocytes) for name in names]
    shares = [tube.gated.events.get(PopulationName(name), 0) / max(n, 1) for name in names]
    if n < AT_LEAST or any(mask is None for mask in positive) or not all(shares):
        return None
    both = np.logical_and.reduce([mask for mask in positive if mask is not None])
    pairs = min(float(np.count_nonzero(both)) / (2.0 * shares[0] * shares[1]), float(n))
    return PairsSeen(n - pairs, pairs, "impossible")


class _Tube:
    """Leucocytes of a gated tube, and their intensities, in some stretches of the run."""

    def __init__(self, prepared: Prepared, gated: Gated, strategy: Strategy, reference: str) -> None:
        self.prepared, self.gated, self.strategy, self.reference = prepared, gated, strategy, reference

    def values(self, marker: Marker, spans: Spans, chosen: Mask | None = None) -> FloatArray:
        """Compensated linear intensities of the stretches' events, or of those of a mask over them."""
        index, sample = self.prepared.binding.channels[marker], self.prepared.sample
        rows = np.concatenate([np.arange(start, stop) for start, stop in spans]) if spans else np.empty(0, np.intp)
        rows = rows if chosen is None else rows.compress(chosen)
        if self.prepared.is_mixed(index):
            return EventSubset(Block(self.prepared, 0, sample.n_events), rows).values(marker)
        # Of a block, all channels that no spillover reaches would be read.
        return sample.linear(index, rows=rows)

    def members(self, population: str, spans: Spans) -> Mask:
        """Whether each event of the stretches is in the population."""
        whole = self.gated.mask(PopulationName(population))
        return np.concatenate([whole[start:stop] for start, stop in spans]) if spans else whole[:0]

    def leucocytes(self, spans: Spans) -> Mask | None:
        """Single and pair events bright enough in CD45, or large enough, to be leucocytes; None without a reference."""
        asked, bound = self.strategy.coincidence, self.prepared.binding.channels
        marker, least = Marker(asked.marker), asked.at_least
        if marker not in bound or marker in self.prepared.constant:
            marker, least = Marker("FSC-A"), SCATTER_AT_LEAST
        within = self.members(self.reference, spans)
        if marker not in bound or not within.any():
            return None
        values = self.values(marker, spans)
        return np.asarray(self._cells(spans) & (values > least * median(values.compress(within))))

    def beads(self, spans: Spans) -> int:
        """Bead events in the stretches."""
        name = None if self.strategy.beads is None else self.strategy.beads.population
        if name is None or PopulationName(name) not in self.gated.members:
            return 0
        return int(np.count_nonzero(self.members(name, spans)))

    def _cells(self, spans: Spans) -> Mask:
        """What the gate of single cells is drawn on: no beads, and no parts of the run that were excluded."""
        for name, population in self.strategy.populations.items():
            if population.gate is not None and population.gate.kind == "singlets":
                return self.members(self.gated.parents.get(PopulationName(name), PopulationName(ALL)), spans)
        beads = None if self.strategy.beads is None else self.strategy.beads.population
        if beads is None or PopulationName(beads) not in self.gated.members:
            return self.members(ALL, spans)
        return ~self.members(beads, spans)

    def above(self, name: str, spans: Spans, rows: Mask | None) -> Mask | None:
        """Whether each of the chosen events is as bright as the cells of a population; None without its threshold.

        A cell of a pair is as bright as a single one. What is dim beyond the threshold is no pair: dead cells and
        granulocytes take up several stains.
        """
        placed = next((gate for gate in self.gated.gates if gate.population == name), None)
        shape = None if placed is None else placed.shape
        if not isinstance(shape, Range) or shape.low is None or PopulationName(name) in self.gated.unmeasured:
            return None
        own = self.values(shape.axis.marker, spans, self.members(name, spans))
        least = max(shape.low, AS_BRIGHT * median(own)) if len(own) else shape.low
        return np.asarray(self.values(shape.axis.marker, spans, rows) > least)
