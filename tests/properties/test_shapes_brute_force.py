"""`contains` against the same question asked event by event in plain Python."""

import math

import numpy as np
from columns import Columns
from hypothesis import given, settings
from hypothesis import strategies as st

from tregate.gating.geometry.contains import contains
from tregate.gating.geometry.scaled import to_scaled
from tregate.gating.geometry.scales import AsinhScale, LinearScale, LogicleScale, LogScale, Scale
from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Quadric, Range, Shape, Slices, axes_of
from tregate.gating.units import Marker

TOP = 64.0
SCALES = st.sampled_from([LinearScale(TOP), LogicleScale(TOP, 4.0, 0.5), AsinhScale(TOP, 4.0, 0.5), LogScale(TOP, 4.0)])
GRID = st.integers(-8, 72).map(float)
BETWEEN = st.floats(-8, 72)
POSITIVE = st.integers(1, 72).map(float)
EDGE = st.one_of(st.none(), GRID)

Events = dict[str, list[float]]
EVENTS = st.integers(1, 60).flatmap(
    lambda n: st.fixed_dictionaries({m: st.lists(st.one_of(GRID, BETWEEN), min_size=n, max_size=n) for m in "xyz"})
)


def axis(marker: str) -> st.SearchStrategy[Axis]:
    return SCALES.map(lambda scale: Axis(Marker(marker), scale))


def ranges(marker: str) -> st.SearchStrategy[Range]:
    return st.builds(Range, axis(marker), EDGE, EDGE)


SLICES = st.builds(Slices, axis("x"), st.lists(st.tuples(EDGE, EDGE), max_size=4).map(tuple))
BOXES = st.tuples(ranges("x"), ranges("y"), ranges("z")).map(Box)
POLYGONS = st.builds(
    Polygon,
    axis("x"),
    axis("y"),
    st.lists(st.tuples(POSITIVE, POSITIVE), min_size=3, max_size=9, unique=True).map(tuple),
)


@st.composite
def ellipses(draw: st.DrawFn) -> Ellipse:
    n = draw(st.integers(2, 3))
    axes = tuple(draw(axis(marker)) for marker in "xyz"[:n])
    spread = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).normal(0, 0.3, (n, n))
    covariance = spread @ spread.T + 0.004 * np.eye(n)
    rows = tuple(tuple(float((covariance[i, j] + covariance[j, i]) / 2) for j in range(n)) for i in range(n))
    center = tuple(draw(POSITIVE) for _ in axes)
    return Ellipse(axes, center, rows, draw(st.floats(0.2, 6.0)))


@st.composite
def ellipses_that_are_none(draw: st.DrawFn) -> Ellipse:
    """As Gating-ML files hold them: neither symmetric nor positive definite, reaching to infinity."""
    axes = tuple(draw(axis(marker)) for marker in "xy")
    matrix = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).normal(0, 0.1, (2, 2))
    rows = tuple(tuple(float(value) for value in row) for row in matrix)
    return Ellipse(axes, (draw(POSITIVE), draw(POSITIVE)), rows, draw(st.floats(0.2, 6.0)))


@st.composite
def quadrics(draw: st.DrawFn) -> Quadric:
    n = draw(st.integers(1, 3))
    axes = tuple(draw(axis(marker)) for marker in "xyz"[:n])
    weights = st.sampled_from((-2.0, -0.5, 0.0, 0.25, 1.0, 3.0))
    square = tuple(tuple(draw(weights) if j >= i else 0.0 for j in range(n)) for i in range(n))
    linear = tuple(draw(weights) for _ in range(n))
    return Quadric(axes, draw(weights), linear, square, draw(st.floats(-1.0, 1.0)), (1.0,) * n)


def found(shape: Shape, events: Events) -> list[bool]:
    columns = {marker: np.array(values) for marker, values in events.items()}
    return [bool(x) for x in contains(shape, Columns(columns))]


def asked(shape: Shape, events: Events) -> list[bool]:
    return [_inside(shape, {m: values[i] for m, values in events.items()}) for i in range(len(events["x"]))]


