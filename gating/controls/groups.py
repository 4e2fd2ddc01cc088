"""Positive and negative events of a control in its own channel, of like scatter and so of like autofluorescence."""

from dataclasses import dataclass, field

import numpy as np

from tregate.gating.controls.levels import Brightest, Levels, particles
from tregate.gating.controls.scatter_gate import Mask, ScatterGate, scatter_gate
from tregate.gating.controls.tube import ControlTube
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.order_statistics import median, robust_sd
from tregate.gating.placement.density import curve, deepest_valley

BANDWIDTH = 0.15
DEPTH = 0.5
"""Depth of the valley between negative and positive events from which both are populations of their own."""
NEAR = 4.0
"""Widths about the negative mode within which an event counts as negative."""
BRIGHT_PART = 0.25
"""Fraction of the positive median above the negative events from which an event counts as positive."""
LEAST_NEGATIVE = 50
MOST = 10_000
"""Events of a group that are used, evenly over the acquisition."""


@dataclass(frozen=True, slots=True)
class Groups:
    """The events that enter the slopes of one control."""

    positive: FloatArray = field(repr=False)
    """(n, channels)"""
    negative: FloatArray = field(repr=False)
    """(m, channels); (0, channels) where there are none of like scatter."""
    negatives: str
    """"own", "unstained" or "none"."""
    at_top: float
    """Fraction of the positive events at the top of scale in the own channel; they are not in `positive`."""
    distance: float
    """Median of the positive events above the negative ones, in negative widths of the own channel."""
    median: float
    """Median of the positive events above the negative ones."""
    width: FloatArray
    """(channels,): robust standard deviation of the negative events."""


def groups(tube: ControlTube, own: int, bright: Brightest, level: Levels, unstained: ControlTube | None) -> Groups:
    """Positive events of the tube in channel `own`, and negative ones of the same scatter."""
    keep = particles(tube)
    stained = bright.events == own
    gate = None if tube.scatter is None else scatter_gate(tube.scatter, stained)
    inside = keep if gate is None or tube.scatter is None else keep & gate.contains(tube.scatter)
    x = tube.events[:, own]
    saturated = tube.saturated
    seen = x[inside & stained]
    middle = median(seen) if len(seen) else float("nan")
    low, width = float(level.middle[own]), float(level.width[own])
    negative = _own_negatives(x, inside, low, width)
    source, negatives = "own", tube.events[negative & ~saturated.any(axis=1)]
    if len(negatives) < LEAST_NEGATIVE:
        source, negatives = _of_unstained(unstained, gate, tube.events.shape[1])
    if len(negatives):
        low = median(negatives[:, own])
    floor = max(low + BRIGHT_PART * (middle - low), low + NEAR * width)
    positive = inside & stained & (x > floor)
    top = float(saturated[positive, own].mean()) if positive.any() else 0.0
    kept = tube.events[positive & ~saturated.any(axis=1)]
    widths = np.array([robust_sd(v) for v in negatives.T]) if len(negatives) else level.width
    above = median(kept[:, own]) - low if len(kept) else float("nan")
    return Groups(_some(kept), _some(negatives), source, top, above / max(float(widths[own]), 1e-9), above, widths)


def _own_negatives(x: FloatArray, inside: Mask, low: float, width: float) -> Mask:
    """The tube's own negative population, (n,), where a valley separates it from the positive one."""
    none = np.zeros(len(x), dtype=bool)
    if np.count_nonzero(inside) < 2 * LEAST_NEGATIVE:
        return none
    scaled = np.arcsinh((x[inside] - low) / (2 * width))
    shape = curve(scaled)
    valley = deepest_valley(shape.smoothed(BANDWIDTH), shape.x, shape.x[0], shape.x[-1], BANDWIDTH)
    if valley is None or valley.depth < DEPTH:
        return none
    below = inside & (np.arcsinh((x - low) / (2 * width)) < valley.at)
    values = x[below]
    if len(values) < LEAST_NEGATIVE:
        return none
    middle = median(values)
    return below & (np.abs(x - middle) <= NEAR * robust_sd(values))


def _of_unstained(unstained: ControlTube | None, gate: ScatterGate | None, channels: int) -> tuple[str, FloatArray]:
    """Events of the unstained tube of the same scatter, (m, channels), and where they are from."""
    if unstained is None:
        return "none", np.empty((0, channels))
    keep = particles(unstained) & ~unstained.saturated.any(axis=1)
    if gate is not None and unstained.scatter is not None:
        keep &= gate.contains(unstained.scatter)
    found = unstained.events[keep]
    return ("unstained", found) if len(found) >= LEAST_NEGATIVE else ("none", np.empty((0, channels)))


def _some(events: FloatArray) -> FloatArray:
    return events[:: max(1, -(-len(events) // MOST))]
