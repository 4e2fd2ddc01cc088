"""Own exact limits against SciPy's."""

import numpy as np
import pytest
from scipy.special import betainc, betaincinv
from scipy.stats import binomtest

from tregate.gating.count.beta import incomplete_beta, inverse_incomplete_beta
from tregate.gating.count.intervals import clopper_pearson


def _cases() -> list[tuple[int, int]]:
    rng = np.random.default_rng(1)
    cases = [(0, 1), (1, 1), (1, 2), (0, 10), (10, 10), (1, 1_000_000), (999_999, 1_000_000), (5, 200_000)]
    for _ in range(1500):
        n = int(10 ** rng.uniform(0, 6.5))
        k = int(rng.integers(0, n + 1)) if rng.random() < 0.5 else int(n ** rng.random())
        cases.append((min(k, n), n))
    return cases


def test_limits_are_scipys_to_ten_digits_up_to_millions_of_events() -> None:
    for k, n in _cases():
        low, high = clopper_pearson(k, n)
        expected_low = betaincinv(k, n - k + 1, 0.025) if k else 0.0
        expected_high = betaincinv(k + 1, n - k, 0.975) if k < n else 1.0
        assert low == pytest.approx(expected_low, rel=1e-10, abs=0.0), (k, n)
        assert high == pytest.approx(expected_high, rel=1e-10, abs=0.0), (k, n)


@pytest.mark.parametrize(("k", "n"), [(0, 7), (3, 7), (7, 7), (63, 1000), (20, 1020)])
def test_limits_are_those_of_the_exact_binomial_test(k: int, n: int) -> None:
    expected = binomtest(k, n).proportion_ci(0.95, method="exact")
    assert clopper_pearson(k, n) == pytest.approx((expected.low, expected.high), rel=1e-10)


def test_effective_numbers_need_not_be_whole() -> None:
    low, high = clopper_pearson(50.0, 50.0 + 943.4)
    assert low == pytest.approx(betaincinv(50.0, 944.4, 0.025), rel=1e-10)
    assert high == pytest.approx(betaincinv(51.0, 943.4, 0.975), rel=1e-10)


def test_incomplete_beta_is_scipys() -> None:
    rng = np.random.default_rng(2)
    for _ in range(800):
        a, b = 10 ** rng.uniform(-1, 5, size=2)
        x = float(np.clip(rng.beta(a, b), 1e-12, 1 - 1e-12))
        assert incomplete_beta(a, b, x) == pytest.approx(betainc(a, b, x), rel=1e-9, abs=1e-13)


def test_inverse_undoes_the_function() -> None:
    for a, b, p in [(1.0, 1.0, 0.3), (0.5, 40.0, 0.025), (3000.0, 2.0, 0.975), (1e6, 1e6, 0.5)]:
        assert incomplete_beta(a, b, inverse_incomplete_beta(a, b, p)) == pytest.approx(p, rel=1e-9)


def test_no_trials_say_nothing() -> None:
    assert clopper_pearson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5)])
def test_what_is_no_proportion_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a proportion"):
        clopper_pearson(k, n)
