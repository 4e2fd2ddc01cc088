"""Shapes whose numbers the strategy states."""

from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Quadric, Range
from tregate.gating.placement.view import Placed, View
from tregate.gating.strategy.gates import BoxGate, EllipseGate, PolygonGate, QuadricGate, RangeGate


def _moved(view: View, axis: Axis, number: float | None) -> float | None:
    return None if number is None else view.number(axis.marker, number)


def place_range(gate: RangeGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    axis = axes[0]
    return Placed(Range(axis, _moved(view, axis, gate.low), _moved(view, axis, gate.high)), {})


def place_box(gate: BoxGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    sides = tuple(
        Range(axis, _moved(view, axis, low), _moved(view, axis, high))
        for axis, (low, high) in zip(axes, gate.sides, strict=True)
    )
    return Placed(Box(sides), {})


def place_polygon(gate: PolygonGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    x, y = axes
    vertices = tuple((view.number(x.marker, a), view.number(y.marker, b)) for a, b in gate.vertices)
    return Placed(Polygon(x, y, vertices), {})


def place_ellipse(gate: EllipseGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    center = tuple(view.number(axis.marker, c) for axis, c in zip(axes, gate.center, strict=True))
    return Placed(Ellipse(axes, center, gate.covariance, gate.distance_square), {})


def place_quadric(gate: QuadricGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    at = tuple(view.number(axis.marker, value) for axis, value in zip(axes, gate.at, strict=True))
    return Placed(Quadric(axes, gate.constant, gate.linear, gate.square, gate.cut, at), {})
