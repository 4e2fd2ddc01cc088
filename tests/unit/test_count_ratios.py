"""Fold changes and ratios with their limits."""

import math

import numpy as np
import pytest

from tregate.gating.count.estimates import Estimate
from tregate.gating.count.ratios import SAME_LOT, WITHIN_A_TUBE, less, ratio
from tregate.gating.count.terms import Terms, Z


def of(value: float, **terms: float) -> Estimate:
    """An estimate whose limits are those of its terms."""
    made = Terms(**terms)
    return Estimate(value, value * math.exp(-Z * made.total), value * math.exp(Z * made.total), made)


def test_independent_errors_add_in_squares() -> None:
    fold = ratio(of(30, counting=0.03), of(10, counting=0.04))
    assert fold is not None
    assert fold.value == pytest.approx(3.0)
    assert math.log(fold.high / fold.low) == pytest.approx(2 * Z * 0.05)
    assert fold.terms.counting == pytest.approx(0.05)


def test_what_both_share_cancels() -> None:
    one, other = of(30, counting=0.03, beads=0.2), of(10, counting=0.04, beads=0.2)
    same, unlike = ratio(one, other, SAME_LOT), ratio(one, other)
    assert same is not None
    assert unlike is not None
    assert math.log(same.high / same.low) == pytest.approx(2 * Z * 0.05)
    assert math.log(unlike.high / unlike.low) == pytest.approx(2 * Z * math.sqrt(0.0025 + 0.08))
    assert same.terms.beads == 0.0


def test_limits_of_a_ratio_hold_the_truth_in_95_percent() -> None:
    """Lognormal errors of 4 and 6 %, and a bead error of 10 % that both share."""
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(4000):
        shared = math.exp(0.1 * rng.standard_normal())
        one = of(50 * shared * math.exp(0.04 * rng.standard_normal()), counting=0.04, beads=0.1)
        other = of(20 * shared * math.exp(0.06 * rng.standard_normal()), counting=0.06, beads=0.1)
        found = ratio(one, other, WITHIN_A_TUBE)
        assert found is not None
        inside += found.low <= 2.5 <= found.high
    assert 0.94 < inside / 4000 < 0.96


def test_nothing_over_something_and_something_over_nothing() -> None:
    none = ratio(Estimate(0.0, 0.0, 4.0), of(10, counting=0.1))
    assert none is not None
    assert (none.value, none.low) == (0.0, 0.0)
    assert none.high > 0.4
    assert ratio(of(10), Estimate(0.0, 0.0, 4.0)) is None


def test_teff_is_cd3_without_treg() -> None:
    teff = less(of(100, counting=0.05), of(4))
    assert teff.value == pytest.approx(96)
    assert teff.high / teff.value == pytest.approx(math.exp(Z * 0.05))
