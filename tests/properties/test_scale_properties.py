"""Scales: there and back, order kept, the top at 1, the formulas of Gating-ML 2.0."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tregate.gating.geometry.scaled import to_linear, to_scaled
from tregate.gating.geometry.scales import AsinhScale, LinearScale, LogicleScale, LogScale, Scale, with_top

TOPS = st.sampled_from([1.0, 1024.0, 10_000.0, 2.0**18, 2.0**20, 2.0**22, 2.0**32])
DECADES = st.floats(3.0, 7.0)
LINEAR = st.builds(LinearScale, TOPS)
LOGICLE = st.builds(LogicleScale, TOPS, DECADES, st.floats(0.1, 1.4), st.floats(0.0, 1.0))
ASINH = st.builds(AsinhScale, TOPS, DECADES, st.floats(0.0, 2.0))
LOG = st.builds(LogScale, TOPS, DECADES)
SCALES = st.one_of(LINEAR, LOGICLE, ASINH, LOG)
POSITIONS = st.lists(st.floats(-0.3, 1.3), min_size=1, max_size=40).map(np.array)


@given(SCALES, POSITIONS)
def test_there_and_back(scale: Scale, positions: np.ndarray) -> None:
    np.testing.assert_allclose(to_scaled(scale, to_linear(scale, positions)), positions, rtol=0, atol=1e-9)


@given(SCALES, POSITIONS)
def test_order_is_kept(scale: Scale, positions: np.ndarray) -> None:
    linear = to_linear(scale, np.sort(positions))
    assert (np.diff(linear) >= 0).all()
    assert (np.diff(to_scaled(scale, linear)) >= -1e-12).all()


@given(SCALES)
def test_the_top_is_at_one(scale: Scale) -> None:
    assert math.isclose(to_scaled(scale, np.array([scale.top]))[0], 1.0, abs_tol=1e-9)


@given(SCALES, st.floats(0.25, 8.0), POSITIONS)
def test_a_moved_top_moves_every_number_with_it(scale: Scale, factor: float, positions: np.ndarray) -> None:
    """Why a strategy's numbers can be multiplied by the ratio of tops: the picture stays the same."""
    moved = with_top(scale, scale.top * factor)
    linear = to_linear(scale, positions)
    np.testing.assert_allclose(to_scaled(moved, linear * factor), positions, rtol=0, atol=1e-8)


@given(SCALES, st.integers(1, 6), st.integers(1, 6))
def test_shape_is_kept_and_nothing_is_changed_in_place(scale: Scale, rows: int, columns: int) -> None:
    linear = np.linspace(1, scale.top, rows * columns).reshape(rows, columns)
    before = linear.copy()
    assert to_scaled(scale, linear).shape == (rows, columns)
    assert to_linear(scale, to_scaled(scale, linear)).shape == (rows, columns)
    np.testing.assert_array_equal(linear, before)


@given(LOG, st.floats(-1e9, 0.0))
def test_below_zero_lies_left_of_everything_on_a_log_axis(scale: LogScale, value: float) -> None:
    assert to_scaled(scale, np.array([value]))[0] == -np.inf


@given(LOGICLE, st.floats(-0.5, 0.5))
def test_a_logicle_is_odd_about_its_zero(scale: LogicleScale, step: float) -> None:
    """Moore & Parks 2012: near zero the axis is symmetric, so that noise below zero looks as it is."""
    zero = to_scaled(scale, np.array([0.0]))[0]
    right, left = to_linear(scale, np.array([zero + step, zero - step]))
    assert math.isclose(right, -left, rel_tol=1e-6, abs_tol=1e-9 * scale.top)


@given(ASINH, st.floats(-1.0, 1.0))
def test_asinh_is_the_formula_of_gating_ml(scale: AsinhScale, share: float) -> None:
    """Gating-ML 2.0 §6.2.5: (asinh(x sinh(M ln 10) / T) + A ln 10) / ((M + A) ln 10)."""
    x = share * scale.top
    ln10 = math.log(10)
    wanted = (math.asinh(x * math.sinh(scale.decades * ln10) / scale.top) + scale.negative * ln10) / (
        (scale.decades + scale.negative) * ln10
    )
    assert math.isclose(to_scaled(scale, np.array([x]))[0], wanted, abs_tol=1e-12)


@given(LOG, st.floats(1e-6, 1.0))
def test_log_is_the_formula_of_gating_ml(scale: LogScale, share: float) -> None:
    """Gating-ML 2.0 §6.2.3: log10(x / T) / M + 1."""
    wanted = math.log10(share) / scale.decades + 1
    assert math.isclose(to_scaled(scale, np.array([share * scale.top]))[0], wanted, abs_tol=1e-9)


def test_the_logicle_s_decades_and_linear_part_are_where_the_paper_puts_them() -> None:
    """T = 2^18, W = 0.5, M = 4.5: zero at W / M, and the last decades nearly logarithmic."""
    scale = LogicleScale(2.0**18, 4.5, 0.5)
    assert math.isclose(to_scaled(scale, np.array([0.0]))[0], 0.5 / 4.5, abs_tol=1e-9)
    decade = to_scaled(scale, np.array([2.0**18, 2.0**18 / 10]))
    assert math.isclose(decade[0] - decade[1], 1 / 4.5, rel_tol=0.01)
