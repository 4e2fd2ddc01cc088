"""Outlines: the edge of a shape as a person sees it, on two axes, in scaled positions."""

from typing import assert_never

import numpy as np

from tregate.gating.geometry.quadric import score_on, section
from tregate.gating.geometry.scaled import FloatArray, to_linear, to_scaled
from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Quadric, Range, Shape, Slices

Limits = tuple[float, float]
"""Lowest and highest scaled position that is in view."""

_BEYOND = 1.0
"""How far outside the view, in widths of the view, an open side is drawn."""

_ELLIPSE_POINTS = 72
_POINTS_AN_EDGE = 16


def outline(shape: Shape, x: Axis, y: Axis | None, x_limits: Limits, y_limits: Limits) -> tuple[FloatArray, ...]:
    """Closed polylines, each (k, 2), of the shape on the scaled axes x and y.

    Open sides, and an axis that the shape does not speak of, reach beyond the limits, where no eye sees
    them. Shapes of more axes than are shown cast their shadow on those that are. A shape that speaks
    of neither axis has no outline: ().
    """
    view = {0: x_limits, 1: y_limits}
    shown = {0: x} if y is None else {0: x, 1: y}
    match shape:
        case Range():
            return _rectangles(((shape.axis, ((shape.low, shape.high),)),), shown, view)
        case Slices():
            return _rectangles(((shape.axis, shape.kept),), shown, view)
        case Box():
            return _rectangles(tuple((side.axis, ((side.low, side.high),)) for side in shape.sides), shown, view)
        case Polygon():
            return _polygon(shape, shown, view)
        case Ellipse():
            return _ellipse(shape, shown, view)
        case Quadric():
            return _quadric(shape, shown, view)
        case _:
            assert_never(shape)


def _beyond(limits: Limits) -> Limits:
    margin = _BEYOND * (limits[1] - limits[0])
    return limits[0] - margin, limits[1] + margin


def _position(value: float | None, axis: Axis, open_at: float) -> float:
    if value is None:
        return open_at
    scaled = float(to_scaled(axis.scale, np.array([value], dtype=np.float64))[0])
    return scaled if np.isfinite(scaled) else open_at


def _rectangles(
    sides: tuple[tuple[Axis, tuple[tuple[float | None, float | None], ...]], ...],
    shown: dict[int, Axis],
    view: dict[int, Limits],
) -> tuple[FloatArray, ...]:
    stretches: dict[int, list[Limits]] = {}
    for axis, intervals in sides:
        for position, shown_axis in shown.items():
            if shown_axis.marker == axis.marker:
                low, high = _beyond(view[position])
                stretches[position] = [
                    (_position(a, shown_axis, low), _position(b, shown_axis, high)) for a, b in intervals
                ]
    if not stretches:
        return ()
    return tuple(
        np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64)
        for x0, x1 in stretches.get(0, [_beyond(view[0])])
        for y0, y1 in stretches.get(1, [_beyond(view[1])])
    )


def _polygon(shape: Polygon, shown: dict[int, Axis], view: dict[int, Limits]) -> tuple[FloatArray, ...]:
    vertices = np.array(shape.vertices, dtype=np.float64)
    own = (shape.x, shape.y)
    edges = np.column_stack([to_scaled(own[column].scale, vertices[:, column]) for column in (0, 1)])
    columns = _columns(own, shown)
    if any(own[column].scale != shown[position].scale for position, column in columns.items()):
        edges = _with_points_between(edges)
    return _shadow(edges, own, columns, shown, view)


