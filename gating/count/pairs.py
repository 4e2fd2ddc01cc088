"""Leucocytes that passed the laser in pairs, counted in one tube by the shape of their pulses.

Judged on leucocytes alone: debris lies off the ridge of single cells at low scatter and would count as pairs.
"""

from dataclasses import dataclass

import numpy as np

from tregate.gating.count.coincidence import PairsSeen
from tregate.gating.event_subsets import Block, EventSubset, blocks
from tregate.gating.events import Gated, Prepared
from tregate.gating.geometry.contains import Mask
from tregate.gating.geometry.scales import FloatArray
from tregate.gating.geometry.shapes import Range
from tregate.gating.order_statistics import median
from tregate.gating.placement.ridge import find_ridge
from tregate.gating.strategy.schema import ALL, Strategy
from tregate.gating.units import Marker, PopulationName

WIDER = 1.25
"""Pulse width (or area per height), of a single cell's, from which an event is a pair."""
AT_LEAST = 1000
"""Leucocytes below which nothing is said."""
RIDGE_AT_MOST = 30_000
"""Events that are enough to find the ridge."""
BROADEST = 0.15
"""Relative SD of single cells about the ridge from which their pulses say nothing of pairs."""
SCATTER_AT_LEAST = 0.5
"""Area, of the reference cells' median, from which an event is a leucocyte where CD45 is not stained."""


def find_pairs(prepared: Prepared, gated: Gated, strategy: Strategy) -> PairsSeen | None:
    """Single and pair events among the leucocytes; None where neither pulses nor impossible cells tell them.

    By pulse shape where area and height, or area and width, of the forward scatter were recorded; else by events
    that are positive for two markers that no single cell has (T-B pairs: c N_T N_B / N of them are expected).
    Wider singles than the ridge allows are taken off as many as are narrower.
    """
    leucocytes = _leucocytes(prepared, gated, strategy)
    if leucocytes is None or int(leucocytes.sum()) < AT_LEAST:
        return None
    return _by_pulses(prepared, leucocytes) or _by_impossible(prepared, gated, strategy, leucocytes)


def _by_pulses(prepared: Prepared, leucocytes: Mask) -> PairsSeen | None:
    bound = prepared.binding.channels
    second = next((m for m in (Marker("FSC-H"), Marker("FSC-W")) if m in bound), None)
    if second is None or Marker("FSC-A") not in bound:
        return None
    area, other = (_values(prepared, marker, leucocytes) for marker in (Marker("FSC-A"), second))
    positive = (area > 0) & (other > 0)
    area, other = area.compress(positive), other.compress(positive)
    if len(area) < AT_LEAST:
        return None
    stretch = other if second == "FSC-W" else area / other
    step = max(1, -(-len(area) // RIDGE_AT_MOST))
    ridge = find_ridge(area[::step], stretch[::step])
    if ridge.sd > BROADEST:
        return None
    relative = stretch / ridge.at(area)
    wide, narrow = int(np.count_nonzero(relative > WIDER)), int(np.count_nonzero(relative < 1.0 / WIDER))
    pairs = max(wide - narrow, 0)
    return PairsSeen(float(len(area) - pairs), float(pairs))


@dataclass(frozen=True, slots=True)
class _Positive:
    """Leucocytes above a population's own threshold."""

    mask: Mask
    share: float


def _by_impossible(prepared: Prepared, gated: Gated, strategy: Strategy, leucocytes: Mask) -> PairsSeen | None:
    if len(strategy.coincidence.impossible) != 2:
        return None
    found = [_positive(prepared, gated, name, leucocytes) for name in strategy.coincidence.impossible]
    one, other = found
    if one is None or other is None or not one.share or not other.share:
        return None
    both = float(np.count_nonzero(one.mask & other.mask))
    n = float(len(one.mask))
    pairs = min(both / (2.0 * one.share * other.share), n)
    return PairsSeen(n - pairs, pairs, "impossible")


def _positive(prepared: Prepared, gated: Gated, name: str, leucocytes: Mask) -> _Positive | None:
    """By the population's placed threshold; its share is that of the gated cells, without pairs."""
    placed = next((gate for gate in gated.gates if gate.population == name), None)
    shape = None if placed is None else placed.shape
    if not isinstance(shape, Range) or shape.low is None or PopulationName(name) in gated.unmeasured:
        return None
    values = _values(prepared, shape.axis.marker, leucocytes)
    return _Positive(values > shape.low, gated.events[PopulationName(name)] / len(values))


# ---------------------------------------------------------------- which events are leucocytes


def _leucocytes(prepared: Prepared, gated: Gated, strategy: Strategy) -> Mask | None:
    """(n_events,) cells that are bright enough in CD45, or large enough, to be leucocytes; None without a reference."""
    asked = strategy.coincidence
    reference = PopulationName(asked.reference)
    if not gated.events.get(reference):
        return None
    cells = _cells(gated, strategy)
    within = gated.mask(reference)
    marker, least = Marker(asked.marker), asked.at_least
    if marker not in prepared.binding.channels or marker in prepared.constant:
        marker, least = Marker("FSC-A"), SCATTER_AT_LEAST
    if marker not in prepared.binding.channels:
        return None
    values = _values(prepared, marker, None)
    return np.asarray(cells & (values > least * median(values.compress(within))))


def _cells(gated: Gated, strategy: Strategy) -> Mask:
    """What the gate of single cells is drawn on: without beads and without parts of the run that were excluded."""
    for name, population in strategy.populations.items():
        if population.gate is not None and population.gate.kind == "singlets":
            parent = gated.parents.get(PopulationName(name), PopulationName(ALL))
            return np.ones(gated.n_events, dtype=bool) if parent == ALL else gated.mask(parent)
    beads = None if strategy.beads is None else PopulationName(strategy.beads.population)
    if beads is None or beads not in gated.members:
        return np.ones(gated.n_events, dtype=bool)
    return ~gated.mask(beads)


def _values(prepared: Prepared, marker: Marker, rows: Mask | None) -> FloatArray:
    """Compensated linear intensities of all events, or of those of a mask (n_events,)."""
    parts = []
    for start, stop in blocks(prepared.n_events):
        chosen = None if rows is None else rows[start:stop].nonzero()[0]
        parts.append(EventSubset(Block(prepared, start, stop), chosen).values(marker))
    return np.concatenate(parts) if parts else np.empty(0)
