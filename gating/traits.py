"""What a tube shows of the person and of its stains beside counts: how bright positive cells are, who is dim.

Levels are compared between a subject's visits; dim cells tell whether two stains are exchanged.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from tregate.gating.events import Gated, Prepared
from tregate.gating.geometry.scales import FloatArray, to_scaled
from tregate.gating.strategy.schema import Population, Strategy
from tregate.gating.units import Marker, PopulationName, Rows, is_physical

MOST_EVENTS = 4000
LEAST_EVENTS = 100


def traits(prepared: Prepared, gated: Gated, strategy: Strategy) -> Mapping[str, float]:
    """Trait -> number; what cannot be measured is left out.

    `level MARKER POPULATION`: median position of the marker, on its scale (0 to 1), of cells gated by it alone.
    `tail MARKER POPULATION`: how much wider the upper half of the marker is than the lower one among cells of the
    grandparent that are not in the parent: CD8 on CD3- lymphocytes, some of which are dim, and CD4, of which none are.
    """
    found: dict[str, float] = {}
    for name, population in strategy.populations.items():
        marker = _own_marker(population)
        if marker is None or marker not in prepared.binding.channels or name not in gated.members:
            continue
        inside = _rows(gated.mask(PopulationName(name)))
        if len(inside) >= LEAST_EVENTS:
            found[f"level {marker} {name}"] = float(np.median(_positions(prepared, marker, inside)))
        tail = _tail(prepared, gated, strategy, population, marker)
        if tail is not None:
            found[f"tail {marker} {name}"] = tail
    return found


def exchangeable(strategy: Strategy) -> Iterator[tuple[str, str]]:
    """(CD4 population, CD8 population) that are gated beside each other, by the axes of the strategy."""
    for one, first in strategy.populations.items():
        for other, second in strategy.populations.items():
            if first.parent == second.parent and (_own_marker(first), _own_marker(second)) == ("CD4", "CD8"):
                yield one, other


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
