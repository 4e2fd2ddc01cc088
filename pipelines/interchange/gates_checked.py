"""Whether a gate of gates.csv can be used: on a strategy's markers and populations, with a shape that has an inside."""

import math
from collections.abc import Iterator
from typing import assert_never

import numpy as np

from tregate.gating.events import PlacedGate
from tregate.gating.geometry.scales import AsinhScale, BiexScale, LinearScale, LogicleScale, LogScale, Scale
from tregate.gating.geometry.shapes import Box, Ellipse, Polygon, Quadric, Range, Shape, Slices, axes_of
from tregate.gating.strategy.schema import Strategy

LARGEST = 1e30
"""No intensity, and no number of decades, is larger."""


def unusable(gate: PlacedGate, strategy: Strategy | None) -> str:
    """Why the gate cannot be used, in words; "" where it can. `strategy`: of its kind of tube, where that is known."""
    reasons = [*_of_strategy(gate, strategy), *(() if gate.shape is None else _of_shape(gate.shape))]
    return reasons[0] if reasons else ""


def _of_strategy(gate: PlacedGate, strategy: Strategy | None) -> Iterator[str]:
    if strategy is None:
        return
    population = strategy.populations.get(gate.population)
    if population is None:
        yield f'the strategy "{strategy.strategy}" has no population "{gate.population}"'
        return
    second = gate.evidence.get("second")
    if gate.shape is None and second is not None and second not in strategy.populations:
        yield f'its second method "{second}" is no population of the strategy "{strategy.strategy}"'
    if gate.shape is None:
        return
    if population.is_logic:
        yield f"{gate.population} is logic of other populations and has no shape"
    for axis in axes_of(gate.shape):
        if axis.marker not in strategy.markers and axis.marker not in strategy.computed:
            yield f'"{axis.marker}" is no marker of the strategy "{strategy.strategy}"'


def _of_shape(shape: Shape) -> Iterator[str]:
    axes = axes_of(shape)
    if not axes:
        yield "the shape has no axis"
    if len({axis.marker for axis in axes}) < len(axes):
        yield "the shape has one axis twice"
    for axis in axes:
        if not usable_scale(axis.scale):
            yield f"the scale of {axis.marker} has impossible numbers"
    match shape:
        case Range():
            yield from _of_range(shape)
        case Slices():
            if any(v is not None and not _number(v) for pair in shape.kept for v in pair):
                yield "the kept stretches are no numbers"
        case Box():
            for side in shape.sides:
                yield from _of_range(side)
        case Polygon():
            if len(shape.vertices) < 3:
                yield f"a polygon of {len(shape.vertices)} corners has no inside, expected at least 3"
            if any(not _number(v) for corner in shape.vertices for v in corner):
                yield "the corners are no numbers"
            elif any(abs(v) > LARGEST for corner in shape.vertices for v in corner):
                yield f"a corner lies beyond {LARGEST:g}, farther than any intensity"
        case Ellipse():
            yield from _of_ellipse(shape)
        case Quadric():
            yield from _of_quadric(shape)
        case _:
            assert_never(shape)


def _of_range(side: Range) -> Iterator[str]:
    if any(v is not None and not _number(v) for v in (side.low, side.high)):
        yield "an edge is no number"


def _of_ellipse(shape: Ellipse) -> Iterator[str]:
    n = len(shape.axes)
    if len(shape.center) != n or len(shape.covariance) != n or any(len(row) != n for row in shape.covariance):
        yield f"an ellipse on {n} axes needs {n} center values and a covariance of {n} x {n}"
        return
    numbers = [shape.distance_square, *shape.center, *(v for row in shape.covariance for v in row)]
    if not all(_number(v) for v in numbers):
        yield "the ellipse has values that are no numbers"
    elif not (shape.distance_square > 0 and np.linalg.eigvalsh(np.array(shape.covariance)).min() > 0):
        yield "the ellipse has no inside"


def _of_quadric(shape: Quadric) -> Iterator[str]:
    n = len(shape.axes)
    rows = (shape.linear, shape.at, shape.square, *shape.square)
    if any(len(row) != n for row in rows):
        yield f"a learned boundary on {n} axes needs {n} linear terms, {n} x {n} squares and a point of {n} values"
        return
    numbers = [shape.constant, shape.cut, *shape.linear, *shape.at, *(v for row in shape.square for v in row)]
    if not all(_number(v) for v in numbers):
        yield "the learned boundary has values that are no numbers"


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def usable_scale(scale: Scale) -> bool:
    """Whether the scale's numbers are those of a scale.

    >>> usable_scale(LogicleScale(262144.0, 4.5, 0.5, 0.0)), usable_scale(LogicleScale(262144.0, 4.5, 9.0, 0.0))
    (True, False)
    """
    match scale:
        case LinearScale():
            values = [scale.top]
        case LogicleScale():
            values = [scale.top, scale.decades]
            if not (0 <= scale.linear <= scale.decades / 2 and abs(scale.negative) <= scale.decades):
                return False
        case AsinhScale():
            values = [scale.top, scale.decades]
            if not abs(scale.negative) <= scale.decades:
                return False
        case LogScale():
            values = [scale.top, scale.decades]
        case BiexScale():
            values = [scale.top, scale.decades]
            if not (_number(scale.width) and -1000 <= scale.width <= -1 and 0 <= scale.negative <= scale.decades):
                return False
            if not scale.has_positive_decades:
                return False
    return all(_number(value) and 0 < value < LARGEST for value in values) and all(v <= 100 for v in values[1:])
