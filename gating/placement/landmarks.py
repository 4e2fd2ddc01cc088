"""Landmark coordinates: each marker given in units that a tube's own events define, without labels.

First stage: the centre and spread of a core of unwanted events, and how far the tube's extremes reach. Second stage:
centres and spreads of the two groups that the first stage's score separates. Each coordinate is an affine function
of one marker's scaled position, so that a polynomial in them is a quadric in the tube's own coordinates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.order_statistics import median, quantile
from tregate.gating.placement.view import NotPlaced
from tregate.gating.strategy.learned_model import Landmarks

Columns = Mapping[str, FloatArray]
"""Marker -> scaled positions (n,)."""
Mask = npt.NDArray[np.bool_]

SPREADS = 4.0
"""Spreads that make one unit: keeps coordinates of order one."""
PER_SCALE = 10.0
"""Units per width of the scale."""
LEAST_SPREAD = 0.012
"""Of the scale (0.05 decades): 10-bit negatives pile up in one channel, and no stain is sharper than that."""
LEAST_REACH = 0.5
"""A reach of less than so many spreads counts as that."""
SURELY, SURELY_NOT = 1.0, -2.0
"""First-stage scores (log odds) of the wanted and of the other group."""
LEAST_GROUP = 25
"""Events of the wanted group, at least: the highest scores where fewer pass."""
AT_LEAST = 200


@dataclass(frozen=True, slots=True)
class Coordinate:
    """slope * position + offset of one marker."""

    marker: str
    slope: float
    offset: float

    def of(self, columns: Columns) -> FloatArray:
        """Of events, (n,)."""
        return columns[self.marker] * self.slope + self.offset


def first_stage(
    landmarks: Landmarks, markers: Sequence[str], parent: Columns, core: Columns | None
) -> tuple[Coordinate, ...]:
    """Coordinates before anything is known of the wanted events.

    `core`: events of the core population; None where the core is part of the parent.
    Raises NotPlaced where there are too few events or a marker that has one value only.
    """
    n = len(parent[markers[0]])
    if n < AT_LEAST:
        raise NotPlaced(f"only {n} events, at least {AT_LEAST} are needed to find landmarks", {"events": n})
    core = _selected(landmarks, parent if core is None else core)
    if len(core[markers[0]]) < AT_LEAST // 4:
        raise NotPlaced(
            f"only {len(core[markers[0]])} events of {landmarks.core} to take landmarks from", {"events": n}
        )
    out: list[Coordinate] = []
    middles = {marker: median(core[marker]) for marker in markers}
    spreads = {marker: _spread(core[marker], middles[marker]) for marker in markers}
    for marker in markers:
        if marker in landmarks.ranges:
            out.append(_over(marker, parent[marker], landmarks.ranges[marker]))
            continue
        middle, spread = middles[marker], spreads[marker]
        if not spread > 0:
            raise NotPlaced(f"{marker} is constant: was it stained?", {"events": n})
        out.append(_about(marker, middle, spread))
        reach = landmarks.reach.get(marker)
        if reach is not None:
            looked = parent[marker]
            for other, beyond in reach.without.items():
                if other in markers:
                    kept = parent[other] <= middles[other] + beyond * spreads[other]
                    looked = looked[kept] if np.count_nonzero(kept) >= AT_LEAST // 4 else looked
            end = quantile(looked, reach.quantile)
            out.append(_between(marker, middle, _away(middle, end, spread, reach.quantile)))
            out.append(Coordinate(marker, PER_SCALE, -middle * PER_SCALE))
    return tuple(out)


def second_stage(
    landmarks: Landmarks, markers: Sequence[str], parent: Columns, scores: FloatArray
) -> tuple[Coordinate, ...]:
    """Coordinates from the groups that the first stage's scores (n,) separate."""
    wanted, others = groups(scores)
    out: list[Coordinate] = []
    for marker in markers:
        column = parent[marker]
        if marker in landmarks.ranges:
            out.append(_over(marker, column, landmarks.ranges[marker]))
            continue
        theirs, ours = median(column[others]), median(column[wanted])
        spread = _spread(column[others], theirs)
        out.append(_about(marker, theirs, spread))
        out.append(_about(marker, ours, _spread(column[wanted], ours)))
        reach = landmarks.reach.get(marker)
        if reach is not None:
            out.append(_between(marker, theirs, _away(theirs, ours, spread, reach.quantile)))
    return tuple(out)


def groups(scores: FloatArray) -> tuple[Mask, Mask]:
    """Masks (n,) of the wanted and of the other events by first-stage score.

    Where very few events pass, the group is filled with the highest (lowest) scores.
    """
    least = min(LEAST_GROUP, max(len(scores) // 20, 1))
    highest, lowest = np.partition(scores, -least)[-least], np.partition(scores, least - 1)[least - 1]
    wanted = scores > min(SURELY, float(np.nextafter(highest, -np.inf)))
    others = scores < max(SURELY_NOT, float(np.nextafter(lowest, np.inf)))
    return wanted, others


def _selected(landmarks: Landmarks, core: Columns) -> Columns:
    """The events of the core that its conditions leave; quantiles are those of the core population."""
    if not landmarks.where:
        return core
    kept: Mask | None = None
    for marker, side in landmarks.where.items():
        column = core[marker]
        here = np.ones(len(column), dtype=bool)
        if side.above is not None:
            here &= column > quantile(column, side.above)
        if side.below is not None:
            here &= column < quantile(column, side.below)
        kept = here if kept is None else kept & here
    return {marker: column[kept] for marker, column in core.items()}


def _spread(values: FloatArray, middle: float) -> float:
    """Robust standard deviation, at least LEAST_SPREAD; 0 where all values are one number."""
    spread = 1.4826 * median(np.abs(values - middle))
    return max(spread, LEAST_SPREAD) if float(np.ptp(values)) > 0 else 0.0


def _about(marker: str, middle: float, spread: float) -> Coordinate:
    slope = 1 / (SPREADS * max(spread, LEAST_SPREAD))
    return Coordinate(marker, slope, -middle * slope)


def _over(marker: str, column: FloatArray, shares: tuple[float, float]) -> Coordinate:
    """From one quantile of the column (n,) to another."""
    low, high = (quantile(column, share) for share in shares)
    return _between(marker, low, max(high, low + LEAST_SPREAD))


def _between(marker: str, low: float, high: float) -> Coordinate:
    return Coordinate(marker, 1 / (high - low), -low / (high - low))


def _away(middle: float, end: float, spread: float, quantile: float) -> float:
    """The end, moved outwards to at least LEAST_REACH spreads on the side that its quantile means."""
    least = LEAST_REACH * max(spread, LEAST_SPREAD)
    return max(end, middle + least) if quantile >= 0.5 else min(end, middle - least)
