"""Which events lie inside a shape."""

from collections.abc import Callable
from typing import assert_never

import numpy as np
import numpy.typing as npt
from flowutils import gating as flowutils_gating

from gating.geometry.lookup import ERROR, near_scaled, near_scaled_holds
from gating.geometry.scales import FloatArray, to_linear, to_scaled
from gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Range, Shape, Slices
from gating.geometry.slabs import slabs
from gating.units import Marker

Mask = npt.NDArray[np.bool_]
WORTH_SLABS = 2000
"""Events in a polygon's bounding box from which cutting it into slabs pays."""
Values = Callable[[Marker], FloatArray]
"""Compensated linear intensities of a marker, (n_events,)."""


def contains(shape: Shape, values: Values, n_events: int) -> Mask:
    """(n_events,) True inside. Ranges are half-open, and so are polygons; the edge of an ellipse is inside."""
    match shape:
        case Range():
            return _in_range(values(shape.axis.marker), shape.low, shape.high)
        case Slices():
            at = values(shape.axis.marker)
            kept = np.zeros(n_events, dtype=bool)
            for low, high in shape.kept:
                kept |= _in_range(at, low, high)
            return kept
        case Box():
            inside = np.ones(n_events, dtype=bool)
            for side in shape.sides:
                inside &= _in_range(values(side.axis.marker), side.low, side.high)
            return inside
        case Polygon():
            return _in_polygon(shape, values, n_events)
        case Ellipse():
            return _in_ellipse(shape, values, n_events)
        case _:
            assert_never(shape)


def _in_range(at: FloatArray, low: float | None, high: float | None) -> Mask:
    if low is None:
        return np.ones(len(at), dtype=bool) if high is None else np.asarray(at < high)
    inside = np.asarray(at >= low)
    if high is not None:
        inside &= at < high
    return inside


def _in_polygon(polygon: Polygon, values: Values, n_events: int) -> Mask:
    x, y = values(polygon.x.marker), values(polygon.y.marker)
    low_x, low_y = (min(corner) for corner in zip(*polygon.vertices, strict=True))
    high_x, high_y = (max(corner) for corner in zip(*polygon.vertices, strict=True))
    near = np.flatnonzero((x >= low_x) & (x <= high_x) & (y >= low_y) & (y <= high_y))
    x, y = x[near], y[near]
    inside = np.zeros(n_events, dtype=bool)
    if len(near) >= WORTH_SLABS and low_x < high_x:
        surely, doubt = slabs(polygon).settle(x, y)
        inside[near] = surely
        at = np.flatnonzero(doubt)
        near, x, y = near[at], x[at], y[at]
    if len(near):
        corners = np.array(polygon.vertices, dtype=np.float64)
        axes = (polygon.x, polygon.y)
        inside[near] = flowutils_gating.points_in_polygon(
            _stacked(axes, [corners[:, 0], corners[:, 1]]), _stacked(axes, [x, y])
        )
    return inside


def _in_ellipse(ellipse: Ellipse, values: Values, n_events: int) -> Mask:
    covariance = np.array(ellipse.covariance, dtype=np.float64)
    center = np.array([to_scaled(a.scale, np.array([c]))[0] for a, c in zip(ellipse.axes, ellipse.center, strict=True)])
    columns = [values(axis.marker) for axis in ellipse.axes]
    near = np.ones(n_events, dtype=bool)
    bounded = _is_bounded(covariance)
    if bounded:
        for axis, column, middle, variance in zip(ellipse.axes, columns, center, np.diag(covariance), strict=True):
            reach = np.sqrt(ellipse.distance_square * variance) * (1 + 1e-9)
            low, high = to_linear(axis.scale, np.array([middle - reach, middle + reach]))
            near &= (column >= low) & (column <= high)
    at = np.flatnonzero(near)
    columns = [column[at] for column in columns]
    inside = np.zeros(n_events, dtype=bool)
    if bounded and len(at) >= WORTH_SLABS:
        surely, doubt = _settled(ellipse, center, covariance, columns)
        inside[at] = surely
        at, columns = at[doubt], [column[doubt] for column in columns]
    if len(at):
        points = _stacked(ellipse.axes, columns)
        finite = np.isfinite(points).all(axis=1)
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
    return bool(np.array_equal(covariance, covariance.T) and np.linalg.eigvalsh(covariance).min() > 0)


def _stacked(axes: tuple[Axis, ...], columns: list[FloatArray]) -> FloatArray:
    """(n, n_axes) on the scales, C order as the C code wants it."""
    return np.stack([to_scaled(axis.scale, c) for axis, c in zip(axes, columns, strict=True)], axis=1)
