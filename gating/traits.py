"""What a tube shows of the person and of its stains beside counts: how bright positive cells are, who is dim.

Levels are compared between a subject's visits; dim cells tell whether two stains are exchanged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tregate.gating.events import Gated, Prepared
from tregate.gating.geometry.scales import FloatArray, to_scaled
from tregate.gating.strategy.schema import Population, Strategy
from tregate.gating.units import Marker, PopulationName, Rows, is_physical

MOST_EVENTS = 4000
LEAST_EVENTS = 100


@dataclass(frozen=True, slots=True)
class Traits:
    """Of populations that are gated by one marker alone; what cannot be measured is left out.

    Examples
    --------
    >>> Traits().levels
    {}
    """

    markers: Mapping[str, str] = field(default_factory=dict)
    """Population -> its marker."""
    levels: Mapping[str, float] = field(default_factory=dict)
    """Population -> median position of the marker on its scale (0 to 1)."""
    tails: Mapping[str, float] = field(default_factory=dict)
    """Population -> ln of how much wider the upper half of its marker is than the lower one, among cells of the
    grandparent that are not in the parent. A marker that some of those cells carry dimly has a wide upper half."""


def traits(prepared: Prepared, gated: Gated, strategy: Strategy) -> Traits:
    """Levels and tails of one gated tube."""
    markers, levels, tails = dict[str, str](), dict[str, float](), dict[str, float]()
    for name, population in strategy.populations.items():
        marker = _own_marker(population)
        if marker is None or marker not in prepared.binding.channels or name not in gated.members:
            continue
        inside = _rows(gated.mask(PopulationName(name)))
        if len(inside) >= LEAST_EVENTS:
            levels[name] = float(np.median(_positions(prepared, marker, inside)))
        tail = _tail(prepared, gated, strategy, population, marker)
        if tail is not None:
            tails[name] = tail
        if name in levels or name in tails:
            markers[name] = str(marker)
    return Traits(markers, levels, tails)


def _own_marker(population: Population) -> Marker | None:
    axes = population.axes
    if population.gate is None or len(axes) != 1 or is_physical(axes[0]):
        return None
    return Marker(axes[0])


def _tail(prepared: Prepared, gated: Gated, strategy: Strategy, population: Population, marker: Marker) -> float | None:
    parent = strategy.populations.get(str(population.parent))
    if parent is None or parent.parent is None or str(parent.parent) not in gated.members:
        return None
    if str(population.parent) not in gated.members:
        return None
    beside = gated.mask(PopulationName(str(parent.parent))) & ~gated.mask(PopulationName(str(population.parent)))
    rows = _rows(beside)
    if len(rows) < LEAST_EVENTS:
        return None
    low, middle, high = np.quantile(_positions(prepared, marker, rows), [0.15, 0.5, 0.85])
    return float(np.log((high - middle) / (middle - low))) if low < middle < high else None


def _rows(mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Rows:
    """At most `MOST_EVENTS` of the events, evenly over the run."""
    rows = np.flatnonzero(mask)
    return rows if len(rows) <= MOST_EVENTS else rows[np.linspace(0, len(rows) - 1, MOST_EVENTS).astype(int)]


def _positions(prepared: Prepared, marker: Marker, rows: Rows) -> FloatArray:
    """(len(rows),) compensated values on the marker's scale."""
    weights = prepared.unmixing[prepared.binding.channels[marker]]
    needed = np.flatnonzero(weights)
    values = sum(prepared.sample.linear(int(i), rows=rows) * weights[i] for i in needed)
    return to_scaled(prepared.scales[marker], np.asarray(values, dtype=np.float64))
