"""Outlines: what is drawn around a gate is where the gate's events are."""

import numpy as np
import pytest
from columns import Columns
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path as Ring

from tregate.gating.geometry.contains import contains
from tregate.gating.geometry.outlines import outline
from tregate.gating.geometry.scaled import to_linear, to_scaled
from tregate.gating.geometry.scales import LinearScale, LogicleScale
from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Quadric, Range, Shape, Slices
from tregate.gating.units import Marker

LOGICLE = LogicleScale(1048576.0)
X, Y = Axis(Marker("CD4"), LOGICLE), Axis(Marker("SSC-A"), LinearScale(1000.0))
VIEW = (-0.05, 1.05)


def linear(axis: Axis, *scaled: float) -> tuple[float, ...]:
    return tuple(float(v) for v in to_linear(axis.scale, np.array(scaled)))


def inside(shape: Shape, x: Axis, y: Axis, at: np.ndarray) -> np.ndarray:
    """Which of the scaled points (n, 2) the drawn outline takes in."""
    found = np.zeros(len(at), dtype=bool)
    for edge in outline(shape, x, y, VIEW, VIEW):
        found |= Ring(np.vstack([edge, edge[:1]])).contains_points(at)
    return found


def held(shape: Shape, x: Axis, y: Axis, at: np.ndarray) -> np.ndarray:
    """Which of the points the gate itself holds."""
    columns = {x.marker: to_linear(x.scale, at[:, 0].copy()), y.marker: to_linear(y.scale, at[:, 1].copy())}
    return np.asarray(contains(shape, Columns(columns)))


share = st.floats(0.02, 0.98)
two = st.tuples(share, share).filter(lambda pair: abs(pair[0] - pair[1]) > 0.02).map(sorted)


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    kind = draw(st.sampled_from(("range", "slices", "box", "polygon", "ellipse", "quadric")))
    low, high = linear(X, *draw(two))
    if kind == "range":
        return Range(X, draw(st.sampled_from((low, None))), high)
    if kind == "slices":
        a, b = linear(Y, *draw(two))
        return Slices(Y, ((None, a), (b, None)))
    if kind == "box":
        return Box((Range(X, low, high), Range(Y, linear(Y, draw(share))[0], None)))
    if kind == "quadric":
        a, b, c = (draw(st.sampled_from((-3.0, -1.0, 0.0, 1.0, 3.0))) for _ in range(3))
        square = ((a, b), (0.0, c))
        return Quadric((X, Y), 0.0, (draw(share), -draw(share)), square, draw(st.floats(-0.5, 0.5)), (low, 10.0))
    if kind == "polygon":
        corners = draw(st.lists(st.tuples(share, share), min_size=3, max_size=7, unique=True))
        centre = np.mean(corners, axis=0)
        ring = sorted(corners, key=lambda c: np.arctan2(c[1] - centre[1], c[0] - centre[0]))
        return Polygon(X, Y, tuple((linear(X, a)[0], linear(Y, b)[0]) for a, b in ring))
    s, t, r = draw(st.floats(0.02, 0.3)), draw(st.floats(0.02, 0.3)), draw(st.floats(-0.9, 0.9))
    covariance = ((s * s, r * s * t), (r * s * t, t * t))
    return Ellipse((X, Y), (linear(X, draw(share))[0], linear(Y, draw(share))[0]), covariance, draw(st.floats(0.5, 6)))


@given(shapes(), st.booleans(), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=150)
def test_the_outline_takes_in_the_events_of_the_gate(shape: Shape, swapped: bool, seed: int) -> None:
    at = np.random.default_rng(seed).uniform(0.0, 1.0, (400, 2))
    x, y = (Y, X) if swapped else (X, Y)
    differ = inside(shape, x, y, at) != held(shape, x, y, at)
    # Ellipses are drawn with 72 corners, the sections of quadrics with 160 stations over three widths of the view.
    assert differ.sum() <= (4 if isinstance(shape, Ellipse) else 12 if isinstance(shape, Quadric) else 0)


def test_open_sides_lie_out_of_view() -> None:
    (edge,) = outline(Range(X, 3000.0, None), X, Y, VIEW, VIEW)
    at = float(to_scaled(LOGICLE, np.array([3000.0]))[0])
    assert edge[:, 0].min() == pytest.approx(at)
    assert edge[:, 0].max() > VIEW[1]
    assert edge[:, 1].min() < VIEW[0]
    assert edge[:, 1].max() > VIEW[1]


def test_one_axis_pictures_get_a_stripe() -> None:
    (edge,) = outline(Range(X, 100.0, 3000.0), X, None, VIEW, (0.0, 1.0))
    assert sorted(set(np.round(edge[:, 1], 6))) == [-1.0, 2.0]


def test_an_ellipse_of_three_axes_casts_its_shadow() -> None:
    third = Axis(Marker("CD8"), LOGICLE)
    covariance = ((0.01, 0.0, 0.0), (0.0, 0.0025, 0.001), (0.0, 0.001, 0.04))
    shape = Ellipse((third, X, Y), (1000.0, 1000.0, 500.0), covariance, 4.0)
    (edge,) = outline(shape, X, Y, VIEW, VIEW)
    assert np.ptp(edge[:, 0]) == pytest.approx(2 * 2 * 0.05, rel=0.01), "twice the square root of distance x variance"
    assert np.ptp(edge[:, 1]) == pytest.approx(2 * 2 * 0.2, rel=0.01)
    (stripe,) = outline(shape, third, None, VIEW, (0.0, 1.0))
    assert np.ptp(stripe[:, 0]) == pytest.approx(2 * 2 * 0.1)


def test_a_quadric_of_three_axes_shows_the_section_through_its_point() -> None:
    third = Axis(Marker("CD8"), LinearScale(1000.0))
    shape = Quadric((X, Y, third), 0.0, (1.0, 0.0, 1.0), ((0.0,) * 3,) * 3, 0.7, (100.0, 10.0, 300.0))
    (edge,) = outline(shape, X, Y, VIEW, VIEW)
    assert edge[:, 0].min() == pytest.approx(0.7 - 0.3, abs=0.03)
    (stripe,) = outline(shape, X, None, VIEW, (0.0, 1.0))
    assert stripe[:, 0].min() == pytest.approx(0.7 - 0.3)
    assert outline(shape, Axis(Marker("CD19"), LOGICLE), None, VIEW, VIEW) == ()


def test_straight_edges_bend_on_another_scale() -> None:
    shape = Polygon(X, Y, ((10.0, 100.0), (100000.0, 100.0), (100000.0, 900.0)))
    flat = Axis(X.marker, LinearScale(1048576.0))
    (edge,) = outline(shape, flat, Y, VIEW, VIEW)
    assert len(edge) > 3
    slanted = edge[-len(edge) // 3 :]
    on_logicle = to_scaled(LOGICLE, to_linear(flat.scale, slanted[:, 0].copy()))
    assert np.ptp(np.diff(on_logicle) / np.diff(slanted[:, 1])) < 1e-6, "straight where the gate was drawn"


def test_a_shape_on_other_axes_has_no_outline() -> None:
    assert outline(Range(Axis(Marker("CD19"), LOGICLE), 1.0, 2.0), X, Y, VIEW, VIEW) == ()
