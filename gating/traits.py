"""What a tube shows of the person and of its stains beside counts: how bright positive cells are, who is dim.

Levels are compared between a subject's visits; dim cells show whether two stains are exchanged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tregate.gating.event_subsets import Block, EventSubset
from tregate.gating.events import Gated, PlacedGate, Prepared
from tregate.gating.geometry.contains import contains
from tregate.gating.geometry.scaled import FloatArray, to_scaled
from tregate.gating.member_rows import MemberRows
from tregate.gating.order_statistics import between, median, places
from tregate.gating.rows import Rows
from tregate.gating.strategy.gates import ValleyGate
from tregate.gating.strategy.schema import Population, Strategy
from tregate.gating.units import Marker, PopulationName, is_physical

MOST_EVENTS = 1500
LEAST_EVENTS = 100
MOST_AGAINST = 6000
"""Events of which the share that a gate would take is measured: shares below 1 % need more."""


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
    beyond: Mapping[str, float] = field(default_factory=dict)
    """Population -> share of the cells that its gate is placed against which it would take."""


def traits(prepared: Prepared, gated: Gated, strategy: Strategy, members: MemberRows) -> Traits:
    """Levels and tails of one gated tube."""
    markers, levels, tails = dict[str, str](), dict[str, float](), dict[str, float]()
    beyond = dict[str, float]()
    placed = {gate.population: gate for gate in gated.gates}
    beside: dict[PopulationName, FloatArray] = {}
    for name, population in strategy.populations.items():
        marker = _own_marker(population)
        if marker is None or marker not in prepared.binding.channels or name not in gated.members:
            continue
        inside = _events(prepared, members.of(PopulationName(name)))
        if inside.shape[1] >= LEAST_EVENTS:
            levels[name] = _level(prepared, marker, inside)
        tail = _tail(prepared, members, strategy, population, marker, beside)
        if tail is not None:
            tails[name] = tail
        share = _beyond(prepared, members, population, placed.get(PopulationName(name)))
        if share is not None:
            beyond[name] = share
        if name in levels or name in tails or name in beyond:
            markers[name] = str(marker)
    return Traits(markers, levels, tails, beyond)


def _beyond(prepared: Prepared, members: MemberRows, population: Population, placed: PlacedGate | None) -> float | None:
    """Of a gate between two populations; none where it was placed by a fallback."""
    against = population.gate.of if isinstance(population.gate, ValleyGate) else None
    if against is None or placed is None or placed.shape is None or placed.fallback:
        return None
    if PopulationName(against) not in members:
        return None
    rows = members.of(PopulationName(against))
    if len(rows) < LEAST_EVENTS:
        return None
    events = EventSubset(Block(prepared, 0, prepared.n_events), rows[:: -(-len(rows) // MOST_AGAINST)])
    return float(np.mean(contains(placed.shape, events)))


def _own_marker(population: Population) -> Marker | None:
    axes = population.axes
    if population.gate is None or len(axes) != 1 or is_physical(axes[0]):
        return None
    return Marker(axes[0])


def _tail(
    prepared: Prepared,
    members: MemberRows,
    strategy: Strategy,
    population: Population,
    marker: Marker,
    beside: dict[PopulationName, FloatArray],
) -> float | None:
    """beside: events of each parent's parent that are not in the parent; what was gathered is added."""
    parent = strategy.populations.get(str(population.parent))
    if parent is None or parent.parent is None or str(parent.parent) not in members:
        return None
    inner, outer = PopulationName(str(population.parent)), PopulationName(str(parent.parent))
    if inner not in members:
        return None
    if inner not in beside:
        beside[inner] = _events(prepared, members.without(outer, inner))
    if beside[inner].shape[1] < LEAST_EVENTS:
        return None
    ordered = _ordered(prepared, marker, beside[inner])
    below, above, part = places(len(ordered), [0.15, 0.5, 0.85])
    scale = prepared.scales[marker]
    low, middle, high = between(to_scaled(scale, ordered[below]), to_scaled(scale, ordered[above]), part)
    return float(np.log((high - middle) / (middle - low))) if low < middle < high else None


def _events(prepared: Prepared, rows: Rows) -> FloatArray:
    """At most `MOST_EVENTS` of the events, evenly over the run, in linear intensity, a row for each channel, (p, n)."""
    if len(rows) > MOST_EVENTS:
        rows = rows[np.linspace(0, len(rows) - 1, MOST_EVENTS).astype(int)]
    return np.ascontiguousarray(prepared.sample.events(0, prepared.n_events, rows).T)


# Scales rise, so order statistics are taken of linear values, and only these few are put on the scale.


def _level(prepared: Prepared, marker: Marker, events: FloatArray) -> float:
    """Median position of events (p, n), n > 0, on the marker's scale."""
    ordered = _ordered(prepared, marker, events)
    n = len(ordered)
    return median(to_scaled(prepared.scales[marker], ordered[[(n - 1) // 2, n // 2]]))


def _ordered(prepared: Prepared, marker: Marker, events: FloatArray) -> FloatArray:
    """(n,) compensated linear values of events (p, n), ascending."""
    weights = prepared.unmixing[prepared.binding.channels[marker]]
    values = sum(events[i] * weights[i] for i in np.flatnonzero(weights))
    return np.sort(np.asarray(values, dtype=np.float64))
