"""A polynomial in landmark coordinates as a quadric in a tube's own scaled positions."""

from collections.abc import Sequence

from tregate.gating.geometry.quadric import score
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.geometry.shapes import Axis, Quadric
from tregate.gating.placement.landmarks import Columns, Coordinate
from tregate.gating.strategy.learned_model import Form

DIGITS = 10
"""Significant digits of a quadric's coefficients: more than any place needs, and written out in gates.csv."""


def as_quadric(form: Form, coordinates: Sequence[Coordinate], axes: Sequence[Axis]) -> Quadric:
    """The form's score as a function of the positions on `axes`, with the cut at 0 and no point `at` yet."""
    column = {str(axis.marker): i for i, axis in enumerate(axes)}
    n = len(axes)
    constant = form.intercept
    linear = [0.0] * n
    square = [[0.0] * n for _ in range(n)]
    for weight, coordinate in zip(form.linear, coordinates, strict=True):
        linear[column[coordinate.marker]] += weight * coordinate.slope
        constant += weight * coordinate.offset
    at = 0
    for i, one in enumerate(coordinates):
        for other in coordinates[i:]:
            weight = form.square[at]
            at += 1
            a, b = column[one.marker], column[other.marker]
            square[min(a, b)][max(a, b)] += weight * one.slope * other.slope
            linear[a] += weight * one.slope * other.offset
            linear[b] += weight * one.offset * other.slope
            constant += weight * one.offset * other.offset
    return Quadric(
        tuple(axes),
        _rounded(constant),
        tuple(map(_rounded, linear)),
        tuple(tuple(map(_rounded, row)) for row in square),
        0.0,
        (0.0,) * n,
    )


def scores(quadric: Quadric, columns: Columns) -> FloatArray:
    """Scores (n,) of events given by marker."""
    return score(quadric, [columns[str(axis.marker)] for axis in quadric.axes])


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
