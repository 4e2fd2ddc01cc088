"""Where a gate lies, as a few numbers that can be compared from tube to tube."""

from dataclasses import dataclass
from typing import assert_never

import numpy as np

from gating.geometry.scales import FloatArray, to_linear, to_scaled
from gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Range, Shape, Slices


@dataclass(frozen=True, slots=True)
class Position:
    """Where a gate lies, as one number: what is compared between tubes."""

    name: str
    """"CD4 from", "CD45 middle"; the same words on every tube."""
    linear: float
    """Compensated linear intensity."""
    at: float
    """The same on the scaled axis, where distances are comparable."""


def positions(shape: Shape | None) -> tuple[Position, ...]:
    """Thresholds of a shape, the middle of an ellipse or of a polygon's corners; () for slices of a run."""
    match shape:
        case None | Slices():
            return ()
        case Range():
            return _ends(shape)
        case Box():
            return tuple(position for side in shape.sides for position in _ends(side))
        case Polygon():
            vertices = np.array(shape.vertices, dtype=np.float64)
            return tuple(
                _position(axis, "middle", _mean_on_scale(axis, vertices[:, column]))
                for column, axis in enumerate((shape.x, shape.y))
            )
        case Ellipse():
            return tuple(_position(axis, "middle", value) for axis, value in zip(shape.axes, shape.center, strict=True))
        case _:
            assert_never(shape)


def _ends(side: Range) -> tuple[Position, ...]:
    ends = (("from", side.low), ("below", side.high))
    return tuple(_position(side.axis, word, value) for word, value in ends if value is not None)


def _position(axis: Axis, word: str, linear: float) -> Position:
    at = float(to_scaled(axis.scale, np.array([linear], dtype=np.float64))[0])
    return Position(f"{axis.marker} {word}", linear, at)


def _mean_on_scale(axis: Axis, values: FloatArray) -> float:
    middle = np.array([to_scaled(axis.scale, np.ascontiguousarray(values)).mean()])
    return float(to_linear(axis.scale, middle)[0])