def _ellipse(shape: Ellipse, shown: dict[int, Axis], view: dict[int, Limits]) -> tuple[FloatArray, ...]:
    columns = _columns(shape.axes, shown)
    if not columns:
        return ()
    pair = [columns[position] for position in sorted(columns)]
    center = np.array([_position(shape.center[c], shape.axes[c], 0.0) for c in pair])
    covariance = np.array(shape.covariance, dtype=np.float64)[np.ix_(pair, pair)]
    values, vectors = np.linalg.eigh(covariance)
    radii = np.sqrt(np.clip(values, 0.0, None) * shape.distance_square)
    if len(pair) == 1:
        ends = center + np.array([[-1.0], [1.0]]) * radii
        return _shadow(ends, tuple(shape.axes[c] for c in pair), dict.fromkeys(columns, 0), shown, view)
    angle = np.linspace(0.0, 2.0 * np.pi, _ELLIPSE_POINTS, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    edge = center + (circle * radii) @ vectors.T
    return _shadow(edge, tuple(shape.axes[c] for c in pair), {0: 0, 1: 1}, shown, view)


def score_on_axes(
    shape: Quadric, x: Axis, y: Axis | None, x_limits: Limits, y_limits: Limits
) -> tuple[float, float, float, float, float, float] | None:
    """Coefficients (constant, x, y, x x, x y, y y) of a learned boundary's score on the axes that are shown.

    The section that `outline` draws lies where this score is the cut. None where no shown axis is the shape's.
    """
    shown = {0: x} if y is None else {0: x, 1: y}
    own = {}
    for position, column in _columns(shape.axes, shown).items():
        low, high = (x_limits, y_limits)[position]
        own_low, own_high = _rescaled(np.array([low, high]), shown[position], shape.axes[column])
        slope = float(own_high - own_low) / (high - low)
        own[column] = (position, float(own_low) - slope * low, slope)
    return score_on(shape, own) if own else None


def _quadric(shape: Quadric, shown: dict[int, Axis], view: dict[int, Limits]) -> tuple[FloatArray, ...]:
    """The section through the point `at`; stripes where only one of the shown axes is the shape's own."""
    columns = _columns(shape.axes, shown)
    if not columns:
        return ()
    reach = {}
    for position, column in columns.items():
        ends = np.array(_beyond(view[position]))
        reach[position] = _rescaled(ends, shown[position], shape.axes[column])
    positions = tuple(columns)
    sections = section(shape, tuple(columns.values()), [(float(r[0]), float(r[1])) for r in reach.values()])
    own = tuple(shape.axes[column] for column in columns.values())
    numbered = {position: i for i, position in enumerate(positions)}
    return tuple(edge for part in sections for edge in _shadow(part, own, numbered, shown, view))


def _columns(own: tuple[Axis, ...], shown: dict[int, Axis]) -> dict[int, int]:
    """Position in the picture -> which of the shape's axes it shows."""
    markers = [axis.marker for axis in own]
    return {p: markers.index(axis.marker) for p, axis in shown.items() if axis.marker in markers}


def _with_points_between(edges: FloatArray) -> FloatArray:
    share = np.arange(_POINTS_AN_EDGE)[None, :, None] / _POINTS_AN_EDGE
    onward = np.roll(edges, -1, axis=0)
    return np.asarray((edges[:, None, :] * (1 - share) + onward[:, None, :] * share).reshape(-1, 2))


def _shadow(
    edge: FloatArray,
    own: tuple[Axis, ...],
    columns: dict[int, int],
    shown: dict[int, Axis],
    view: dict[int, Limits],
) -> tuple[FloatArray, ...]:
    """The edge on the shown axes; a stripe where only one of them is the shape's own."""
    if not columns:
        return ()
    on_axis = {p: _rescaled(edge[:, c], own[c], shown[p]) for p, c in columns.items()}
    if len(on_axis) == 2:
        return (np.column_stack([on_axis[0], on_axis[1]]),)
    ((position, values),) = on_axis.items()
    low, high = float(values.min()), float(values.max())
    away_low, away_high = _beyond(view[1 - position])
    corners = [(low, away_low), (high, away_low), (high, away_high), (low, away_high)]
    stripe = np.array(corners, dtype=np.float64)
    return (stripe if position == 0 else stripe[:, ::-1],)


def _rescaled(scaled: FloatArray, own: Axis, shown: Axis) -> FloatArray:
    if own.scale == shown.scale:
        return scaled
    moved = to_scaled(shown.scale, to_linear(own.scale, np.ascontiguousarray(scaled)))
    return np.where(np.isfinite(moved), moved, 0.0)
