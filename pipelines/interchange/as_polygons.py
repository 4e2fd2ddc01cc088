"""A shape on two axes as polygons that hold the same events of a tube: for programs without the shape."""

from collections.abc import Iterator
from typing import assert_never

import numpy as np

from tregate.gating.event_subsets import Block, EventSubset
from tregate.gating.events import Prepared
from tregate.gating.geometry.contains import Mask, contains
from tregate.gating.geometry.quadric import section
from tregate.gating.geometry.scaled import FloatArray, to_linear, to_scaled
from tregate.gating.geometry.shapes import Axis, Ellipse, Polygon, Quadric
from tregate.pipelines.interchange.tree_writer import NoFormError

FEWEST, MOST = 32, 2048
"""Points of an outline: doubled until the polygon holds the same events."""
MARGIN = 0.02
"""How far beyond the outermost event an open boundary is closed, as a share of the events' reach."""

NEAREST = 40
"""Halvings of the distance to the tip of a boundary."""


def as_polygons(
    shape: Polygon | Ellipse | Quadric, axes: tuple[Axis, Axis], prepared: Prepared, parent: Mask
) -> tuple[Polygon, ...]:
    """Polygons on `axes` (the shape's markers, in its order) of as few corners as hold the same events.

    `parent`: (n_events,) True for the events that count. Raises NoFormError where none does, with how many differ.
    """
    rows = np.flatnonzero(parent)
    events = EventSubset(Block(prepared, 0, prepared.n_events)).thinned(rows)
    wanted = contains(shape, events)
    differing = len(rows)
    for points in _numbers():
        found = tuple(_on(axes, edge, shape) for edge in _edges(shape, points, events))
        held = np.zeros(len(rows), dtype=bool)
        for polygon in found:
            held |= contains(polygon, events)
        differing = int(np.count_nonzero(held != wanted))
        if not differing and found:
            return found
    raise NoFormError(f"no polygon of up to {MOST:,} points holds its events: {differing:,} of {len(rows):,} differ")


def _numbers() -> Iterator[int]:
    points = FEWEST
    while points <= MOST:
        yield points
        points *= 2


def _edges(shape: Polygon | Ellipse | Quadric, points: int, events: EventSubset) -> tuple[FloatArray, ...]:
    """Outlines (k, 2) in positions on the shape's own scales."""
    match shape:
        case Polygon():
            return (_divided(_scaled((shape.x, shape.y), np.array(shape.vertices)), points),)
        case Ellipse():
            return (_ellipse(shape, points),)
        case Quadric():
            reach = [_reach(axis, events) for axis in shape.axes]
            return section(shape, (0, 1), reach, _stations(shape, reach[0], points))
        case _:
            assert_never(shape)


def _ellipse(shape: Ellipse, points: int) -> FloatArray:
    center = _scaled((shape.axes[0], shape.axes[1]), np.array([shape.center]))[0]
    values, vectors = np.linalg.eigh(np.array(shape.covariance))
    turn = 2 * np.pi * np.arange(points) / points
    # Half of the sagitta outwards, so that the area is that of the ellipse
    radii = np.sqrt(values * shape.distance_square) / np.sqrt(np.sinc(2 / points))
    return np.asarray(center + (np.column_stack([np.cos(turn), np.sin(turn)]) * radii) @ vectors.T)


def _divided(corners: FloatArray, points: int) -> FloatArray:
    """Every edge in so many pieces that there are about `points` corners."""
    pieces = max(1, points // len(corners))
    share = np.arange(pieces)[None, :, None] / pieces
    onward = np.roll(corners, -1, axis=0)
    return np.asarray((corners[:, None, :] * (1 - share) + onward[:, None, :] * share).reshape(-1, 2))


def _reach(axis: Axis, events: EventSubset) -> tuple[float, float]:
    at = to_scaled(axis.scale, events.values(axis.marker))
    at = at[np.isfinite(at)]
    if not len(at):
        return 0.0, 1.0
    low, high = float(at.min()), float(at.max())
    beyond = MARGIN * (high - low or 1.0)
    return low - beyond, high + beyond


def _stations(shape: Quadric, reach: tuple[float, float], points: int) -> FloatArray:
    """Points along the first axis, ever closer to the tips, where the boundary turns back and is steepest.

    Along the second axis the score is a y^2 + b(x) y + c(x): the tips are where b^2 = 4 a c.
    """
    a, (slope_x, slope_y) = shape.square[1][1], shape.linear
    cross, curve = shape.square[0][1], shape.square[0][0]
    turning = [
        cross**2 - 4 * a * curve,
        2 * slope_y * cross - 4 * a * slope_x,
        slope_y**2 - 4 * a * (shape.constant - shape.cut),
    ]
    tips = [float(root.real) for root in np.roots(turning) if root.imag == 0]
    near = (reach[1] - reach[0]) * 2.0 ** -np.arange(1, NEAREST)
    every = np.concatenate([np.linspace(*reach, points), *(tip + side * near for tip in tips for side in (-1, 1))])
    return np.unique(every[(every >= reach[0]) & (every <= reach[1])])


def _scaled(axes: tuple[Axis, Axis], points: FloatArray) -> FloatArray:
    columns = [to_scaled(axis.scale, np.ascontiguousarray(points[:, i])) for i, axis in enumerate(axes)]
    return np.column_stack(columns)


def _on(axes: tuple[Axis, Axis], edge: FloatArray, shape: Polygon | Ellipse | Quadric) -> Polygon:
    own = (shape.x, shape.y) if isinstance(shape, Polygon) else shape.axes
    columns = [to_linear(axis.scale, np.ascontiguousarray(edge[:, i])) for i, axis in enumerate(own)]
    return Polygon(*axes, tuple((float(x), float(y)) for x, y in zip(*columns, strict=True)))
