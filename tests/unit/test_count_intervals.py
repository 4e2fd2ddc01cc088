"""Exact limits of counts, against SciPy's binomial test and by their definition."""

import numpy as np
import pytest
from scipy.stats import beta, binomtest

from tregate.gating.count.intervals import clopper_pearson


def cases() -> list[tuple[int, int]]:
    rng = np.random.default_rng(1)
    made = [(0, 1), (1, 1), (1, 2), (0, 10), (10, 10), (1, 1_000_000), (999_999, 1_000_000), (5, 200_000)]
    for _ in range(300):
        n = int(10 ** rng.uniform(0, 6.5))
        k = int(rng.integers(0, n + 1)) if rng.random() < 0.5 else int(n ** rng.random())
        made.append((min(k, n), n))
    return made


def test_limits_are_where_each_tail_of_the_binomial_is_a_fortieth_up_to_millions_of_events() -> None:
    """By definition: P(X >= k | low) = P(X <= k | high) = 2.5 %."""
    for k, n in cases():
        low, high = clopper_pearson(k, n)
        if k:
            assert beta.cdf(low, k, n - k + 1) == pytest.approx(0.025, rel=1e-7), (k, n)
        else:
            assert low == 0.0
        if k < n:
            assert beta.sf(high, k + 1, n - k) == pytest.approx(0.025, rel=1e-7), (k, n)
        else:
            assert high == 1.0


@pytest.mark.parametrize(("k", "n"), [(0, 7), (3, 7), (7, 7), (63, 1000), (20, 1020), (123_456, 1_000_000)])
def test_limits_are_those_of_the_exact_binomial_test(k: int, n: int) -> None:
    expected = binomtest(k, n).proportion_ci(0.95, method="exact")
    assert clopper_pearson(k, n) == pytest.approx((expected.low, expected.high), rel=1e-10)


def test_effective_numbers_need_not_be_whole() -> None:
    low, high = clopper_pearson(50.0, 50.0 + 943.4)
    assert beta.cdf(low, 50.0, 944.4) == pytest.approx(0.025, rel=1e-9)
    assert beta.sf(high, 51.0, 943.4) == pytest.approx(0.025, rel=1e-9)


def test_no_trials_say_nothing() -> None:
    assert clopper_pearson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5)])
def test_what_is_no_proportion_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a proportion"):
        clopper_pearson(k, n)
