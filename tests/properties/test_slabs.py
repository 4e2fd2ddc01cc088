"""Polygons cut into slabs: what a slab settles is what the exact test says, on drawn polygons, at their very edges."""

import tracemalloc

import numpy as np
import pytest
from columns import Columns
from flowutils import gating as flowutils_gating
from hypothesis import given, settings
from hypothesis import strategies as st

from tregate.gating.geometry.contains import WORTH_SLABS, contains
from tregate.gating.geometry.scaled import FloatArray, to_linear, to_scaled
from tregate.gating.geometry.scales import AsinhScale, LinearScale, LogicleScale, LogScale, Scale
from tregate.gating.geometry.shapes import Axis, Ellipse, Polygon
from tregate.gating.geometry.slabs import slabs
from tregate.gating.units import Marker

POINTS = 3000
TOP = 2.0**18
SCALES: tuple[Scale, ...] = (
    LinearScale(TOP),
    LogicleScale(TOP, 4.5, 0.5),
    LogicleScale(TOP, 4.0, 0.2, 0.5),
    AsinhScale(TOP, 4.5, 0.5),
    LogScale(TOP, 4.0),
)


@st.composite
def drawn(draw: st.DrawFn) -> tuple[Polygon, FloatArray, FloatArray]:
    """Any polygon (stars, crossing edges, upright edges) and points at its edges, its corners and all about it."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x, y = (Axis(Marker(name), draw(st.sampled_from(SCALES))) for name in ("x", "y"))
    k = draw(st.integers(3, 20))
    if draw(st.booleans()):
        angles, reach = np.sort(rng.uniform(0, 2 * np.pi, k)), rng.uniform(0.02, 0.4, k)
        corners = 0.55 + reach[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    else:
        corners = rng.uniform(-0.1, 1.2, (k, 2))
    if draw(st.booleans()):
        corners = np.round(corners * 16) / 16
    vertices = np.stack([to_linear(a.scale, c) for a, c in zip((x, y), corners.T, strict=True)], axis=1)
    corners = np.stack([to_scaled(a.scale, v) for a, v in zip((x, y), vertices.T, strict=True)], axis=1)
    here = rng.integers(0, k, POINTS)
    points = corners[here] + rng.random(POINTS)[:, None] * (corners[(here + 1) % k] - corners[here])
    points[:, 1] += rng.choice([0.0, 1e-15, -1e-15, 1e-7, -1e-7, 1e-5, -1e-5, 1e-3, -1e-3], POINTS)
    points[: POINTS // 3] = rng.uniform(corners.min(axis=0), corners.max(axis=0), (POINTS // 3, 2))
    px, py = (to_linear(a.scale, p) for a, p in zip((x, y), points.T, strict=True))
    px[:300], py[150:450] = rng.choice(vertices[:, 0], 300), rng.choice(vertices[:, 1], 300)
    return Polygon(x, y, _pairs(*vertices.T)), px, py


def exact(polygon: Polygon, x: FloatArray, y: FloatArray) -> np.ndarray:
    def scaled(u: FloatArray, v: FloatArray) -> FloatArray:
        return np.stack([to_scaled(polygon.x.scale, u), to_scaled(polygon.y.scale, v)], axis=1)

    return flowutils_gating.points_in_polygon(scaled(*np.array(polygon.vertices).T), scaled(x, y))


def _pairs(x: FloatArray, y: FloatArray) -> tuple[tuple[float, float], ...]:
    return tuple((float(a), float(b)) for a, b in zip(x, y, strict=True))


@settings(max_examples=250, deadline=None, derandomize=True)
@given(drawn())
def test_what_a_slab_settles_is_what_the_exact_test_says(case: tuple[Polygon, FloatArray, FloatArray]) -> None:
    polygon, x, y = case
    corners = np.array(polygon.vertices)
    if corners[:, 0].min() == corners[:, 0].max():
        return
    near = (x >= corners[:, 0].min()) & (x <= corners[:, 0].max())
    near &= (y >= corners[:, 1].min()) & (y <= corners[:, 1].max())
    x, y = x[near], y[near]
    surely, doubt = slabs(polygon).settle(x, y)
    inside = exact(polygon, x, y)
    assert not (surely & ~inside).any()
    surely[doubt] = inside[doubt]
    assert np.array_equal(surely, inside)


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: type(scale).__name__)
def test_hardly_an_event_is_left_in_doubt(scale: Scale) -> None:
    angles = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    ring = [to_linear(scale, 0.6 + 0.25 * turn) for turn in (np.cos(angles), np.sin(angles))]
    polygon = Polygon(Axis(Marker("x"), scale), Axis(Marker("y"), scale), _pairs(*ring))
    rng = np.random.default_rng(7)
    x, y = (to_linear(scale, rng.uniform(0.35, 0.85, 20_000)) for _ in range(2))
    _, doubt = slabs(polygon).settle(x, y)
    assert len(doubt) / len(x) < 0.06


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: type(scale).__name__)
def test_many_events_are_gated_as_few_are(scale: Scale) -> None:
    rng = np.random.default_rng(11)
    square = to_linear(scale, np.array([0.3, 0.7]))
    vertices = _pairs(square[[0, 1, 1, 0]], square[[0, 0, 1, 1]])
    polygon = Polygon(Axis(Marker("x"), scale), Axis(Marker("y"), scale), vertices)
    x, y = (rng.choice(np.append(to_linear(scale, rng.uniform(0.2, 0.8, 400)), square), 20_000) for _ in range(2))
    assert len(x) > WORTH_SLABS
    values = {"x": x, "y": y}
    assert np.array_equal(contains(polygon, Columns(values)), exact(polygon, x, y))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), scales=st.tuples(st.sampled_from(SCALES), st.sampled_from(SCALES)))
def test_many_events_in_an_ellipse_are_gated_as_few_are(seed: int, scales: tuple[Scale, Scale]) -> None:
    """Far from the edge a table of the scale decides, near it and off the table the exact test."""
    rng = np.random.default_rng(seed)
    root = rng.normal(0, 0.15, (2, 2))
    covariance = root @ root.T + 1e-4 * np.eye(2)
    centre = rng.uniform(0.3, 0.9, 2)
    axes = tuple(Axis(Marker(name), scale) for name, scale in zip("xy", scales, strict=True))
    middle = tuple(float(to_linear(a.scale, np.array([c]))[0]) for a, c in zip(axes, centre, strict=True))
    ellipse = Ellipse(axes, middle, tuple(map(tuple, covariance.tolist())), float(rng.uniform(1, 6)))
    angle = rng.uniform(0, 2 * np.pi, 4 * POINTS)
    reach = np.sqrt(ellipse.distance_square) * rng.choice(
        [0.5, 1 - 1e-5, 1 - 1e-8, 1, 1 + 1e-8, 1 + 1e-5, 1.3], 4 * POINTS
    )
    points = centre + (np.linalg.cholesky(covariance) @ (reach * np.stack([np.cos(angle), np.sin(angle)]))).T
    events = Columns({name: to_linear(a.scale, p) for name, a, p in zip("xy", axes, points.T, strict=True)})
    assert len(events) > WORTH_SLABS > 300
    some = np.arange(len(events)).reshape(-1, 300)
    few = np.concatenate([contains(ellipse, events.thinned(chosen)) for chosen in some])
    assert np.array_equal(contains(ellipse, events), few)


def test_a_polygon_of_thousands_of_corners_takes_little_memory() -> None:
    scale = LogicleScale(TOP, 4.5, 0.5)
    angles = np.linspace(0, 2 * np.pi, 10_000, endpoint=False)
    ring = [to_linear(scale, 0.6 + 0.25 * turn) for turn in (np.cos(angles), np.sin(angles))]
    polygon = Polygon(Axis(Marker("x"), scale), Axis(Marker("y"), scale), _pairs(*ring))
    rng = np.random.default_rng(3)
    x, y = (to_linear(scale, rng.uniform(0.3, 0.9, WORTH_SLABS)) for _ in range(2))
    tracemalloc.start()
    inside = contains(polygon, Columns({"x": x, "y": y}))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.array_equal(inside, exact(polygon, x, y))
    assert peak < 20_000_000
