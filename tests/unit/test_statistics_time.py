"""Tests of the factor time against independent calculations: statsmodels, SciPy, and formulas in other words."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.anova import AnovaRM

from tregate.pipelines.time_tests.registry import TIME_TESTS
from tregate.pipelines.time_tests.rm_anova import variation
from tregate.pipelines.visit_tests.sign_flips import max_t


def course(seed: int, n: int = 9, k: int = 4, *, missing: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    table = rng.normal(0.0, 2.0, (n, 1)) + np.cumsum(rng.normal(0.3, 1.0, (n, k)), axis=1)
    gone = rng.random((n, k)) < missing
    gone[:, 0] = False
    table[gone] = np.nan
    return table


def long_form(table: np.ndarray) -> pd.DataFrame:
    n, k = table.shape
    return pd.DataFrame({"value": table.ravel(), "subject": np.repeat(np.arange(n), k), "visit": np.tile(range(k), n)})


@pytest.mark.parametrize("seed", range(4))
def test_the_uncorrected_analysis_of_variance_is_statsmodels(seed: int) -> None:
    table = course(seed)
    expected = AnovaRM(long_form(table), "value", "subject", within=["visit"]).fit().anova_table.loc["visit"]
    assert TIME_TESTS["rm_anova"].run(table).p_value == pytest.approx(expected["Pr > F"], rel=1e-9)
    found = variation(table)
    assert found is not None
    assert found.f == pytest.approx(expected["F Value"], rel=1e-9)
    mixed = TIME_TESTS["mixed_model"].run(table)
    assert mixed.p_value == pytest.approx(expected["Pr > F"], rel=1e-4), "the same on complete data"


@pytest.mark.parametrize("seed", range(4))
def test_corrections_are_those_of_orthonormal_contrasts(seed: int) -> None:
    """Box's epsilon by eigenvalues of the covariance of orthonormal contrasts (Helmert's)."""
    table = course(seed, n=10, k=5)
    n, k = table.shape
    helmert = np.array([[1.0] * i + [-float(i)] + [0.0] * (k - i - 1) for i in range(1, k)])
    helmert /= np.linalg.norm(helmert, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(np.cov(table @ helmert.T, rowvar=False))
    gg = values.sum() ** 2 / ((k - 1) * (values**2).sum())
    hf = min(1.0, (n * (k - 1) * gg - 2.0) / ((k - 1) * (n - 1 - (k - 1) * gg)))
    found = variation(table)
    assert found is not None
    assert found.greenhouse_geisser == pytest.approx(gg, rel=1e-9)
    assert found.huynh_feldt == pytest.approx(hf, rel=1e-9)
    for name, epsilon in (("rm_anova_gg", gg), ("rm_anova_hf", hf)):
        expected = stats.f.sf(found.f, epsilon * (k - 1), epsilon * (n - 1) * (k - 1))
        assert TIME_TESTS[name].run(table).p_value == pytest.approx(expected, rel=1e-9)


def test_two_visits_give_the_paired_t_test_by_every_analysis_of_variance() -> None:
    table = course(5, k=2)
    expected = stats.ttest_rel(table[:, 1], table[:, 0]).pvalue
    for name in ("rm_anova", "rm_anova_gg", "rm_anova_hf", "hotelling"):
        assert TIME_TESTS[name].run(table).p_value == pytest.approx(expected, rel=1e-9), name


@pytest.mark.parametrize("seed", range(3))
def test_hotelling_does_not_depend_on_the_visit_that_changes_are_taken_from(seed: int) -> None:
    table = course(seed)
    expected = TIME_TESTS["hotelling"].run(table).p_value
    assert TIME_TESTS["hotelling"].run(table[:, ::-1]).p_value == pytest.approx(expected, rel=1e-9)
    contrasts = np.diff(table, axis=1)
    n, q = contrasts.shape
    mean = contrasts.mean(axis=0)
    t2 = n * mean @ np.linalg.inv(np.cov(contrasts, rowvar=False)) @ mean
    assert expected == pytest.approx(stats.f.sf((n - q) / (q * (n - 1)) * t2, q, n - q), rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_anova_type_statistic_is_the_published_quadratic_form(seed: int) -> None:
    """n / tr(TV) p'Tp with relative effects p and the covariance V of the ranks (Brunner, Domhof and Langer 2002)."""
    table = np.round(course(seed), 1)
    n, k = table.shape
    ranks = stats.rankdata(table.ravel()).reshape(n, k)
    effects = (ranks.mean(axis=0) - 0.5) / (n * k)
    covariance = np.cov(ranks / (n * k), rowvar=False)
    t = np.eye(k) - 1.0 / k
    tv = t @ covariance
    statistic = n * effects @ t @ effects / np.trace(tv)
    f = np.trace(tv) ** 2 / np.trace(tv @ tv)
    expected = stats.chi2.sf(statistic * f, f)
    assert TIME_TESTS["anova_type"].run(table).p_value == pytest.approx(expected, rel=1e-9)


def test_friedman_is_scipys_and_max_t_the_test_of_the_summary() -> None:
    table = course(7)
    assert TIME_TESTS["friedman"].run(table).p_value == pytest.approx(stats.friedmanchisquare(*table.T).pvalue)
    missed = course(7, missing=0.2)
    outcome = TIME_TESTS["max_t"].run(missed)
    changes = {
        f"V{c}": {f"S{r}": float(missed[r, c] - missed[r, 0]) for r in range(9) if not np.isnan(missed[r, c])}
        for c in (1, 2, 3)
    }
    expected = max_t(changes)
    assert outcome.p_value == expected.any_change
    assert dict(outcome.adjusted) == {int(v[1:]): p for v, p in expected.adjusted.items()}


def test_missed_visits_are_complete_cases_or_borne_by_the_model() -> None:
    table = course(8, n=12, missing=0.2)
    there = table[~np.isnan(table).any(axis=1)]
    assert 4 < len(there) < 12
    for name in ("rm_anova", "rm_anova_gg", "rm_anova_hf", "hotelling", "anova_type", "friedman"):
        assert TIME_TESTS[name].run(table) == TIME_TESTS[name].run(there), name
    assert f"{np.sum(~np.isnan(table))} values of 12 subjects" in TIME_TESTS["mixed_model"].run(table).method


@pytest.mark.parametrize("name", list(TIME_TESTS))
def test_what_cannot_be_tested_is_not_tested_and_says_why(name: str) -> None:
    for table in (np.full((4, 3), 2.0), np.full((3, 3), np.nan), np.array([[1.0, 2.0, 4.0]])):
        outcome = TIME_TESTS[name].run(table)
        if name == "max_t" and np.all(table == 2.0):
            assert outcome.p_value == 1.0
            continue
        assert outcome.p_value is None, (name, outcome)
        assert outcome.method.startswith("not tested: ")
