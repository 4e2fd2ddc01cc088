"""Level of the tests: how often each rejects where nothing changes, at 8 to 20 subjects and 6 visits."""

import sys
from collections import Counter
from functools import cache

import numpy as np
import pytest
from levels import (
    CORRELATIONS,
    SHAPES,
    VISITS,
    Floats,
    generator,
    level_of_counts,
    levels_between_arms,
    levels_of_contrasts,
    levels_over_time,
    log_values,
)
from scipy import stats

from tregate.pipelines.visit_tests.sign_flips import max_t, sign_flip
from tregate.pipelines.visit_tests.wilcoxon import signed_rank

TRIALS = 40000
FLIPPED = 10000
"""Trials of the sign flips, which cannot be computed all at once."""
TOGETHER = {8: 4000, 12: 2000, 20: 1000}
"""Trials of the tests over all visits, by subjects; their flips take longer. Standard error 0.3, 0.5 and 0.7 %."""
TIME_TRIALS, COUNT_TRIALS, ARM_TRIALS, ARM_TOGETHER = 4000, 2000, 2000, 400
STANDARD_ERROR = 0.35
"""Of 5 % of TIME_TRIALS [%]."""
HOLDS = ("rm_anova_gg", "rm_anova_gg, ranks", "hotelling")
"""Tests of the factor time that are to hold their level, whatever the correlation."""
SUBJECTS = (8, 12, 20)
ATTAINABLE = {8: 3.9, 12: 4.3, 20: 4.8}
"""Size of the exact signed-rank test at 5 % [%]: of its distribution."""
LEAST = {
    **{("wilcoxon", shape): 3.4 for shape in SHAPES},
    **{(test, "normal"): 4.0 for test in ("paired_t", "sign_flip")},
    **{("paired_t", "skewed"): 2.0, ("sign_flip", "skewed"): 4.0},
}
"""Least rejections at 5 % [%]: Student's t of heavy tails is stricter than it says."""

Shares = dict[str, dict[str, float]]
"""Test -> visit -> rejections at 5 % in percent of the trials; "D8 at 1 %" and so on at 1 %."""


