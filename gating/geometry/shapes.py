"""Shapes: what a gate IS, once it has its place. A closed union.

Numbers are compensated linear intensities. Straight edges of polygons and the covariance of ellipses
live on the scaled axes. Ranges are half-open, low <= x < high, as in Gating-ML 2.0 §5.1.1.
"""

from dataclasses import dataclass

from tregate.gating.geometry.scales import Scale
from tregate.gating.units import Marker


@dataclass(frozen=True, slots=True)
class Axis:
    """A marker on the scale it is looked at."""

    marker: Marker
    scale: Scale


@dataclass(frozen=True, slots=True)
class Range:
    """low <= x < high on one axis; None is open."""

    axis: Axis
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Slices:
    """Union of half-open intervals on one axis: stretches of a run that are kept."""

    axis: Axis
    kept: tuple[tuple[float | None, float | None], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """Intersection of ranges, one an axis."""

    sides: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Polygon:
    """Vertices (n, 2) in linear intensity; edges straight on the scaled axes; inside is odd winding.

    An event exactly on an edge lies in the polygon above it or to its right, as with half-open ranges and in
    FlowKit: polygons that adjoin share no event and lose none.
    """

    x: Axis
    y: Axis
    vertices: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Ellipse:
    """Mahalanobis distance squared at most `distance_square` about `center`; n >= 2 axes.

    `center` is in linear intensity, `covariance` (n, n) on the scaled axes.
    """

    axes: tuple[Axis, ...]
    center: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    distance_square: float


@dataclass(frozen=True, slots=True)
class Quadric:
    """Where `score(x) >= cut`, with score(x) = constant + linear . x + sum over i <= j of square[i][j] x_i x_j.

    x are positions on the scaled axes, n >= 1. `linear` is (n,), `square` (n, n) with zeros below its diagonal; all
    zeros make it a half-space. A change of `cut` moves the surface as a whole. `at` (n,), in linear intensity, is a
    point among the wanted events: a picture of two axes shows the section through it.
    """

    axes: tuple[Axis, ...]
    constant: float
    linear: tuple[float, ...]
    square: tuple[tuple[float, ...], ...]
    cut: float
    at: tuple[float, ...]


Shape = Range | Slices | Box | Polygon | Ellipse | Quadric


def axes_of(shape: Shape) -> tuple[Axis, ...]:
    """The axes a shape needs, in order."""
    match shape:
        case Range() | Slices():
            return (shape.axis,)
        case Box():
            return tuple(side.axis for side in shape.sides)
        case Polygon():
            return (shape.x, shape.y)
        case Ellipse() | Quadric():
            return shape.axes
