"""`valley`: the deepest point between two modes of the parent's density.

Searched from coarse smoothing to fine: a valley that shows at a coarse scale separates populations, one
that shows only at a fine scale is noise. Its place is then followed to the finer scales.
"""

import numpy as np

from tregate.gating.events import Scalar
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.geometry.shapes import Axis, Range
from tregate.gating.order_statistics import median, robust_sd
from tregate.gating.placement.density import Valley, curve, deepest_valley, peaks
from tregate.gating.placement.view import NotPlaced, Placed, View, off_scale, on_scale
from tregate.gating.strategy.gates import Threshold, ValleyGate
from tregate.gating.wording import number_text, percent_text

AT_MOST = 20_000
AT_LEAST = 50
APART = 0.05
"""Distance on the scale from which two valleys are not the same."""
DOUBTFUL = 0.5
"""Depth below which a valley is reported as shallow."""
HIGH = 0.5
"""Height of a mode above the negatives, of the highest one's, from which it is the first population there."""
BANDWIDTHS = (0.05, 0.04, 0.032, 0.025, 0.02, 0.016, 0.012, 0.009)


def place_valley(gate: ValleyGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """Raises NotPlaced below 50 events, or where no valley is deep enough."""
    axis = axes[0]
    n = len(view)
    if n < AT_LEAST:
        raise NotPlaced(f"too few events ({n}, at least {AT_LEAST} required)", {"events": n})
    scaled = view.scaled(axis, AT_MOST)
    smoothings = smoothed(scaled, gate.smooth)
    low, high = limits(gate, view, axis)
    if gate.of is not None:
        floor, ceiling = above_reference(scaled, _negatives(gate.of, view, axis))
        low, high = max(low, floor), min(high, ceiling)
    found = followed(smoothings, low, high, gate.depth)
    if found is None:
        raise NotPlaced(f"no valley between two populations on {axis.marker}", {"events": n})
    evidence: dict[str, Scalar] = {
        "events": n,
        "depth": round(found.depth, 3),
        "left_mode": off_scale(axis, found.left_mode),
        "right_mode": off_scale(axis, found.right_mode),
        "mode_distance": round(found.right_mode - found.left_mode, 4),
        "bandwidth": found.bandwidth,
    }
    if gate.of is not None:
        anywhere = followed(smoothings, -np.inf, np.inf, gate.depth)
        if anywhere is not None and abs(anywhere.at - found.at) > APART and anywhere.depth > found.depth:
            evidence["doubt"] = (
                f"a deeper valley is at {number_text(off_scale(axis, anywhere.at))}, where {gate.of} predicts none"
            )
    if found.depth < DOUBTFUL:
        evidence["doubt"] = (
            f"the valley on {axis.marker} is shallow (depth {percent_text(found.depth, DOUBTFUL)}, at least "
            f"{percent_text(DOUBTFUL)} expected)"
        )
    return Placed(threshold(gate, axis, found.at), evidence)


def _negatives(of: str, view: View, axis: Axis) -> np.typing.NDArray[np.float64]:
    reference = view.of(of)
    if len(reference) < AT_LEAST:
        raise NotPlaced(f"the reference {of} contains too few events ({len(reference)}, at least {AT_LEAST} required)")
    return reference.scaled(axis, AT_MOST)


def above_reference(
    scaled: np.typing.NDArray[np.float64], negatives: np.typing.NDArray[np.float64]
) -> tuple[float, float]:
    """Where the first valley above the negatives may lie: past their spread, before the next high mode.

    The spread is that of the negatives below their median, which no positive among them reaches.
    """
    middle = median(negatives)
    sd = max(robust_sd(negatives.compress(negatives <= middle), middle), 0.01)
    floor = middle + 1.5 * sd
    binned = curve(scaled)
    density = binned.smoothed(0.02 * max(1.0, (1000 / len(scaled)) ** 0.2))
    tops = peaks(density)
    above = tops[binned.x[tops] > middle + 3 * sd]
    if not len(above):
        raise NotPlaced("no population lies above the reference")
    high = above[density[above] >= HIGH * density[above].max()]
    return floor, float(binned.x[high[0]])


Smoothings = tuple[FloatArray, tuple[tuple[float, FloatArray], ...]]
"""Bin centres; bandwidth and density from coarse to fine."""


def find_valley(scaled: FloatArray, low: float, high: float, depth: float) -> Valley | None:
    """The valley in [low, high] on the scale; None where none is deep enough at any smoothing."""
    return followed(smoothed(scaled, 1.0), low, high, depth)


def smoothed(scaled: FloatArray, smooth: float) -> Smoothings:
    """The density at every bandwidth, `smooth` times as wide, and wider where events are few."""
    binned = curve(scaled)
    widen = smooth * max(1.0, (1000 / len(scaled)) ** 0.2)
    return binned.x, tuple((bandwidth * widen, binned.smoothed(bandwidth * widen)) for bandwidth in BANDWIDTHS)


def followed(smoothings: Smoothings, low: float, high: float, depth: float) -> Valley | None:
    """The valley in [low, high] that shows first, from coarse to fine; None where none is deep enough."""
    x, densities = smoothings
    found: Valley | None = None
    for width, density in densities:
        if found is None:
            here = deepest_valley(density, x, low, high, width)
            if here is not None and here.depth >= depth:
                found = here
        else:
            here = deepest_valley(density, x, max(low, found.at - width), min(high, found.at + width), width)
            if here is not None and here.depth >= found.depth:
                found = here
    return found


def limits(gate: Threshold, view: View, axis: Axis) -> tuple[float, float]:
    """`between` on the scale; open where it is not given."""
    if gate.between is None:
        return -np.inf, np.inf
    low, high = (on_scale(axis, view.number(axis.marker, number)) for number in gate.between)
    return low, high


def threshold(gate: Threshold, axis: Axis, scaled: float) -> Range:
    """The range that keeps one side of a threshold."""
    at = off_scale(axis, scaled)
    return Range(axis, at, None) if gate.keep == "above" else Range(axis, None, at)