@cache
def signed_rank_p(n: int) -> Floats:
    """p of every rank sum 0 to n (n + 1) / 2, each from the test itself on changes that have this rank sum."""
    found = []
    for total in range(n * (n + 1) // 2 + 1):
        changes, rest = [], total
        for rank in range(n, 0, -1):
            changes.append(float(rank) if rank <= rest else -float(rank))
            rest -= rank if rank <= rest else 0
        p = signed_rank([0.0] * n, changes).p_value
        assert p is not None
        found.append(p)
    return np.array(found)


def levels_of_pairs(n: int, correlation: str, shape: str, number: int = TRIALS) -> Shares:
    """Rejections of the exact signed-rank test on values, and of paired t and sign flips on logs."""
    rng = generator(n, correlation, shape, 1)
    logs = np.array([log_values(rng, n, correlation, shape) for _ in range(number)])
    shares: Shares = {"wilcoxon": {}, "paired_t": {}, "sign_flip": {}}
    for at, visit in enumerate(VISITS[1:], start=1):
        raw = np.exp(logs[:, :, at]) - np.exp(logs[:, :, 0])
        ranks = stats.rankdata(np.abs(raw), axis=1)
        sums = np.rint(np.where(raw > 0.0, ranks, 0.0).sum(axis=1)).astype(int)
        changes = logs[:, :, at] - logs[:, :, 0]
        p = {"wilcoxon": signed_rank_p(n)[sums], "paired_t": stats.ttest_1samp(changes, 0.0, axis=1).pvalue}
        if n <= 12:
            p["sign_flip"] = np.array([sign_flip(row)[0] for row in changes[:FLIPPED]])
        for name, values in p.items():
            shares[name][visit] = 100.0 * float(np.mean(values <= 0.05))
            shares[name][f"{visit} at 1 %"] = 100.0 * float(np.mean(values <= 0.01))
    return shares


def levels_together(n: int, correlation: str, shape: str, *, missing: float = 0.0) -> dict[str, float]:
    """Rejections of "any change" by max-t, and of the last visit by the exact signed-rank test of who came."""
    rng, number = generator(n, correlation, shape, 2), TOGETHER[n]
    seen: Counter[str] = Counter()
    for _ in range(number):
        logs = log_values(rng, n, correlation, shape)
        came = rng.random(logs.shape) >= missing
        changes = {
            visit: {f"S{i:02d}": float(logs[i, at] - logs[i, 0]) for i in range(n) if came[i, at]}
            for at, visit in enumerate(VISITS[1:], start=1)
        }
        p = max_t(changes).any_change
        seen["any"] += p is not None and p <= 0.05
        seen["any at 1 %"] += p is not None and p <= 0.01
        last = [i for i in range(n) if came[i, -1]]
        single = signed_rank(np.exp(logs[last, 0]).tolist(), np.exp(logs[last, -1]).tolist()).p_value
        seen["last"] += single is not None and single <= 0.05
    return {key: 100.0 * count / number for key, count in seen.items()}


def ends(shares: dict[str, float], *, one_percent: bool = False) -> tuple[float, float]:
    """Least and largest share over the visits."""
    of = [share for key, share in shares.items() if key.endswith(" at 1 %") == one_percent]
    return min(of), max(of)


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("correlation", CORRELATIONS)
@pytest.mark.parametrize("n", SUBJECTS)
def test_tests_of_pairs_hold_their_level_at_every_visit(n: int, correlation: str, shape: str) -> None:
    shares = levels_of_pairs(n, correlation, shape)
    low, high = ends(shares["wilcoxon"])
    assert ATTAINABLE[n] - 0.5 <= low
    assert high <= 5.5
    for name, of in shares.items():
        if of:
            low, high = ends(of)
            assert low >= LEAST[name, shape], name
            assert high <= 6.5, name
            assert ends(of, one_percent=True)[1] <= 1.6, name


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("correlation", CORRELATIONS)
@pytest.mark.parametrize("n", SUBJECTS)
def test_any_change_over_the_visits_holds_its_level(n: int, correlation: str, shape: str) -> None:
    shares = levels_together(n, correlation, shape)
    assert 3.0 <= shares["any"] <= 6.5
    assert shares["any at 1 %"] <= 1.6


@pytest.mark.slow
@pytest.mark.parametrize("correlation", CORRELATIONS)
@pytest.mark.parametrize("n", SUBJECTS)
def test_missed_visits_do_not_raise_the_level(n: int, correlation: str) -> None:
    shares = levels_together(n, correlation, "normal", missing=0.15)
    assert shares["any"] <= 6.5
    assert shares["last"] <= 6.5


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("correlation", CORRELATIONS)
@pytest.mark.parametrize("n", SUBJECTS)
def test_tests_of_the_factor_time_that_make_no_assumption_hold_their_level(
    n: int, correlation: str, shape: str
) -> None:
    shares = levels_over_time(n, correlation, shape, TIME_TRIALS)
    for name in HOLDS:
        assert shares[name] <= 6.5 + 2 * STANDARD_ERROR, name


@pytest.mark.slow
@pytest.mark.parametrize("events", [5, 20, 50])
@pytest.mark.parametrize("n", SUBJECTS)
def test_the_count_model_holds_its_level_where_events_are_few(n: int, events: int) -> None:
    assert 1.5 <= level_of_counts(n, events, COUNT_TRIALS) <= 6.5


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("correlation", CORRELATIONS)
@pytest.mark.parametrize("n", SUBJECTS)
def test_tests_between_arms_hold_their_level(n: int, correlation: str, shape: str) -> None:
    shares = levels_between_arms(n, correlation, shape, ARM_TRIALS, ARM_TOGETHER)
    assert (3.5 if shape == "normal" else 2.5) <= shares["ANCOVA"] <= 6.5
    assert 3.5 <= shares["rank sum"] <= 6.5
    assert 1.5 <= shares["max-t"] <= 7.5, "400 trials: standard error 1.1 %"


def of_pairs() -> None:
    """Print the table of single visits and of max-t."""
    for correlation in CORRELATIONS:
        for shape in SHAPES:
            for n in SUBJECTS:
                pairs, together = levels_of_pairs(n, correlation, shape), levels_together(n, correlation, shape)
                cells = ["{:.1f} to {:.1f}".format(*ends(of)) if of else "" for of in pairs.values()]
                line = (correlation, shape, str(n), *cells, f"{together['any']:.1f}")
                print("| " + " | ".join(line) + " |", flush=True)
    for correlation in CORRELATIONS:
        for n in SUBJECTS:
            missed = levels_together(n, correlation, "normal", missing=0.15)
            print(f"| {correlation} | {n} | {missed['last']:.1f} | {missed['any']:.1f} |", flush=True)


def of_other_tests() -> None:
    """Print the tables of the factor time, of contrasts, of counts and of arms."""
    cells = [(c, s, n) for c in CORRELATIONS for s in SHAPES for n in SUBJECTS]
    for correlation, shape, n in cells:
        shares = levels_over_time(n, correlation, shape, TIME_TRIALS)
        shares |= {f"{k} contrast": v for k, v in levels_of_contrasts(n, correlation, shape, 10_000).items()}
        print("time", correlation, shape, n, *(f"{k}={v:.1f}" for k, v in shares.items()), sep=" | ", flush=True)
    for n in SUBJECTS:
        print("counts", n, *(f"{level_of_counts(n, e, COUNT_TRIALS):.1f}" for e in (5, 20, 50)), sep=" | ", flush=True)
    for correlation, shape, n in cells:
        shares = levels_between_arms(n, correlation, shape, ARM_TRIALS, ARM_TOGETHER)
        print("arms", correlation, shape, n, *(f"{v:.1f}" for v in shares.values()), sep=" | ", flush=True)


if __name__ == "__main__":
    {"pairs": of_pairs, "others": of_other_tests}[sys.argv[1]]()
