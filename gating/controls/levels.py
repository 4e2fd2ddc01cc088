"""What unstained particles read in each channel, and which channel the stained ones of a tube are brightest in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tregate.gating.controls.scatter_gate import Mask, scatter_gate, single
from tregate.gating.controls.tube import AT_TOP, ControlTube
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.order_statistics import median, robust_sd

STAINED = 8.0
"""Negative widths above the negative events from which an event counts as stained."""
LEAST_STAINED = 0.01
"""Fraction of stained events, beyond that of unstained tubes, below which a tube has no positive population."""
FEWEST = 8
"""Stained events below which they may be chance."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Location and robust standard deviation of the unstained main population, per channel."""

    middle: FloatArray
    """(channels,)"""
    width: FloatArray
    """(channels,)"""
    stained: FloatArray
    """(channels,): fraction of unstained events that count as stained and are brightest in this channel."""


@dataclass(frozen=True, slots=True)
class Brightest:
    """In which channel a tube's stained events are brightest."""

    channel: int | None
    """None: the tube has no stained events beyond those of an unstained one."""
    fractions: FloatArray
    """(channels,): fraction of all single events that are stained and brightest in this channel."""
    events: npt.NDArray[np.intp]
    """(n,): the channel in which an event is brightest; -1 where it is not stained or excluded."""
    singles: int = 0
    """Single events."""


def particles(tube: ControlTube) -> Mask:
    """Events that are one particle and not at an edge of scatter, (n,)."""
    keep = np.ones(len(tube.events), dtype=bool)
    if tube.scatter is not None:
        keep &= (tube.scatter > 0).all(axis=1) & (tube.scatter < AT_TOP * np.array(tube.scatter_tops)).all(axis=1)
    if tube.area_height is not None:
        keep &= single(tube.area_height[:, 0], tube.area_height[:, 1], keep)
    return keep


def main_population(tube: ControlTube) -> Mask:
    """The densest population of a tube in scatter, (n,)."""
    keep = particles(tube)
    gate = None if tube.scatter is None else scatter_gate(tube.scatter, keep)
    return keep if gate is None or tube.scatter is None else keep & gate.contains(tube.scatter)


def levels(unstained: ControlTube | None, tubes: Sequence[ControlTube]) -> Levels:
    """Of the unstained tube; without one, of the tube that is darkest in each channel."""
    sources = list(tubes) if unstained is None else [unstained]
    masks = [main_population(tube) for tube in sources]
    found = [
        np.array([(median(v), robust_sd(v)) for v in tube.events[mask].T])
        for tube, mask in zip(sources, masks, strict=True)
    ]
    middles, widths = (np.stack([one[:, k] for one in found]) for k in (0, 1))
    darkest = np.argmin(middles, axis=0)
    at = np.arange(middles.shape[1])
    middle, width = middles[darkest, at], np.maximum(widths[darkest, at], 1e-9)
    bare = Levels(middle, width, np.zeros(len(at)))
    fractions = np.stack([brightest(tube, bare).fractions for tube in sources])
    return Levels(middle, width, fractions.min(axis=0))


def brightest(tube: ControlTube, level: Levels) -> Brightest:
    """Where the stained events of a tube are brightest, above what unstained ones read."""
    keep = particles(tube)
    excess = tube.events - level.middle
    stained = keep & (excess > STAINED * level.width).any(axis=1)
    where = np.where(stained, np.argmax(excess, axis=1), -1)
    counts = np.bincount(where[stained], minlength=tube.events.shape[1])
    n = max(int(np.count_nonzero(keep)), 1)
    fractions = counts / n
    beyond = fractions - level.stained
    first = int(np.argmax(beyond))
    error = np.sqrt(max(level.stained[first], 1 / n) / n)
    enough = beyond[first] >= LEAST_STAINED and beyond[first] > 4 * error and counts[first] >= FEWEST
    return Brightest(first if enough else None, fractions, where, n)
