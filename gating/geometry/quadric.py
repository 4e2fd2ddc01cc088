"""Quadrics: which events lie on the wanted side of a surface of second degree, and its section on two axes.

Every product is taken elementwise and summed in a fixed order, so that the same coefficients give the same
membership on every machine and for any number of workers.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tregate.gating.geometry.lookup import ERROR, near_scaled, near_scaled_holds
from tregate.gating.geometry.scaled import FloatArray, to_scaled
from tregate.gating.geometry.scales import LogicleScale
from tregate.gating.geometry.shapes import Quadric

STATIONS = 160
"""Points along the first axis at which a section is drawn."""


def score(quadric: Quadric, positions: list[FloatArray]) -> FloatArray:
    """Score (n,) of events at `positions`, one array (n,) of scaled values per axis.

    >>> from tregate.gating.geometry.scales import LinearScale
    >>> from tregate.gating.geometry.shapes import Axis
    >>> from tregate.gating.units import Marker
    >>> axis = Axis(Marker("CD25"), LinearScale(1.0))
    >>> float(score(Quadric((axis,), 1.0, (2.0,), ((3.0,),), 0.0, (1.0,)), [np.array([2.0])])[0])
    17.0
    """
    total = np.full(len(positions[0]), quadric.constant)
    with np.errstate(invalid="ignore"):
        for i, x in enumerate(positions):
            slope = np.full(len(x), quadric.linear[i])
            for j in range(i, len(positions)):
                if quadric.square[i][j]:
                    slope += quadric.square[i][j] * positions[j]
            total += x * slope
    return total


def in_quadric(quadric: Quadric, columns: list[FloatArray]) -> npt.NDArray[np.bool_]:
    """(n,) True where the score reaches the cut, of compensated linear intensities, one array (n,) per axis.

    An event without a position on some axis (the logarithm of 0) is outside.

    Most events are settled by the scale's table; those within its error of the surface by the exact scale.
    """
    axes = quadric.axes
    near = [near_scaled(axis.scale, column) for axis, column in zip(axes, columns, strict=True)]
    above = score(quadric, near) - quadric.cut
    inside = np.asarray((above >= 0) & np.isfinite(above))
    if all(not isinstance(axis.scale, LogicleScale) for axis in axes):
        return inside
    doubt = np.abs(above) <= _error(quadric, near)
    for axis, column in zip(axes, columns, strict=True):
        doubt |= ~near_scaled_holds(axis.scale, column)
    at = doubt.nonzero()[0]
    if len(at):
        exact = [to_scaled(axis.scale, column[at]) for axis, column in zip(axes, columns, strict=True)]
        again = score(quadric, exact)
        inside[at] = (again >= quadric.cut) & np.isfinite(again)
    return inside


def _error(quadric: Quadric, near: list[FloatArray]) -> float:
    """How far the score may be off where no position is off by more than ERROR."""
    largest = [float(np.abs(x).max()) + ERROR if len(x) else 0.0 for x in near]
    largest = [x if np.isfinite(x) else 0.0 for x in largest]
    bound = 1e-12
    for i in range(len(near)):
        bound += ERROR * abs(quadric.linear[i])
        for j in range(i, len(near)):
            bound += ERROR * abs(quadric.square[i][j]) * (largest[i] + largest[j])
    return bound


def section(
    quadric: Quadric, columns: tuple[int, ...], reach: list[tuple[float, float]], stations: FloatArray | None = None
) -> tuple[FloatArray, ...]:
    """Closed polylines (k, len(columns)) of the wanted side, in scaled positions of one or two of the axes.

    The other axes stand at `at`; `reach` is (low, high) of each shown axis, beyond which nothing is drawn.
    `stations`: ascending points along the first axis, (n,), on which the outline has its corners.
    """
    points = [to_scaled(axis.scale, np.array([at])) for axis, at in zip(quadric.axes, quadric.at, strict=True)]
    if len(columns) == 1:
        fixed = {i: float(p[0]) for i, p in enumerate(points) if i != columns[0]}
        c, b, a = _in_one(quadric, columns[0], fixed, 1)
        parts = _stretches(c - quadric.cut, b, a, reach[0])
        return tuple(np.array([[low[0]], [high[0]]]) for low, high in parts if high[0] > low[0])
    first, second = columns
    xs = np.linspace(*reach[0], STATIONS) if stations is None else stations
    others: dict[int, float | FloatArray] = {i: float(p[0]) for i, p in enumerate(points) if i not in columns}
    c, b, a = _in_one(quadric, second, {**others, first: xs}, len(xs))
    parts = _stretches(c - quadric.cut, b, a, reach[1])
    return tuple(edge for low, high in parts for edge in _closed(xs, low, high))


def score_on(
    quadric: Quadric, shown: Mapping[int, tuple[int, float, float]]
) -> tuple[float, float, float, float, float, float]:
    """The score over a plot: (constant, x, y, x x, x y, y y), those of axes that it does not have are 0.

    `shown`: axis of the quadric -> (0 for the plot's x and 1 for its y, p, q), where a position u on the plot is
    p + q u on the quadric's own scale. The other axes stand at `at`.

    >>> from tregate.gating.geometry.scales import LinearScale
    >>> from tregate.gating.geometry.shapes import Axis
    >>> from tregate.gating.units import Marker
    >>> axis = Axis(Marker("CD25"), LinearScale(1.0))
    >>> score_on(Quadric((axis,), 1.0, (2.0,), ((3.0,),), 0.0, (1.0,)), {0: (0, 1.0, 2.0)})
    (6.0, 16.0, 0.0, 12.0, 0.0, 0.0)
    """
    terms = []
    for i, (axis, at) in enumerate(zip(quadric.axes, quadric.at, strict=True)):
        if i in shown:
            position, p, q = shown[i]
            terms.append((p, q, 0.0) if position == 0 else (p, 0.0, q))
        else:
            terms.append((float(to_scaled(axis.scale, np.array([at]))[0]), 0.0, 0.0))
    c, x, y, xx, xy, yy = quadric.constant, 0.0, 0.0, 0.0, 0.0, 0.0
    for i, (p, pu, pv) in enumerate(terms):
        c, x, y = c + quadric.linear[i] * p, x + quadric.linear[i] * pu, y + quadric.linear[i] * pv
        for j in range(i, len(terms)):
            s, (q, qu, qv) = quadric.square[i][j], terms[j]
            c, x, y = c + s * p * q, x + s * (p * qu + pu * q), y + s * (p * qv + pv * q)
            xx, xy, yy = xx + s * pu * qu, xy + s * (pu * qv + pv * qu), yy + s * pv * qv
    return c, x, y, xx, xy, yy


def _in_one(
    quadric: Quadric, column: int, fixed: Mapping[int, float | FloatArray], n: int
) -> tuple[FloatArray, FloatArray, float]:
    """Constant and slope (n,) and curvature of the score along one axis, the others fixed (scaled positions, (n,))."""
    constant, slope = np.full(n, quadric.constant), np.full(n, quadric.linear[column])
    for i, x in fixed.items():
        constant += quadric.linear[i] * x
        low, high = min(i, column), max(i, column)
        slope += quadric.square[low][high] * x
        for j, y in fixed.items():
            if j >= i:
                constant += quadric.square[i][j] * x * y
    return constant, slope, quadric.square[column][column]


def _stretches(
    c: FloatArray, b: FloatArray, a: float, reach: tuple[float, float]
) -> list[tuple[FloatArray, FloatArray]]:
    """Where a y^2 + b y + c >= 0 within reach: (low, high) of each stretch, (n,); empty where high <= low."""
    low, high = np.full(len(c), reach[0]), np.full(len(c), reach[1])
    if a == 0:
        with np.errstate(divide="ignore", invalid="ignore"):
            root = np.where(b == 0, np.where(c >= 0, -np.inf, np.inf), -c / b)
        upward = b >= 0
        return [(np.where(upward, np.clip(root, *reach), low), np.where(upward, high, np.clip(root, *reach)))]
    discriminant = b * b - 4 * a * c
    middle, half = -b / (2 * a), np.sqrt(np.maximum(discriminant, 0.0)) / (2 * abs(a))
    left, right = np.clip(middle - half, *reach), np.clip(middle + half, *reach)
    if a < 0:
        return [(np.where(discriminant > 0, left, high), np.where(discriminant > 0, right, low))]
    return [(low, left), (right, high)]


def _closed(xs: FloatArray, low: FloatArray, high: FloatArray) -> list[FloatArray]:
    """Polygons between two curves, one for each run of stations where the upper lies above the lower."""
    filled = np.concatenate([[False], high > low, [False]]).astype(np.int8)
    edges = np.diff(filled).nonzero()[0]
    polygons = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        run = slice(int(start), int(stop))
        if stop - start < 2:
            continue
        there = np.column_stack([xs[run], low[run]])
        back = np.column_stack([xs[run], high[run]])[::-1]
        polygons.append(np.concatenate([there, back]))
    return polygons
