"""Which events lie inside a shape."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol, assert_never

import numpy as np
import numpy.typing as npt
from flowutils import gating as flowutils_gating

from tregate.gating.geometry.covariance import is_positive_definite
from tregate.gating.geometry.lookup import ERROR, near_scaled, near_scaled_holds
from tregate.gating.geometry.quadric import in_quadric
from tregate.gating.geometry.scaled import FloatArray, to_linear, to_scaled
from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Quadric, Range, Shape, Slices
from tregate.gating.geometry.slabs import can_be_cut, slabs
from tregate.gating.rows import Rows
from tregate.gating.units import Marker

Mask = npt.NDArray[np.bool_]
WORTH_SLABS = 400
"""Events in a polygon's bounding box from which cutting it into slabs pays."""
FEW = 0.5
"""Share of the events below which the next axis is looked at for those only that are left."""
MOST = 0.7
"""Share of the events above which all are put into slabs rather than those in the bounding box."""


class Events(Protocol):
    """Events that are asked for one channel after the other."""

    def __len__(self) -> int: ...

    def values(self, marker: Marker) -> FloatArray:
        """Compensated linear intensities, (len(self),)."""
        ...

    def thinned(self, chosen: Rows) -> "Events":
        """Some of the events, by position."""
        ...


def contains(shape: Shape, events: Events) -> Mask:
    """(len(events),) True inside. Ranges are half-open, and so are polygons; the edge of an ellipse is inside."""
    match shape:
        case Range():
            return _in_range(events.values(shape.axis.marker), shape.low, shape.high)
        case Slices():
            at = events.values(shape.axis.marker)
            kept = np.zeros(len(events), dtype=bool)
            for low, high in shape.kept:
                kept |= _in_range(at, low, high)
            return kept
        case Box():
            return _in_ranges(shape.sides, events)
        case Polygon():
            return _in_polygon(shape, events)
        case Ellipse():
            return _in_ellipse(shape, events)
        case Quadric():
            return in_quadric(shape, [events.values(axis.marker) for axis in shape.axes])
        case _:
            assert_never(shape)


def _in_range(at: FloatArray, low: float | None, high: float | None) -> Mask:
    if low is None:
        return np.ones(len(at), dtype=bool) if high is None else np.asarray(at < high)
    inside = np.asarray(at >= low)
    if high is not None:
        inside &= at < high
    return inside


def _in_ranges(ranges: Sequence[Range], events: Events) -> Mask:
    """Inside all of them. Once few events are left, the other axes are compensated for those alone."""
    first, *others = ranges
    inside = _in_range(events.values(first.axis.marker), first.low, first.high)
    if not others:
        return inside
    if np.count_nonzero(inside) < FEW * len(inside):
        left = inside.nonzero()[0]
        inside[left] = _in_ranges(others, events.thinned(left))
        return inside
    inside &= _in_ranges(others, events)
    return inside


def _in_polygon(polygon: Polygon, events: Events) -> Mask:
    near = _in_ranges(_bounding_box(polygon), events)
    if np.count_nonzero(near) > MOST * len(near):
        return _in_polygon_near(polygon, events, near)
    at = near.nonzero()[0]
    near[at] = _in_polygon_near(polygon, events.thinned(at), np.ones(len(at), dtype=bool))
    return near


def _in_polygon_near(polygon: Polygon, events: Events, near: Mask) -> Mask:
    """near: which events lie in the polygon's bounding box; no other is inside."""
    x, y = events.values(polygon.x.marker), events.values(polygon.y.marker)
    if len(near) >= WORTH_SLABS and can_be_cut(polygon):
        inside, doubt = slabs(polygon).settle(x, y)
        inside &= near
        doubt = doubt[near.take(doubt)]
    else:
        inside, doubt = np.zeros_like(near), near.nonzero()[0]
    if len(doubt):
        axes, corners = (polygon.x, polygon.y), np.array(polygon.vertices, dtype=np.float64)
        inside[doubt] = flowutils_gating.points_in_polygon(
            _stacked(axes, [corners[:, 0], corners[:, 1]]), _stacked(axes, [x.take(doubt), y.take(doubt)])
        )
    return inside


@lru_cache(maxsize=64)
def _bounding_box(polygon: Polygon) -> tuple[Range, ...]:
    """Of its vertices, both ends within."""
    reaches = zip((polygon.x, polygon.y), zip(*polygon.vertices, strict=True), strict=True)
    return tuple(Range(axis, min(reach), float(np.nextafter(max(reach), np.inf))) for axis, reach in reaches)


def _in_ellipse(ellipse: Ellipse, events: Events) -> Mask:
    covariance = np.array(ellipse.covariance, dtype=np.float64)
    center = np.array([to_scaled(a.scale, np.array([c]))[0] for a, c in zip(ellipse.axes, ellipse.center, strict=True)])
    bounded = _is_bounded(covariance)
    inside = np.ones(len(events), dtype=bool)
    if bounded:
        reach = np.sqrt(ellipse.distance_square * np.diag(covariance)) * (1 + 1e-9)
        sides = zip(ellipse.axes, center - reach, center + reach, strict=True)
        ranges = [Range(axis, *to_linear(axis.scale, np.array(ends))) for axis, *ends in sides]
        inside = _in_ranges(ranges, events)
    at = inside.nonzero()[0]
    events = events.thinned(at)
    columns = [events.values(axis.marker) for axis in ellipse.axes]
    if bounded and len(at) >= WORTH_SLABS:
        surely, doubt = _settled(ellipse, center, covariance, columns)
        inside[at] = surely
        at, columns = at[doubt], [column[doubt] for column in columns]
    if len(at):
        points = _stacked(ellipse.axes, columns)
        finite = np.isfinite(points).all(axis=1)
        inside[at[~finite]] = False
        at, points = at[finite], points[finite]
        inside[at] = flowutils_gating.points_in_ellipsoid(covariance, center, ellipse.distance_square, points)
    return inside


def _settled(
    ellipse: Ellipse, center: FloatArray, covariance: FloatArray, columns: list[FloatArray]
) -> tuple[Mask, Mask]:
    """(surely inside, in doubt), of near positions whose error moves the distance by `error` at most."""
    points = np.stack([near_scaled(axis.scale, c) for axis, c in zip(ellipse.axes, columns, strict=True)], axis=1)
    centred = points - center
    distance = np.sqrt(np.einsum("ni,ni->n", centred @ np.linalg.inv(covariance), centred))
    error = 2 * ERROR * np.sqrt(len(center) / np.linalg.eigvalsh(covariance).min()) + 1e-9
    limit = np.sqrt(ellipse.distance_square)
    known = np.all([near_scaled_holds(a.scale, c) for a, c in zip(ellipse.axes, columns, strict=True)], axis=0)
    return (distance < limit - error) & known, (np.abs(distance - limit) <= error) | ~known


def _is_bounded(covariance: FloatArray) -> bool:
    """Gating-ML files hold matrices that are no covariance: their "ellipse" reaches to infinity."""
    return np.array_equal(covariance, covariance.T) and is_positive_definite(covariance)


def _stacked(axes: tuple[Axis, ...], columns: list[FloatArray]) -> FloatArray:
    """(n, n_axes) on the scales, C order as the C code wants it."""
    return np.stack([to_scaled(axis.scale, c) for axis, c in zip(axes, columns, strict=True)], axis=1)
