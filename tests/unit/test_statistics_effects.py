"""Effects and their intervals against SciPy and by hand; sign flips against all signs written out."""

import itertools
import re

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from visit_tables import VISITS, trial

from tregate.pipelines.statistics.effects import effect_of, exact_share, geometric_mean_ratio, hodges_lehmann
from tregate.pipelines.statistics.measures import Measure
from tregate.pipelines.statistics.series import Series, series_of
from tregate.pipelines.visit_tests.count_model import count_model, rate_ratio
from tregate.pipelines.visit_tests.mean_sign_flip import flipped
from tregate.pipelines.visit_tests.paired_t import paired_t
from tregate.pipelines.visit_tests.sign_flips import EXACT_UP_TO, max_t, sign_flip


def random_series(seed: int, n: int, *, mean: float = 60.0) -> Series:
    """Counts in 1 to 3 µL of blood."""
    rng = np.random.default_rng(seed)
    values: dict[str, dict[str, float]] = {"D1": {}, "D8": {}}
    adds: dict[tuple[str, str], float] = {}
    for number in range(n):
        own = mean * rng.lognormal(0.0, 0.4)
        for visit, rise in (("D1", 1.0), ("D8", 1.5)):
            blood = rng.uniform(1.0, 3.0)
            values[visit][f"S{number:02d}"] = float(rng.poisson(own * rise * blood)) / blood
            adds[f"S{number:02d}", visit] = 1.0 / blood
    return Series(measure=Measure("t", "m"), visits=("D1", "D8"), baseline="D1", values=values, one_event=adds)


@pytest.mark.parametrize("n", [3, 8, 20])
def test_the_geometric_mean_ratio_is_students_on_logs(n: int) -> None:
    logs = np.random.default_rng(n).normal(0.4, 0.5, n)
    interval = geometric_mean_ratio(logs.tolist())
    expected = np.exp(stats.t.interval(0.95, n - 1, loc=logs.mean(), scale=stats.sem(logs)))
    assert (interval.low, interval.high) == pytest.approx(tuple(expected), rel=1e-12)
    assert interval.estimate == pytest.approx(stats.gmean(np.exp(logs)), rel=1e-12)


@pytest.mark.parametrize("n", [6, 7, 8, 9, 12, 20])
def test_the_shifts_interval_holds_what_the_exact_test_does_not_reject(n: int) -> None:
    """A shift inside is not rejected at 5 %, one outside is: SciPy's exact signed-rank test, inverted."""
    changes = np.random.default_rng(n).normal(1.0, 2.0, n)
    interval = hodges_lehmann(changes.tolist())
    assert interval.low is not None
    assert interval.high is not None
    step = 1e-7
    for inside, outside in ((interval.low + step, interval.low - step), (interval.high - step, interval.high + step)):
        assert stats.wilcoxon(changes - inside, method="exact").pvalue > 0.05
        assert stats.wilcoxon(changes - outside, method="exact").pvalue <= 0.05
    pairs = [(a + b) / 2 for a, b in itertools.combinations_with_replacement(changes, 2)]
    assert interval.estimate == pytest.approx(np.median(pairs))


@pytest.mark.parametrize("n", [1, 4, 5])
def test_fewer_than_six_changes_have_a_shift_and_no_interval(n: int) -> None:
    interval = hodges_lehmann([1.0, 2.0, 4.0, 8.0, 16.0][:n])
    assert (interval.low, interval.high) == (None, None)


@pytest.mark.parametrize(("count", "of"), [(0, 8), (1, 9), (7, 8), (8, 8), (30, 60)])
def test_limits_of_a_share_are_clopper_and_pearsons(count: int, of: int) -> None:
    expected = stats.binomtest(count, of).proportion_ci(method="exact")
    assert exact_share(count, of) == pytest.approx((expected.low, expected.high), rel=1e-9)


def test_what_has_no_effect_is_refused() -> None:
    with pytest.raises(ValueError, match="1 ratios have no interval"):
        geometric_mean_ratio([0.3])
    with pytest.raises(ValueError, match="no changes have no shift"):
        hodges_lehmann([])
    with pytest.raises(ValueError, match="3 of 2 is no share"):
        exact_share(3, 2)
    with pytest.raises(ValueError, match="cannot be tested"):
        sign_flip([])


