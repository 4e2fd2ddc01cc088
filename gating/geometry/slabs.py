"""A polygon cut into narrow slabs: what is surely inside, surely outside, and what only the exact test decides.

A slab holds the values of x that share the upper half of a float32, at most 1/128 of an octave. Where two edges
cross it, all between the upper reach of the one and the lower reach of the other is inside, all beyond them is
outside. Edges are straight on the scaled axes; their reach in each slab is a number in linear intensity, so that
most events are settled by four comparisons and need no scale at all.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tregate.gating.geometry.lookup import near_scaled
from tregate.gating.geometry.scaled import FloatArray, to_linear, to_scaled
from tregate.gating.geometry.scales import LinearScale, Scale
from tregate.gating.geometry.shapes import Polygon
from tregate.gating.order_statistics import distinct
from tregate.gating.rows import Rows

_SIGN = 1 << 15
MARGIN = 1e-6
"""By how much, on the scale, slabs and reaches are widened: rounding never settles an event."""
SLABS = 256
OCTAVES = 16
"""Down from the largest |x|; values nearer to zero share a slab."""
MOST_CORNERS = 1_000
"""Memory grows with their square (24 MB at 1,000); of a polygon of more, the exact test looks at every event."""
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Slabs:
    """Reaches of the polygon's edges in each slab, (n_slabs,) in linear intensity of y."""

    slab_of: Rows
    """(65536,) upper half of a float32 -> slab."""
    outer_low: FloatArray
    inner_low: FloatArray
    inner_high: FloatArray
    outer_high: FloatArray

    def settle(self, x: FloatArray, y: FloatArray) -> tuple[Mask, Rows]:
        """Of points (n,) within the polygon's bounding box: which are surely inside, and where those in doubt are."""
        slab = self.slab_of.take(np.right_shift(x.astype(np.float32).view(np.uint32), 16))
        inside = y > self.inner_low.take(slab)
        inside &= y < self.inner_high.take(slab)
        others = (~inside).nonzero()[0]
        slab, y = slab.take(others), y.take(others)
        doubt = y >= self.outer_low.take(slab)
        doubt &= y <= self.outer_high.take(slab)
        return inside, others[doubt]


def can_be_cut(polygon: Polygon) -> bool:
    """Whether it has no more corners than are worth it, and they do not all share one x."""
    return len(polygon.vertices) <= MOST_CORNERS and len({x for x, _ in polygon.vertices}) > 1


@lru_cache(maxsize=64)
def slabs(polygon: Polygon) -> Slabs:
    """Cut a polygon that `can_be_cut`, whose vertices are finite on their scales."""
    corners = np.array(polygon.vertices, dtype=np.float64)
    xs, ys = to_scaled(polygon.x.scale, corners[:, 0]), to_scaled(polygon.y.scale, corners[:, 1])
    slab_of, bounds = _slabs_of_rows(polygon.x.scale, float(corners[:, 0].min()), float(corners[:, 0].max()))
    scaled = to_scaled(polygon.x.scale, bounds)
    margins = MARGIN * (1 + np.abs(scaled))
    lefts, rights = (scaled - margins)[:-1], (scaled + margins)[1:]
    stations = distinct(np.concatenate([lefts, rights, xs]))
    span = np.stack([np.searchsorted(stations, lefts), np.searchsorted(stations, rights)], axis=1).reshape(-1)
    outer_low, inner_low, inner_high, outer_high = _reaches(xs, ys, stations)
    return Slabs(
        slab_of,
        _off_scale(polygon.y.scale, _over(np.minimum, outer_low, span), -MARGIN),
        _off_scale(polygon.y.scale, _over(np.maximum, inner_low, span), +MARGIN),
        _off_scale(polygon.y.scale, _over(np.minimum, inner_high, span), -MARGIN),
        _off_scale(polygon.y.scale, _over(np.maximum, outer_high, span), +MARGIN),
    )


