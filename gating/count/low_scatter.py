"""Events of a population that scatter less light forward than its living cells: how many more than there should be.

Dead and dying cells shrink, take up every stain and lie within gates of living ones; without a viability dye nothing
else shows them. The forward scatter (area) of living cells of one kind is about as wide above its mode as below it, on
a log scale: what lies below, in excess of what lies above, is foreign. On synthetic tubes of wide ranges, the
count of a population with such a share is too high by 1 to 2.5 times that share (docs/sources.md, dead cells).
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from tregate.gating.events import Gated, Prepared
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.member_rows import MemberRows
from tregate.gating.order_statistics import even_counts, quantiles
from tregate.gating.placement.density import Curve
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Marker, PopulationName

LEAST_EVENTS = 200
"""Events below which a population says nothing of its own, and has its parent's share."""
MOST_EVENTS = 10_000
FAR = 2.0
"""SDs of the upper half from the mode, beyond which events are compared."""
OF_ONE_EVENT = 0.55
"""SD of the excess of normal values times the square root of their number, by 400 draws of 200 to 10,000 of them: most
of it is the place of the mode."""
CHANCE = 2.0
"""SDs by which the excess must stand out."""
ALLOWED = 0.01
"""Excess of clean populations: no scatter is exactly as wide on both sides of its mode."""
BINS = 240
SMOOTHED = 0.4
"""Bandwidth, in SDs, at which the mode is sought."""

SCATTER = Marker("FSC-A")
Shares = Mapping[PopulationName, float]
"""Population -> share of its events, 0 to 1; those without any are left out."""
NO_SHARES: Shares = MappingProxyType({})


def low_scatter(prepared: Prepared, gated: Gated, strategy: Strategy, members: MemberRows) -> Shares:
    """Of the cells of interest and all that is gated within them. Empty without forward scatter."""
    outer = strategy.scatter_population
    if outer is None or SCATTER not in prepared.binding.channels or SCATTER in prepared.constant:
        return {}
    scatter = prepared.sample.linear(prepared.binding.channels[SCATTER])
    found: dict[PopulationName, float] = {}
    for name in gated.order:
        if outer not in strategy.lineage(str(name)) or name not in gated.members:
            continue
        rows = members.of(name)
        if len(rows) < LEAST_EVENTS:
            share = found.get(gated.parents[name], 0.0)
        else:
            share = round(excess(scatter.take(rows[:: -(-len(rows) // MOST_EVENTS)])), 4)
        if share > 0.0:
            found[name] = share
    return found


def excess(scatter: FloatArray) -> float:
    """Share of the events (n,) far below the mode of their scatter, beyond as many as lie far above, and beyond chance.

    >>> living = np.exp(np.linspace(-3.0, 3.0, 2001) / 10.0)
    >>> excess(living)
    0.0
    >>> f"{excess(np.append(living, np.full(200, 0.6))):.2f}"
    '0.06'
    """
    ordered = np.sort(scatter)
    values = np.log(ordered[np.searchsorted(ordered, 0.0, side="right") :])
    if len(values) < LEAST_EVENTS:
        return 0.0
    middle, upper = quantiles(values, [0.5, 0.75])
    spread = (upper - middle) / 0.6745
    if spread <= 0:
        return 0.0
    curve = Curve(*even_counts(values, middle - 6 * spread, middle + 6 * spread, BINS))
    mode = float(curve.x[int(curve.smoothed(SMOOTHED * spread).argmax())])
    above = values[np.searchsorted(values, mode, side="right") :]
    if not len(above):
        return 0.0
    far = FAR * (quantiles(above, [0.6827])[0] - mode)
    below, beyond = np.searchsorted(values, [mode - far, mode + far])
    beyond = len(values) - beyond
    chance = CHANCE * OF_ONE_EVENT / np.sqrt(len(values))
    return max(0.0, (float(below) - float(beyond)) / len(values) - float(chance) - ALLOWED)
