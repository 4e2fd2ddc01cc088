"""Later visits: the mixed model on ranks, Friedman, and Holm over them."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.multitest import multipletests

from tregate.pipelines.visit_tests import subject_models as module
from tregate.pipelines.visit_tests.friedman import friedman
from tregate.pipelines.visit_tests.holm import holm
from tregate.pipelines.visit_tests.mixed_ranks import mixed_ranks
from tregate.pipelines.visit_tests.outcome import Outcome

VISITS = ("D1", "D8", "D15", "M1")
Values = dict[str, dict[str, float]]


def course(seed: int, *, subjects: int = 9, missing: float = 0.0, between: float = 2.0) -> Values:
    rng = np.random.default_rng(seed)
    own = rng.normal(0.0, between, subjects)
    shift = dict(zip(VISITS, (0.0, 3.0, 1.0, 0.2), strict=True))
    return {
        visit: {
            f"S{i}": float(8.0 + own[i] + shift[visit] + rng.normal())
            for i in range(subjects)
            if visit == "D1" or rng.random() >= missing
        }
        for visit in VISITS
    }


def long_form(values: Values) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = [(v, s, x) for v in values for s, x in values[v].items()]
    ranks = stats.rankdata([x for *_, x in rows])
    design = sm.add_constant(np.array([[float(v == w) for w in VISITS[1:]] for v, *_ in rows]))
    return ranks, design, np.array([s for _, s, _ in rows])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_complete_data_give_the_repeated_measures_analysis_of_variance_on_ranks(seed: int) -> None:
    values = course(seed)
    ranks = stats.rankdata([values[v][f"S{i}"] for v in VISITS for i in range(9)]).reshape(4, 9)
    residual = ranks - ranks.mean(axis=0) - ranks.mean(axis=1)[:, None] + ranks.mean()
    error = np.sqrt(2.0 * (residual**2).sum() / 24.0 / 9.0)
    outcomes = mixed_ranks(values, "D1")
    for row, visit in enumerate(VISITS[1:], start=1):
        t = (ranks[row].mean() - ranks[0].mean()) / error
        assert outcomes[visit].p_value == pytest.approx(2.0 * stats.t.sf(abs(t), 24), rel=1e-5)
        assert outcomes[visit].method.startswith("approximate (t, 24 df, assumes equal correlation")
        assert "; 9 pairs; 36 values of 9 subjects" in outcomes[visit].method
        assert outcomes[visit].p_floor is None


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_missed_visits_are_borne_as_by_statsmodels(seed: int) -> None:
    values = course(seed, missing=0.3)
    ranks, design, groups = long_form(values)
    fit = MixedLM(ranks, design, groups=groups).fit(reml=True, method="powell")
    freedom = len(ranks) - 9 - 3
    outcomes = mixed_ranks(values, "D1")
    for column, visit in enumerate(VISITS[1:], start=1):
        t = fit.fe_params[column] / fit.bse_fe[column]
        assert outcomes[visit].p_value == pytest.approx(2.0 * stats.t.sf(abs(t), freedom), rel=2e-3)
        assert outcomes[visit].pairs == len(values[visit])
        assert f"(t, {freedom} df" in outcomes[visit].method


def test_a_subject_without_baseline_counts_in_the_model_but_is_no_pair() -> None:
    values = course(4)
    del values["D1"]["S0"]
    outcomes = mixed_ranks(values, "D1")
    assert outcomes["D8"].pairs == 8
    assert "35 values of 9 subjects" in outcomes["D8"].method


def test_a_failed_fit_falls_back_to_fixed_subjects_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    values = course(6, missing=0.2)
    monkeypatch.setattr(module, "_random_subjects", lambda *_: None)
    ranks, design, groups = long_form(values)
    dummies = np.equal.outer(groups, np.unique(groups)).astype(float)
    expected = sm.OLS(ranks, np.hstack([design[:, 1:], dummies])).fit()
    outcomes = mixed_ranks(values, "D1")
    for column, visit in enumerate(VISITS[1:]):
        assert outcomes[visit].p_value == pytest.approx(expected.pvalues[column], rel=1e-9)
        assert "fallback: subjects as fixed effects" in outcomes[visit].method


def test_subjects_all_alike_do_not_break_the_fit() -> None:
    outcomes = mixed_ranks(course(7, between=0.0), "D1")
    assert outcomes["D8"].p_value is not None
    assert outcomes["D8"].p_value < 0.05


@pytest.mark.parametrize(
    "values",
    [
        {"D1": {}, "D8": {"S1": 1.0, "S2": 2.0}, "D15": {}},
        {"D1": {"S1": 1.0}, "D8": {"S1": 2.0}, "D15": {"S1": 3.0}},
        {"D1": {"S1": 1.0, "S2": 1.0}, "D8": {"S1": 1.0, "S2": 1.0}, "D15": {}},
        {"D1": {"S1": 1.0}, "D8": {"S2": 2.0}, "D15": {}},
    ],
)
def test_what_cannot_be_tested_is_not_tested_and_says_why(values: Values) -> None:
    for visit in ("D8", "D15"):
        outcome = mixed_ranks(values, "D1")[visit]
        assert outcome.p_value is None
        assert outcome.method.startswith("not tested: ")
        assert outcome.stars == ""


def test_a_visit_without_subjects_leaves_the_others_tested() -> None:
    values = course(8) | {"M3": {}}
    outcomes = mixed_ranks(values, "D1")
    assert outcomes["M3"].p_value is None
    assert outcomes["D8"].p_value == mixed_ranks(course(8), "D1")["D8"].p_value


def test_friedman_takes_complete_cases_and_prints_scipys_overall_test() -> None:
    values = course(21)
    del values["M1"]["S3"]
    complete = [f"S{i}" for i in range(9) if i != 3]
    table = np.array([[values[v][s] for v in VISITS] for s in complete])
    overall = stats.friedmanchisquare(*table.T)
    sums = stats.rankdata(table, axis=1).sum(axis=0)
    outcomes = friedman(values, "D1")
    for column, visit in enumerate(VISITS[1:], start=1):
        z = (sums[column] - sums[0]) / np.sqrt(8 * 4 * 5 / 6)
        assert outcomes[visit].p_value == pytest.approx(2.0 * stats.norm.sf(abs(z)), rel=1e-12)
        assert outcomes[visit].pairs == 8
        assert f"p = {overall.pvalue:.4g}" in outcomes[visit].method


def test_friedmans_contrast_with_ties_has_the_variance_of_all_permutations() -> None:
    rows = np.array([[1.0, 1.0, 2.0], [3.0, 3.0, 3.0], [1.0, 2.0, 2.0], [4.0, 5.0, 6.0]])
    values = {v: {f"S{i}": row[j] for i, row in enumerate(rows)} for j, v in enumerate(VISITS[:3])}
    rng = np.random.default_rng(0)
    ranks = stats.rankdata(rows, axis=1)
    shuffled = np.array([rng.permuted(ranks, axis=1).sum(axis=0) for _ in range(20000)])
    spread = (shuffled[:, 1] - shuffled[:, 0]).std()
    seen = ranks.sum(axis=0)
    outcome = friedman(values, "D1")["D8"]
    assert outcome.p_value == pytest.approx(2.0 * stats.norm.sf(abs(seen[1] - seen[0]) / spread), rel=0.02)


def test_friedman_needs_two_complete_cases_and_three_visits() -> None:
    two_visits = {"D1": {"S1": 1.0, "S2": 2.0}, "D8": {"S1": 2.0, "S2": 3.0}}
    assert friedman(two_visits, "D1")["D8"].method == "not tested: 2 complete cases"
    one_case = {v: {"S1": float(i)} for i, v in enumerate(VISITS)}
    assert friedman(one_case, "D1")["D8"].method == "not tested: 1 complete case"


def test_holm_is_statsmodels_holm() -> None:
    p_values = [0.001, 0.04, 0.03, 0.6, 0.0078125]
    family = {str(i): Outcome("t", 8, p, "exact", 0.0) for i, p in enumerate(p_values)}
    family["untested"] = Outcome("t", 0, None, "not tested: 0 pairs")
    adjusted = holm(family)
    expected = multipletests(p_values, method="holm")[1]
    assert [adjusted[str(i)].p_value for i in range(5)] == pytest.approx(list(expected), rel=1e-12)
    assert adjusted["untested"] == family["untested"]
    assert adjusted["1"].method == "exact; Holm over 5 visits, unadjusted p = 0.04"