@pytest.mark.parametrize("n", [3, 5, 8, 11])
def test_a_sign_flip_is_scipys_permutation_of_samples(n: int) -> None:
    changes = np.random.default_rng(n).normal(0.5, 1.0, n)
    expected = stats.permutation_test((changes,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip(changes.tolist()) == (pytest.approx(expected.pvalue, rel=1e-12), True)


def test_drawn_flips_are_near_all_flips_and_the_same_every_time() -> None:
    changes = np.random.default_rng(3).normal(0.45, 1.0, EXACT_UP_TO + 4).tolist()
    p, exact = sign_flip(changes)
    every = stats.permutation_test((changes,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
    assert not exact
    assert p == pytest.approx(every, abs=4.0 * np.sqrt(every * (1 - every) / 10000))
    assert sign_flip(changes)[0] == p


@pytest.mark.parametrize("missing", [False, True])
def test_max_t_is_every_sign_of_every_subject_written_out(missing: bool) -> None:
    rng = np.random.default_rng(5)
    subjects = [f"S{i}" for i in range(7)]
    own = rng.normal(0.0, 0.6, 7)
    changes = {
        visit: {s: float(own[i] + rng.normal(0.5, 1.0)) for i, s in enumerate(subjects)} for visit in ("a", "b", "c")
    }
    if missing:
        del changes["b"]["S0"], changes["b"]["S3"], changes["c"]["S3"]
    largest, seen = [], {}
    for flips in itertools.product((1.0, -1.0), repeat=7):
        p = {}
        for visit, of in changes.items():
            flipped_changes = [flips[subjects.index(s)] * value for s, value in of.items()]
            p[visit] = float(stats.ttest_1samp(flipped_changes, 0.0).pvalue)
        largest.append(min(p.values()))
        if set(flips) == {1.0}:
            seen = p
    result = max_t(changes)
    for visit, p_seen in seen.items():
        assert result.adjusted[visit] == pytest.approx(np.mean(np.array(largest) <= p_seen * (1 + 1e-6)))
    assert result.any_change == min(result.adjusted.values())
    assert (result.exact, result.subjects) == (True, 7)


def test_max_t_of_one_visit_is_its_sign_flip() -> None:
    changes = dict(zip("abcdefgh", np.random.default_rng(8).normal(0.4, 1.0, 8).tolist(), strict=True))
    assert max_t({"D8": changes}).any_change == pytest.approx(sign_flip(list(changes.values()))[0])


def test_visits_without_change_or_of_two_pairs_do_not_disturb_max_t() -> None:
    changes = dict(zip("abcdef", (0.3, 0.4, -0.1, 0.6, 0.2, 0.5), strict=True))
    alone = max_t({"D8": changes})
    still = max_t({"D8": changes, "M1": dict.fromkeys("abcdef", 0.0), "M3": {"a": 9.0, "b": 9.0}})
    assert still.adjusted["D8"] == alone.adjusted["D8"]
    assert (still.adjusted["M1"], "M3" in still.adjusted) == (1.0, False)
    assert max_t({"M3": {"a": 1.0}}).any_change is None


@pytest.mark.parametrize("seed", range(4))
def test_the_paired_t_is_scipys_of_log_counts(seed: int) -> None:
    series = random_series(seed, 9)
    events = {
        v: np.array([series.values[v][s] / series.one_event[s, v] for s in series.values[v]]) for v in ("D1", "D8")
    }
    blood = {v: np.array([1.0 / series.one_event[s, v] for s in series.values[v]]) for v in ("D1", "D8")}
    logs = {v: np.log((events[v] + 0.5) / blood[v]) for v in events}
    expected = stats.ttest_rel(logs["D8"], logs["D1"])
    assert paired_t(series, "D8").p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert flipped(series, "D8").p_value == pytest.approx(sign_flip((logs["D8"] - logs["D1"]).tolist())[0])


def counts_of_pairs(seed: int, *, between: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts now and before of 9 subjects whose ratios differ by `between` on logs, and log ratio of exposures."""
    rng = np.random.default_rng(seed)
    own, blood = 40.0 * rng.lognormal(0.0, 0.6, 9), rng.uniform(1.0, 3.0, (2, 9))
    before = rng.poisson(own * blood[0])
    now = rng.poisson(own * 1.5 * rng.lognormal(0.0, between, 9) * blood[1])
    return now.astype(float), before.astype(float), np.log(blood[1] / blood[0])


@pytest.mark.parametrize("seed", range(4))
def test_counts_that_vary_as_poisson_ones_are_statsmodels_poisson_with_subjects_as_blocks(seed: int) -> None:
    now, before, offset = counts_of_pairs(seed, between=0.0)
    found = rate_ratio(now, before, offset)
    design = np.vstack([np.hstack([np.full((9, 1), visit), np.eye(9)]) for visit in (1.0, 0.0)])
    exposure = np.concatenate([offset, np.zeros(9)])
    fit = sm.GLM(np.concatenate([now, before]), design, family=sm.families.Poisson(), offset=exposure).fit()
    if found.variation == 0.0:
        assert found.log == pytest.approx(fit.params[0], rel=1e-6)
        assert found.error == pytest.approx(fit.bse[0], rel=1e-6)
    assert found.log == pytest.approx(fit.params[0], abs=0.5 * fit.bse[0])


@pytest.mark.parametrize("seed", range(4))
def test_extra_variation_is_williams_weights_in_statsmodels(seed: int) -> None:
    now, before, offset = counts_of_pairs(seed, between=0.5)
    found = rate_ratio(now, before, offset)
    assert found.variation > 0.0
    weights = 1.0 / (1.0 + (now + before - 1.0) * found.variation)
    both = np.column_stack([now, before])
    model = sm.GLM(both, np.ones((9, 1)), family=sm.families.Binomial(), offset=offset, var_weights=weights)
    fit = model.fit(scale=1.0)
    assert found.log == pytest.approx(fit.params[0], rel=1e-6)
    assert found.error == pytest.approx(fit.bse[0], rel=1e-5)
    assert fit.pearson_chi2 == pytest.approx(8.0, rel=1e-5)


def test_the_count_model_tells_its_rate_ratio_with_limits() -> None:
    series = random_series(1, 9)
    outcome = count_model(series, "D8")
    assert outcome.p_value is not None
    assert outcome.p_floor is None
    numbers = re.search(r"rate ratio ([0-9.]+) \(([0-9.]+) to ([0-9.]+)\)", outcome.method)
    assert numbers is not None
    ratio, low, high = map(float, numbers.groups())
    assert low < ratio < high
    assert (outcome.p_value < 0.05) == (not low <= 1.0 <= high)


def test_an_effect_has_nothing_below_three_pairs() -> None:
    treg = trial(2, subjects=("P01", "P02"))[0]
    effect = effect_of(series_of(treg, Measure("treg", "treg_per_ul"), VISITS, "D1"), "D8")
    assert (effect.pairs, effect.mean_change, effect.gmr, effect.shift) == (2, None, None, None)
