"""Level of the tests: how often each rejects where nothing changes, at 8 to 20 subjects and 6 visits."""

from collections import Counter
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from tregate.pipelines.visit_tests.sign_flips import max_t, sign_flip
from tregate.pipelines.visit_tests.wilcoxon import signed_rank

VISITS = ("D1", "D8", "D15", "M1", "M3", "M6")
TRIALS = 40000
FLIPPED = 10000
"""Trials of the sign flips, which cannot be computed all at once."""
TOGETHER = {8: 4000, 12: 2000, 20: 1000}
"""Trials of the tests over all visits, by subjects; their flips take longer. Standard error 0.3, 0.5 and 0.7 %."""
SUBJECTS = (8, 12, 20)
CORRELATIONS = ("compound 0.6", "AR1 0.7", "AR1 0.85")
SHAPES = ("normal", "skewed")
ATTAINABLE = {8: 3.9, 12: 4.3, 20: 4.8}
"""Size of the exact signed-rank test at 5 % [%]: of its distribution."""
LEAST = {
    **{("wilcoxon", shape): 3.4 for shape in SHAPES},
    **{(test, "normal"): 4.0 for test in ("paired_t", "sign_flip")},
    **{("paired_t", "skewed"): 2.0, ("sign_flip", "skewed"): 4.0},
}
"""Least rejections at 5 % [%]: Student's t of heavy tails is stricter than it says."""

Floats = NDArray[np.float64]
Shares = dict[str, dict[str, float]]
"""Test -> visit -> rejections at 5 % in percent of the trials; "D8 at 1 %" and so on at 1 %."""


def correlated(rng: np.random.Generator, n: int, correlation: str) -> Floats:
    """Standard normal values (n, n_visits) of subjects whose visits correlate."""
    kind, strength = correlation.split()
    apart = np.abs(np.subtract.outer(np.arange(len(VISITS)), np.arange(len(VISITS))))
    matrix = float(strength) ** (apart if kind == "AR1" else np.minimum(apart, 1))
    return rng.standard_normal((n, len(VISITS))) @ np.linalg.cholesky(matrix).T


def log_values(rng: np.random.Generator, n: int, correlation: str, shape: str) -> Floats:
    """Logarithms (n, n_visits) of values without any change: normal, or as skewed as log-normal values are."""
    z = correlated(rng, n, correlation)
    return 0.3 * (z if shape == "normal" else np.exp(0.8 * z))


def generator(n: int, correlation: str, shape: str, seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, n, CORRELATIONS.index(correlation), SHAPES.index(shape)])


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


def main() -> None:
    """Print the table of the documents."""
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


if __name__ == "__main__":
    main()
