"""Where a gate lies, as a few numbers on its scaled axes, so that tubes can be compared."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from tregate.gating.events import PlacedGate
from tregate.gating.geometry.scaled import to_linear, to_scaled
from tregate.gating.geometry.scales import LogicleScale, Scale
from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Quadric, Range, Shape, Slices
from tregate.pipelines.tubes.clip_polygon import visible_centre

NOT_COMPARED = frozenset({"singlets", "steady", "fixed", "replay", "logic"})
"""Methods whose places are a tube's own affair (its scatter, its clogs) or no finding of the data."""


@dataclass(frozen=True, slots=True)
class Position:
    """One number that says where a gate lies."""

    label: str
    """"CD3 low", "CD25 centre"."""
    scaled: float
    linear: float
    top: float
    """Of the scale, in linear intensity: positions on scales of other tops are not comparable."""


def positions(gate: PlacedGate) -> tuple[Position, ...]:
    """The numbers by which this gate is compared; none for logic, cleaning and fixed gates."""
    if gate.shape is None or gate.method in NOT_COMPARED:
        return ()
    return tuple(shape_positions(gate.shape))


def shape_positions(shape: Shape) -> Iterator[Position]:
    """Edges of ranges and boxes, centres of polygons and ellipses.

    Corners that a method put far off the scale, to leave a side open, count as the scale's end.
    """
    match shape:
        case Range():
            for end, edge in (("low", shape.low), ("high", shape.high)):
                if edge is not None:
                    yield _at(shape.axis, end, edge)
        case Box():
            for side in shape.sides:
                yield from shape_positions(side)
        case Polygon():
            corners = np.asarray(shape.vertices, dtype=float)
            axes = (shape.x, shape.y)
            scaled = [to_scaled(axis.scale, np.ascontiguousarray(corners[:, k])) for k, axis in enumerate(axes)]
            for axis, middle in zip(axes, visible_centre(np.stack(scaled, axis=1)) or (), strict=False):
                linear = float(to_linear(axis.scale, np.array([middle]))[0])
                yield _at(axis, "centre", linear)
        case Ellipse():
            for axis, centre in zip(shape.axes, shape.center, strict=True):
                yield _at(axis, "centre", centre)
        case Quadric():
            for axis, middle in zip(shape.axes, shape.at, strict=True):
                yield _at(axis, "centre", middle)
        case Slices():
            return
        case _:
            assert_never(shape)


def _common(scale: Scale) -> Scale:
    """One scale for all tubes of a top: each tube's own logicle is as wide about zero as its noise."""
    return LogicleScale(scale.top) if isinstance(scale, LogicleScale) else scale


def _at(axis: Axis, label: str, linear: float) -> Position:
    scaled = float(to_scaled(_common(axis.scale), np.array([linear]))[0])
    return Position(f"{axis.marker} {label}", scaled, linear, axis.scale.top)