def _inside(shape: Shape, event: dict[str, float]) -> bool:
    match shape:
        case Range():
            return _between(event[shape.axis.marker], shape.low, shape.high)
        case Slices():
            return any(_between(event[shape.axis.marker], low, high) for low, high in shape.kept)
        case Box():
            return all(_inside(side, event) for side in shape.sides)
        case Polygon():
            corners = [(_at(shape.x.scale, a), _at(shape.y.scale, b)) for a, b in shape.vertices]
            point = (_at(shape.x.scale, event[shape.x.marker]), _at(shape.y.scale, event[shape.y.marker]))
            return _crossings(corners, point) % 2 == 1
        case Ellipse():
            point = [
                _at(a.scale, event[a.marker]) - _at(a.scale, c) for a, c in zip(shape.axes, shape.center, strict=True)
            ]
            if not all(map(math.isfinite, point)):
                return False
            inverse = np.linalg.inv(np.array(shape.covariance))
            square = sum(p * q * inverse[i, j] for i, p in enumerate(point) for j, q in enumerate(point))
            return bool(square <= shape.distance_square)
        case Quadric():
            x = [_at(a.scale, event[a.marker]) for a in shape.axes]
            if not all(map(math.isfinite, x)):
                return False
            # summed as the shape says: each axis' own slope first
            total = shape.constant
            for i, xi in enumerate(x):
                slope = shape.linear[i]
                for j in range(i, len(x)):
                    slope += shape.square[i][j] * x[j]
                total += xi * slope
            return bool(total >= shape.cut)


def _between(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value < high)


def _at(scale: Scale, value: float) -> float:
    return float(to_scaled(scale, np.array([value]))[0])


def _crossings(corners: list[tuple[float, float]], point: tuple[float, float]) -> int:
    """How often a ray to the right of the point crosses the outline; lower ends of edges count, upper do not."""
    px, py = point
    crossed = 0
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (ay <= py) != (by <= py):
            # twice the area of the triangle gives on which side of the edge the point lies
            side = (bx - ax) * (py - ay) - (px - ax) * (by - ay)
            crossed += side > 0 if by > ay else side < 0
    return crossed


@given(st.one_of(ranges("x"), SLICES, BOXES, ellipses(), ellipses_that_are_none(), quadrics()), EVENTS)
@settings(max_examples=150)
def test_ranges_slices_boxes_ellipses_quadrics(shape: Shape, events: Events) -> None:
    assert found(shape, events) == asked(shape, events)


@given(POLYGONS, EVENTS)
@settings(max_examples=200)
def test_polygons(shape: Polygon, events: Events) -> None:
    """Grid events and grid corners: many events lie on edges and corners."""
    assert found(shape, events) == asked(shape, events)


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1, max_size=40), st.integers(4, 60), st.integers(4, 60))
def test_polygons_that_adjoin_share_no_event_and_lose_none(points: list[tuple[float, float]], a: int, b: int) -> None:
    """A square cut by a line from left to right: every event of the square is in one of the two parts."""
    x, y = Axis(Marker("x"), LinearScale(TOP)), Axis(Marker("y"), LinearScale(TOP))
    events = {"x": [p[0] for p in points], "y": [p[1] for p in points]}
    low, high = 0.0, 64.0
    left, right = (low, float(a)), (high, float(b))
    whole = found(Polygon(x, y, ((low, low), (high, low), (high, high), (low, high))), events)
    under = found(Polygon(x, y, ((low, low), (high, low), right, left)), events)
    over = found(Polygon(x, y, (left, right, (high, high), (low, high))), events)
    assert [u + o for u, o in zip(under, over, strict=True)] == [int(w) for w in whole]


@given(st.one_of(ranges("x"), SLICES, BOXES, POLYGONS, ellipses()))
def test_no_event_is_in_no_shape(shape: Shape) -> None:
    assert found(shape, {"x": [], "y": [], "z": []}) == []
    assert {a.marker for a in axes_of(shape)} <= set("xyz")
