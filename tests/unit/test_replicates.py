"""The mean of replicates: what is pooled, what shrinks in it, and whether its limits hold the truth."""

import math

import numpy as np
import pytest

from tregate.gating.count.estimates import Estimate
from tregate.gating.count.replicates import Replicate, Spread, cv_percent, mean_of, spread_of
from tregate.gating.count.terms import Terms, Z


def replicate(value: float, size: float = 10.0, lot: str = "L1", **terms: float) -> Replicate:
    made = Terms(**terms)
    factor = math.exp(Z * made.total)
    return Replicate(Estimate(value, value / factor, value * factor, made), size, lot)


def test_the_mean_is_that_of_the_pooled_counts() -> None:
    mean = mean_of([replicate(100.0, 10.0, counting=0.03), replicate(130.0, 30.0, counting=0.02)], Spread())
    assert mean.value == pytest.approx((1000 + 3900) / 40)


def test_counting_and_preparation_shrink_and_shared_errors_do_not() -> None:
    terms = {"counting": 0.03, "beads": 0.04, "preparation": 0.02, "coincidence": 0.01, "gate": 0.012}
    mean = mean_of([replicate(100.0, **terms), replicate(100.0, **terms)], Spread())
    for name, value in terms.items():
        shrinks = name in ("counting", "preparation")
        assert getattr(mean.terms, name) == pytest.approx(value / math.sqrt(2) if shrinks else value)
    assert mean.terms.replicates == 0.0
    other_lot = mean_of([replicate(100.0, **terms), replicate(100.0, lot="L2", **terms)], Spread())
    assert other_lot.terms.beads == pytest.approx(0.04 / math.sqrt(2))
    assert math.log(mean.high / mean.value) == pytest.approx(Z * mean.terms.total)


def test_limits_hold_both_of_two_replicates_that_are_apart() -> None:
    apart = [replicate(100.0, counting=0.02), replicate(140.0, counting=0.02)]
    mean = mean_of(apart, spread_of([apart]))
    assert mean.low < 100.0
    assert mean.high > 140.0
    assert mean.terms.replicates > 0.1


def test_zero_and_negative_values() -> None:
    empty = Replicate(Estimate(0.0, 0.0, 0.4), 10.0)
    both = mean_of([empty, empty], Spread())
    assert (both.value, both.low) == (0.0, 0.0)
    assert both.high == pytest.approx(0.2), "twice the blood, half the upper limit"
    dim = [Replicate(Estimate(-5.0, -9.0, -1.0), 1.0), Replicate(Estimate(3.0, -1.0, 7.0), 1.0)]
    mean = mean_of(dim, Spread())
    assert mean.value == -1.0
    assert mean.low < -5.0
    assert mean.high > 3.0
    assert cv_percent([0.0, 5.0]) is None
    assert cv_percent([5.0]) is None


def coverage(groups: int, n: int, beyond: float) -> float:
    """Percentage of means whose limits hold the truth, over simulated studies of Poisson counts."""
    rng = np.random.default_rng([groups, n, int(100 * beyond)])
    hit = total = 0
    for _ in range(2_000 // groups):
        truth = np.exp(rng.normal(4.0, 0.7, groups))
        study = []
        for value in truth:
            volumes = rng.uniform(5, 30, n)
            events = np.maximum(rng.poisson(value * np.exp(rng.normal(0, beyond, n)) * volumes), 1)
            study.append([replicate(e / v, v, counting=1 / math.sqrt(e)) for e, v in zip(events, volumes, strict=True)])
        spread = spread_of(study)
        means = [mean_of(group, spread) for group in study]
        hit += sum(mean.low <= value <= mean.high for mean, value in zip(means, truth, strict=True))
        total += groups
    return 100.0 * hit / total


@pytest.mark.parametrize(("groups", "n"), [(9, 2), (9, 3), (50, 2)])
@pytest.mark.parametrize("beyond", [0.0, 0.05, 0.15])
def test_limits_hold_the_truth_whatever_replicates_differ_by(groups: int, n: int, beyond: float) -> None:
    assert 92.5 <= coverage(groups, n, beyond) <= 99.0


def test_the_spread_of_a_study_is_found_beneath_counting() -> None:
    rng = np.random.default_rng(4)
    study = []
    for _ in range(400):
        values = 50.0 * np.exp(rng.normal(0, 0.1, 3) + rng.normal(0, 0.04, 3))
        study.append([replicate(value, counting=0.04) for value in values])
    assert math.sqrt(spread_of(study).variance) == pytest.approx(0.1, rel=0.1)
    assert spread_of(study).freedom == 800
