"""Method comparison: equal to independent calculations, and intervals that hold a known truth."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from tregate.pipelines.statistics.method_agreement import bias_of, concordance, passing_bablok


def test_bias_and_limits_of_one_pair_a_subject_are_the_textbook_s() -> None:
    differences = np.random.default_rng(1).normal(3, 2, 25)
    found = bias_of(differences, np.arange(25))
    assert found is not None
    textbook = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert found.bias_limits == pytest.approx((textbook.low, textbook.high), abs=1e-12)
    sd = differences.std(ddof=1)
    assert (found.low, found.high) == pytest.approx((found.bias - 1.959964 * sd, found.bias + 1.959964 * sd), abs=1e-5)
    half = stats.t.ppf(0.975, 24) * sd * math.sqrt(1 / 25 + 1.959964**2 / 48)
    assert found.low_limits == pytest.approx((found.low - half, found.low + half), abs=1e-5)


def test_two_subjects_show_no_interval() -> None:
    assert bias_of(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 1])) is None


def by_hand(x: list[float], y: list[float]) -> tuple[float, float, float]:
    """Slope and its limits as Passing and Bablok state them, pair by pair."""
    slopes = []
    for (xi, yi), (xj, yj) in itertools.combinations(zip(x, y, strict=True), 2):
        if xi == xj and yi == yj:
            continue
        slope = math.copysign(math.inf, yj - yi) if xi == xj else (yj - yi) / (xj - xi)
        if slope != -1:
            slopes.append(slope)
    slopes.sort()
    n, number, k = len(x), len(slopes), sum(slope < -1 for slope in slopes)
    if number % 2:
        middle = slopes[(number + 1) // 2 + k - 1]
    else:
        middle = (slopes[number // 2 + k - 1] + slopes[number // 2 + k]) / 2
    c = 1.959963984540054 * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    m1 = round((number - c) / 2)
    return middle, slopes[m1 + k - 1], slopes[number - m1 + 1 + k - 1]


@pytest.mark.parametrize("seed", range(6))
def test_the_line_is_that_of_the_paper(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.lognormal(4, 1, 40 + seed)
    x, y = (
        np.round(truth * rng.lognormal(0, 0.1, len(truth))),
        np.round(1.2 * truth * rng.lognormal(0, 0.1, len(truth))),
    )
    line = passing_bablok(x, y)
    assert line is not None
    assert (line.slope, *line.slope_limits) == pytest.approx(by_hand(x.tolist(), y.tolist()), rel=1e-12)
    assert line.intercept == pytest.approx(float(np.median(y - line.slope * x)), rel=1e-12)
    turned = passing_bablok(y, x)
    assert turned is not None
    assert turned.slope == pytest.approx(1 / line.slope, rel=1e-5), "neither method is the reference"


def test_concordance_is_lin_s() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(10, 3, 50)
    y = x + rng.normal(0.5, 1, 50)
    found = concordance(x, y)
    assert found is not None
    covariance = np.cov(x, y, bias=True)
    expected = 2 * covariance[0, 1] / (covariance[0, 0] + covariance[1, 1] + (x.mean() - y.mean()) ** 2)
    assert found.ccc == pytest.approx(expected, rel=1e-12)
    resampled = []
    for _ in range(2000):
        at = rng.integers(0, 50, 50)
        again = concordance(x[at], y[at])
        assert again is not None
        resampled.append(again.ccc)
    low, high = np.quantile(resampled, [0.025, 0.975])
    assert found.limits == pytest.approx((low, high), abs=0.03)


def test_intervals_hold_a_known_bias_and_slope() -> None:
    """Eight subjects with a bias of their own, five visits each: a t interval over 40 pairs would hold it in 75 %."""
    rng = np.random.default_rng(11)
    held, held_slope, times = 0, 0, 400
    subjects = np.repeat(np.arange(8), 5)
    for _ in range(times):
        differences = math.log(1.1) + rng.normal(0, 0.1, 8)[subjects] + rng.normal(0, 0.1, 40)
        found = bias_of(differences, subjects)
        assert found is not None
        held += found.bias_limits[0] <= math.log(1.1) <= found.bias_limits[1]
        truth = rng.uniform(100, 1000, 40)
        line = passing_bablok(truth + rng.normal(0, 20, 40), 1.1 * truth + rng.normal(0, 22, 40))
        assert line is not None
        held_slope += line.slope_limits[0] <= 1.1 <= line.slope_limits[1]
    assert 0.92 <= held / times <= 0.98
    assert 0.92 <= held_slope / times <= 0.98


def test_intervals_of_line_and_concordance_hold_where_subjects_differ() -> None:
    """Eight subjects, each with a manual bias of its own: intervals that count pairs hold the slope in 77 to 83 %."""
    rng = np.random.default_rng(12)
    subjects, times = np.repeat(np.arange(8), 6), 150
    by_pairs, held, wider = 0, 0, 0
    for _ in range(times):
        truth = 700 * np.exp(rng.normal(0, 0.35, 8)[subjects] + rng.normal(0, 0.25, 48))
        manual = truth / 1.1 * np.exp(rng.normal(0, 0.06, 8)[subjects] + rng.normal(0, 0.06, 48))
        ours = truth * np.exp(rng.normal(0, 0.06, 48))
        pairs, line = passing_bablok(manual, ours), passing_bablok(manual, ours, subjects)
        assert pairs is not None
        assert line is not None
        by_pairs += pairs.slope_limits[0] <= 1.1 <= pairs.slope_limits[1]
        held += line.slope_limits[0] <= 1.1 <= line.slope_limits[1]
        one, many = concordance(manual, ours), concordance(manual, ours, subjects)
        assert one is not None
        assert many is not None
        assert many.limits[0] <= one.limits[0] <= many.ccc <= one.limits[1] <= many.limits[1]
        wider += many.limits[0] < one.limits[0]
    assert by_pairs / times < 0.88
    assert 0.9 <= held / times <= 0.98
    assert wider / times > 0.5


def test_one_sample_a_subject_leaves_the_published_intervals() -> None:
    rng = np.random.default_rng(13)
    x = rng.uniform(100, 1000, 40)
    y = x + rng.normal(0, 20, 40)
    assert passing_bablok(x, y, np.arange(40)) == passing_bablok(x, y)
    assert concordance(x, y, np.arange(40)) == concordance(x, y)