def _slabs_of_rows(scale: Scale, low: float, high: float) -> tuple[Rows, FloatArray]:
    """Slab of each upper half of a float32, and the slabs' bounds in linear intensity, from low to high."""
    starts = _row_starts()
    largest = max(abs(low), abs(high))
    first, last = (int(np.searchsorted(starts, at, "right")) for at in (largest * 2.0**-OCTAVES, largest))
    away = starts[first : last + 1]
    rows = last - first
    bounds = np.concatenate([-away[::-1], away])
    positive = rows + np.clip(np.arange(_SIGN) - first + 1, 0, rows)
    slab_of = np.concatenate([positive, 2 * rows - positive])
    kept = slice(np.searchsorted(bounds, low, "right") - 1, np.searchsorted(bounds, high) + 1)
    bounds, slab_of = bounds[kept].clip(low, high), slab_of - kept.start
    merged = _evenly(scale, bounds)
    begins = np.zeros(len(bounds) - 1, dtype=np.intp)
    begins[merged] = 1
    slab_of = (np.cumsum(begins) - 1).take(slab_of, mode="clip")
    return slab_of, bounds[np.append(merged, len(bounds) - 1)]


@lru_cache
def _row_starts() -> FloatArray:
    """Least positive value of each finite upper half of a float32, (32640,)."""
    return (np.arange(0x7F80, dtype=np.uint32) << 16).view(np.float32).astype(np.float64)


def _evenly(scale: Scale, bounds: FloatArray) -> npt.NDArray[np.intp]:
    """Of narrow slabs those that begin one of about SLABS wider ones; on a linear axis evenly by size of the values."""
    even = (
        np.arcsinh(bounds * (128 / np.abs(bounds).max()))
        if isinstance(scale, LinearScale)
        else near_scaled(scale, bounds)
    )
    step = ((even - even[0]) * (SLABS / (even[-1] - even[0]))).astype(np.intp)[:-1]
    return np.flatnonzero(np.diff(step, prepend=-1))


def _reaches(xs: FloatArray, ys: FloatArray, stations: FloatArray) -> tuple[FloatArray, ...]:
    """Lowest and highest y of the lower edge, then of the upper edge, between neighbouring stations.

    A stretch that two edges do not cross plainly has its lower edge reach to infinity and its upper edge to
    minus infinity: nothing in it is surely inside.
    """
    x, y, x_next, y_next = (v[:, None] for v in (xs, ys, np.roll(xs, -1), np.roll(ys, -1)))
    steep = np.abs(x_next - x) < 1e-9
    crossing = ~steep & (np.minimum(x, x_next) <= stations[:-1]) & (np.maximum(x, x_next) >= stations[1:])
    with np.errstate(divide="ignore", invalid="ignore"):
        at = y + (y_next - y) * ((stations - x) / (x_next - x))
    left, right = at[:, :-1], at[:, 1:]
    low_left, low_right = (np.where(crossing, side, np.inf).min(axis=0) for side in (left, right))
    high_left, high_right = (np.where(crossing, side, -np.inf).max(axis=0) for side in (left, right))
    ascending = np.where(crossing, left, np.inf).argmin(axis=0) == np.where(crossing, right, np.inf).argmin(axis=0)
    plain = (crossing.sum(axis=0) == 2) & ascending
    outer_low, outer_high = np.minimum(low_left, low_right), np.maximum(high_left, high_right)
    inner_low = np.where(plain, np.maximum(low_left, low_right), np.inf)
    inner_high = np.where(plain, np.minimum(high_left, high_right), -np.inf)
    for corner in np.flatnonzero(steep):
        ends = sorted((corner, (corner + 1) % len(xs)), key=lambda i: float(xs[i]))
        beside = slice(
            max(int(np.searchsorted(stations, xs[ends[0]])) - 1, 0), int(np.searchsorted(stations, xs[ends[1]])) + 1
        )
        outer_low[beside] = np.minimum(outer_low[beside], ys[ends].min())
        outer_high[beside] = np.maximum(outer_high[beside], ys[ends].max())
        inner_low[beside], inner_high[beside] = np.inf, -np.inf
    return outer_low, inner_low, inner_high, outer_high


def _over(lowest_or_highest: np.ufunc, reaches: FloatArray, span: npt.NDArray[np.intp]) -> FloatArray:
    """Of each slab, from its first stretch to before its last; slabs overlap by their margins."""
    return np.asarray(lowest_or_highest.reduceat(np.append(reaches, 0.0), span)[::2])


def _off_scale(scale: Scale, scaled: FloatArray, margin: float) -> FloatArray:
    """Moved by a margin, in linear intensity; infinities stay."""
    finite = np.where(np.isfinite(scaled), scaled, 0.5)
    return np.where(np.isfinite(scaled), to_linear(scale, finite + margin * (1 + np.abs(finite))), scaled)
