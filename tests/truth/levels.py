"""Trials in which nothing changes, and how often tests of the product reject: for the test of levels and its tables."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from tregate.pipelines.statistics.arms import ancova, arm_by_visit
from tregate.pipelines.statistics.measures import Measure
from tregate.pipelines.statistics.rank_sum import rank_sum
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.study.subjects import Subject
from tregate.pipelines.time_tests.registry import TIME_TESTS
from tregate.pipelines.visit_tests.count_model import count_model
from tregate.pipelines.visit_tests.course import Course

Floats = NDArray[np.float64]

VISITS = ("D1", "D8", "D15", "M1", "M3", "M6")
CORRELATIONS = ("compound 0.6", "AR1 0.7", "AR1 0.85")
SHAPES = ("normal", "skewed")


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


def ranked(table: Floats) -> Floats:
    return stats.rankdata(table).reshape(table.shape)


OVER_TIME: dict[str, tuple[str, Callable[[Floats], Floats]]] = {
    "rm_anova": ("rm_anova", lambda logs: logs),
    "rm_anova_gg": ("rm_anova_gg", lambda logs: logs),
    "rm_anova_hf": ("rm_anova_hf", lambda logs: logs),
    "rm_anova, ranks": ("rm_anova", ranked),
    "rm_anova_gg, ranks": ("rm_anova_gg", ranked),
    "rm_anova_hf, ranks": ("rm_anova_hf", ranked),
    "hotelling": ("hotelling", lambda logs: logs),
    "anova_type": ("anova_type", lambda logs: logs),
    "friedman": ("friedman", lambda logs: logs),
}
"""Tests of the factor time and the scale they are made on. Of complete data `mixed_model` is `rm_anova`."""


def levels_over_time(n: int, correlation: str, shape: str, number: int) -> dict[str, float]:
    """Rejections [%] at 5 % of each test of the factor time over all visits."""
    rng, seen = generator(n, correlation, shape, 3), dict.fromkeys(OVER_TIME, 0)
    for _ in range(number):
        logs = log_values(rng, n, correlation, shape)
        for name, (test, scale) in OVER_TIME.items():
            p = TIME_TESTS[test].run(scale(logs)).p_value
            seen[name] += p is not None and p <= 0.05
    return {name: 100.0 * count / number for name, count in seen.items()}


def levels_of_contrasts(n: int, correlation: str, shape: str, number: int) -> dict[str, float]:
    """Rejections [%] at 5 % of the last visit against the first by mixed_ranks and friedman, all trials at once.

    Of complete data they are the analysis of variance on ranks and the difference of rank sums, as other tests hold.
    """
    rng = generator(n, correlation, shape, 4)
    logs = np.array([log_values(rng, n, correlation, shape) for _ in range(number)])
    k = len(VISITS)
    ranks = stats.rankdata(logs.reshape(number, -1), axis=1).reshape(logs.shape)
    means = ranks.mean(axis=1, keepdims=True)
    rest = ranks - ranks.mean(axis=2, keepdims=True) - means + ranks.mean(axis=(1, 2), keepdims=True)
    freedom = (n - 1) * (k - 1)
    error = np.sqrt(2.0 * (rest**2).sum(axis=(1, 2)) / freedom / n)
    p = {"mixed_ranks": 2.0 * stats.t.sf(np.abs(means[:, 0, -1] - means[:, 0, 0]) / error, freedom)}
    sums = stats.rankdata(logs, axis=2).sum(axis=1)
    p["friedman"] = 2.0 * stats.norm.sf(np.abs(sums[:, -1] - sums[:, 0]) / np.sqrt(n * k * (k + 1) / 6.0))
    return {name: 100.0 * float(np.mean(values <= 0.05)) for name, values in p.items()}


def level_of_counts(n: int, events: float, number: int, *, within: float = 0.25) -> float:
    """Rejections [%] at 5 % of the count model: few events in 1 to 3 µL, subjects and visits over-dispersed."""
    rng, seen = np.random.default_rng([5, n, int(events)]), 0
    names = [f"S{i:02d}" for i in range(n)]
    for _ in range(number):
        own = events / 2.0 * rng.lognormal(0.0, 0.5, n)
        values, adds = {}, {}
        for visit in ("D1", "D8"):
            blood = rng.uniform(1.0, 3.0, n)
            counts = rng.poisson(own * rng.lognormal(0.0, within, n) * blood)
            values[visit] = dict(zip(names, (counts / blood).tolist(), strict=True))
            adds |= {(name, visit): 1.0 / float(of) for name, of in zip(names, blood, strict=True)}
        p = count_model(Course(visits=("D1", "D8"), baseline="D1", values=values, one_event=adds), "D8").p_value
        seen += p is not None and p <= 0.05
    return 100.0 * seen / number


def levels_between_arms(n: int, correlation: str, shape: str, number: int, together: int) -> dict[str, float]:
    """Rejections [%] at 5 % with n subjects in each of two arms: ANCOVA and rank sum at the last visit, max-t over all.

    `together`: trials of max-t, whose permutations take longer.
    """
    rng = generator(n, correlation, shape, 6)
    names = [f"S{i:02d}" for i in range(2 * n)]
    people = {name: Subject(("placebo", "low")[i % 2]) for i, name in enumerate(names)}
    arm_of = {name: i % 2 == 1 for i, name in enumerate(names)}
    seen = dict.fromkeys(("ANCOVA", "rank sum", "max-t"), 0)
    for trial in range(number):
        logs = log_values(rng, 2 * n, correlation, shape)
        values = {visit: dict(zip(names, np.exp(logs[:, at]).tolist(), strict=True)) for at, visit in enumerate(VISITS)}
        series = Series(measure=Measure("t", "m"), visits=VISITS, baseline="D1", values=values)
        model = ancova(series, VISITS[-1], people, "low", "placebo")
        seen["ANCOVA"] += model is not None and model.p_value <= 0.05
        changes = logs[:, -1] - logs[:, 0]
        seen["rank sum"] += rank_sum(changes[1::2].tolist(), changes[::2].tolist())[0] <= 0.05
        if trial < together:
            of = {visit: series.log_changes(visit) for visit in VISITS[1:]}
            any_visit = arm_by_visit(of, arm_of)[1]
            seen["max-t"] += any_visit is not None and any_visit <= 0.05
    made = {"ANCOVA": number, "rank sum": number, "max-t": together}
    return {name: 100.0 * count / made[name] for name, count in seen.items()}
