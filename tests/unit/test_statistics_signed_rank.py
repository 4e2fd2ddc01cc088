"""The exact signed-rank test: its floor, ties and zeros."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tregate.pipelines.visit_tests.outcome import Outcome, floor_of
from tregate.pipelines.visit_tests.visit_test import ZeroRule
from tregate.pipelines.visit_tests.wilcoxon import changes_of, signed_rank


def by_enumeration(changes: np.ndarray, zeros: ZeroRule) -> float:
    """Two-sided p by going through every pattern of signs, with ranks from scipy."""
    moved = changes != 0.0
    if not moved.any():
        return 1.0
    ranks = stats.rankdata(np.abs(changes))[moved] if zeros == "pratt" else stats.rankdata(np.abs(changes[moved]))
    seen = ranks[changes[moved] > 0].sum()
    patterns = np.array(list(itertools.product([False, True], repeat=len(ranks))))
    sums = patterns @ ranks
    return min(1.0, 2.0 * min((sums <= seen + 1e-9).mean(), (sums >= seen - 1e-9).mean()))


def test_eight_concordant_pairs_print_the_floor_and_two_stars() -> None:
    before = [6.0, 5.1, 7.4, 6.3, 4.9, 8.0, 6.6, 5.5]
    after = [10.1, 9.0, 12.9, 10.0, 9.9, 13.3, 10.2, 9.5]
    outcome = signed_rank(before, after)
    assert outcome.p_value == 0.0078125
    assert outcome.p_floor == 0.0078125
    assert outcome.method == "exact; 8 pairs; 0 zeros; 0 tied"
    assert outcome.stars == "**"
    assert outcome.p_value == stats.wilcoxon(np.subtract(after, before), method="exact").pvalue


def test_concordant_pairs_with_equal_changes_are_on_the_floor_too() -> None:
    outcome = signed_rank([0.1 * i for i in range(8)], [0.1 * i + 0.3 for i in range(8)])
    assert outcome.p_value == 0.0078125
    assert outcome.method == "exact; 8 pairs; 0 zeros; 8 tied"


def test_equal_changes_are_equal_in_spite_of_binary_fractions() -> None:
    changes = changes_of([10.2, 0.2, 1000.0, 5.0], [10.3, 0.3, 1000.1, 5.0])
    assert changes[0] == changes[1] == changes[2]
    assert changes[3] == 0.0


@pytest.mark.parametrize(("pairs", "floor"), [(0, 1.0), (1, 1.0), (5, 0.0625), (8, 0.0078125), (9, 2 / 512)])
def test_floor(pairs: int, floor: float) -> None:
    assert floor_of(pairs) == floor


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=10),
    st.sampled_from(["pratt", "wilcox"]),
)
def test_ties_and_zeros_give_the_exact_permutation_p(pairs: list[tuple[int, int]], zeros: ZeroRule) -> None:
    before, after = zip(*pairs, strict=True)
    outcome = signed_rank(before, after, zeros=zeros)
    changes = np.subtract(after, before).astype(float)
    assert outcome.p_value == pytest.approx(by_enumeration(changes, zeros), rel=1e-12)
    changed = int(np.count_nonzero(changes))
    assert outcome.p_floor == min(1.0, 2.0 / 2.0**changed)
    assert outcome.p_value >= outcome.p_floor
    assert outcome.pairs == len(pairs)
    assert f"{len(pairs) - changed} zero" in outcome.method


@pytest.mark.parametrize("zeros", ["pratt", "wilcox"])
def test_scipys_permutation_method_agrees(zeros: ZeroRule) -> None:
    changes = np.array([2.0, 2.0, -1.0, 0.0, 3.0, 5.0, 5.0, 0.0, 4.0])
    exact = stats.PermutationMethod(n_resamples=2**12)
    expected = stats.wilcoxon(changes, zero_method=zeros, method=exact).pvalue
    outcome = signed_rank(np.zeros(9), changes, zeros=zeros)
    assert outcome.p_value == pytest.approx(expected, rel=1e-12)


def test_no_change_at_all_is_p_one() -> None:
    outcome = signed_rank([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert (outcome.p_value, outcome.p_floor, outcome.stars) == (1.0, 1.0, "")
    assert outcome.method == "exact; 3 pairs; 3 zeros (pratt); 0 tied"


def test_no_pairs_is_no_test() -> None:
    outcome = signed_rank([], [])
    assert outcome.p_value is None
    assert outcome.method == "not tested: 0 pairs"


def test_a_crowd_is_approximate_and_says_so() -> None:
    rng = np.random.default_rng(5)
    before = rng.normal(5.0, 1.0, 300)
    after = before + rng.normal(0.1, 1.0, 300)
    outcome = signed_rank(before, after)
    expected = stats.wilcoxon(np.round(after - before, 9), zero_method="pratt", method="asymptotic").pvalue
    assert outcome.p_value == pytest.approx(expected, rel=1e-9)
    assert outcome.method.startswith("approximate (normal); 300 pairs")


def test_values_that_are_no_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="1 values before and 2 after"):
        signed_rank([1.0], [1.0, 2.0])


@pytest.mark.parametrize(
    ("p_value", "pairs", "stars"),
    [
        (0.0005, 8, "***"),
        (0.0078125, 8, "**"),
        (0.0005, 6, "***"),
        (0.0005, 5, ""),
        (0.0005, 2, ""),
        (0.05, 8, ""),
        (0.0499, 8, "*"),
        (0.01, 8, "*"),
        (None, 8, ""),
    ],
)
@pytest.mark.parametrize("p_floor", [None, 0.0625])
def test_stars_are_those_of_the_tests_own_p_and_none_below_six_pairs(
    p_value: float | None, pairs: int, stars: str, p_floor: float | None
) -> None:
    assert Outcome("test", pairs, p_value, "", p_floor).stars == stars


@pytest.mark.parametrize("zeros", ["pratt", "wilcox"])
@pytest.mark.parametrize("steps", [0.001, 1.0, 3.0], ids=["no ties", "ties and zeros", "many of both"])
@pytest.mark.parametrize("shift", [0.0, 0.4, -3.0])
def test_the_normal_approximation_is_scipys_to_the_bit(zeros: ZeroRule, steps: float, shift: float) -> None:
    random = np.random.default_rng(11)
    before = random.normal(20.0, 4.0, 450)
    after = before + np.round(random.normal(shift, 4.0, 450) / steps) * steps
    expected = stats.wilcoxon(changes_of(before, after), zero_method=zeros, method="asymptotic").pvalue
    assert signed_rank(before, after, zeros=zeros).p_value == expected
