"""What `analysis:` declares beyond single tests: families, spans, tests of measures, censoring, layouts."""

import numpy as np
import pytest
from scipy import stats
from shipped_tables import DECLARED, summarise, table1
from statsmodels.stats.multitest import multipletests
from visit_tables import VISITS, trial

from tregate.pipelines.report.visit_tables import measure_tables
from tregate.pipelines.statistics.censored_ratio import Pairs, censored_ratio, log_likelihood, ratio_of
from tregate.pipelines.statistics.effects import Interval, geometric_mean_ratio
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.analysis_declarations import Family, Responders, Span
from tregate.pipelines.visit_tests.course import Course

NK, BRIGHT = "nk.nk_per_ul", "nk.nk_bright_per_ul"
SECONDARY = {"secondary": Family(measures=(NK, BRIGHT), visits=("D8", "M1", "M6"))}
Key = tuple[str, str]


def p_of(analysis: Analysis, column: str = "p_value") -> dict[Key, float | None]:
    rows = summarise(trial(3), VISITS, "D1", analysis).table.records()
    return {
        (f"{row['table']}.{row['measure']}", str(row["visit"])): None if row[column] is None else float(row[column])
        for row in rows
    }


def series_of(analysis: Analysis, measure: str) -> Series:
    return next(s for s in summarise(trial(3), VISITS, "D1", analysis).series if str(s.measure) == measure)


@pytest.mark.parametrize("adjust", ["holm", "bonferroni"])
def test_a_family_is_adjusted_over_its_measures_and_visits(adjust: str) -> None:
    raw = p_of(Analysis())
    family = SECONDARY["secondary"].model_copy(update={"adjust": adjust})
    places = [(measure, visit) for measure in (NK, BRIGHT) for visit in ("D8", "M1", "M6")]
    expected = multipletests([raw[place] for place in places], method=adjust)[1]
    declared = Analysis(families={"secondary": family})
    found = p_of(declared)
    assert [found[place] for place in places] == pytest.approx(expected.tolist(), rel=1e-12)
    assert [p_of(declared, "p_unadjusted")[place] for place in places] == [raw[place] for place in places]
    others = [place for place in raw if place not in places]
    assert [found[place] for place in others] == [raw[place] for place in others]


def test_tests_outside_the_families_earn_no_stars_and_the_primary_endpoint_stands_alone() -> None:
    primary = "treg.treg_percent_of_cd4"
    family = Family(measures=(primary, NK))
    summary = summarise(
        trial(3), VISITS, "D1", Analysis(primary_measure=primary, primary_visit="D8", families={"all": family})
    )
    rows = {(f"{r['table']}.{r['measure']}", r["visit"]): r for r in summary.table.records()}
    assert rows[primary, "D8"]["stars"] == "**"
    assert rows[primary, "D8"]["family"] is None
    assert rows[primary, "D8"]["p_unadjusted"] is None
    assert rows[primary, "D15"]["family"] == "all"
    assert "Holm over 9 tests" in str(rows[primary, "D15"]["p_method"])
    assert {r["stars"] for (m, _), r in rows.items() if m not in (primary, NK)} <= {None, ""}
    notes = " ".join(summary.notes)
    assert f"Family all: 9 tests of {primary}, {NK}, adjusted by Holm." in notes
    assert "Tests outside the families are descriptive and earn no stars." in notes


def test_a_fixed_sequence_ends_where_a_test_fails() -> None:
    raw = p_of(Analysis())
    order = ("D8", "M3", "M6")
    family = Family(measures=(BRIGHT,), visits=order, adjust="fixed_sequence")
    found = p_of(Analysis(families={"f": family}))
    largest = np.maximum.accumulate([float(raw[BRIGHT, visit] or 0) for visit in order])
    assert [found[BRIGHT, visit] for visit in order] == pytest.approx(largest.tolist())


def test_max_t_over_measures_flips_a_subject_in_all_of_them() -> None:
    family = Family(measures=(NK, BRIGHT), visits=("D8", "M6"), adjust="max_t")
    found = p_of(Analysis(families={"f": family}))
    changes = [
        np.array([series.log_changes(visit)[s] for s in sorted(series.log_changes("D8"))])
        for series in (series_of(Analysis(), NK), series_of(Analysis(), BRIGHT))
        for visit in ("D8", "M6")
    ]
    n = len(changes[0])
    flips = np.array(np.meshgrid(*[[1, -1]] * n)).reshape(n, -1).T
    sizes = np.array([np.abs(stats.ttest_1samp(flips * c, 0.0, axis=1).statistic) for c in changes])
    seen = [abs(stats.ttest_1samp(c, 0.0).statistic) for c in changes]
    expected = [float(np.mean(sizes.max(axis=0) >= t * (1 - 1e-9))) for t in seen]
    assert [found[m, v] for m in (NK, BRIGHT) for v in ("D8", "M6")] == pytest.approx(expected, rel=1e-6)


def test_what_families_cannot_be_is_a_problem() -> None:
    twice = {"a": Family(measures=(NK,)), "b": Family(measures=(NK,), visits=("D8",))}
    found = Analysis(families=twice, adjust="holm").problems(("D1", "D8"), "D1")
    assert any("is in the families a and b" in problem for problem in found)
    assert any("would adjust twice" in problem for problem in found)
    unplanned = Analysis(families={"a": Family(measures=(NK,), visits=("D9",))}).problems(("D1", "D8"), "D1")
    assert any("families names 'D9'" in problem for problem in unplanned)


def test_a_measure_may_have_a_test_of_its_own() -> None:
    summary = summarise(trial(3), VISITS, "D1", Analysis(tests_of={BRIGHT: "paired_t"}))
    tests = {(f"{r['table']}.{r['measure']}", r["visit"]): r["test"] for r in summary.table.records()}
    assert tests[BRIGHT, "D8"] == tests[BRIGHT, "M6"] == "paired t on logs"
    assert tests[NK, "D8"] == "Wilcoxon signed-rank"
    assert f"{BRIGHT} at every visit: paired t test of log ratios." in summary.notes


@pytest.mark.parametrize("scale", ["values", "logs", "ranks"])
def test_a_span_is_tested_on_the_declared_scale_with_its_own_baseline(scale: str) -> None:
    span = Span.model_validate({"visits": ["M1", "M3", "M6"], "baseline": "D15", "test": "rm_anova_gg", "scale": scale})
    found = summarise(trial(3), VISITS, "D1", Analysis(spans={"late": span}))
    (row,) = [r for r in found.comparisons.records() if f"{r['table']}.{r['measure']}" == NK]
    series = series_of(Analysis(), NK)
    of = series.values if scale != "logs" else {visit: series.log_values(visit) for visit in VISITS}
    table = np.array([[of[v][s] for v in ("D15", "M1", "M3", "M6")] for s in sorted(of["M6"])])
    if scale == "ranks":
        table = stats.rankdata(table).reshape(table.shape)
    n, k = table.shape
    residual = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    f = n * ((table.mean(axis=0) - table.mean()) ** 2).sum() / (k - 1) / ((residual**2).sum() / ((n - 1) * (k - 1)))
    s = np.cov(table, rowvar=False)
    centred = s - s.mean(axis=0) - s.mean(axis=1)[:, None] + s.mean()
    gg = np.trace(centred) ** 2 / ((k - 1) * (centred**2).sum())
    expected = stats.f.sf(f, gg * (k - 1), gg * (n - 1) * (k - 1))
    assert (row["subset"], row["reference"], row["n"]) == ("late", "D15", n)
    assert row["p_any_visit"] == pytest.approx(expected, rel=1e-9)


def pairs_of(before: np.ndarray, now: np.ndarray, limit: float = -np.inf) -> Pairs:
    """Log values, those below `limit` censored at it."""
    return Pairs(np.maximum(before, limit), np.maximum(now, limit), before < limit, now < limit)


def test_without_censoring_the_censored_ratio_is_the_t_interval() -> None:
    rng = np.random.default_rng(1)
    before = rng.normal(2.0, 0.6, 9)
    now = before + rng.normal(0.4, 0.5, 9)
    found, expected = ratio_of(pairs_of(before, now)), geometric_mean_ratio((now - before).tolist())
    assert found is not None
    assert (found.estimate, found.low, found.high) == pytest.approx(
        (expected.estimate, expected.low, expected.high), rel=1e-4
    )


def test_the_likelihood_of_censored_pairs_is_scipys_bivariate_normal_one() -> None:
    rng = np.random.default_rng(2)
    before = rng.normal(0.0, 1.0, 12)
    now = 0.1 + 0.7 * before + rng.normal(0.0, 0.7, 12)
    limit = 0.1
    pairs = pairs_of(before, now, limit)
    mean, change, sd_before, sd_now, r = 0.1, 0.4, 1.1, 0.9, 0.6
    covariance = [[sd_before**2, r * sd_before * sd_now], [r * sd_before * sd_now, sd_now**2]]
    both = stats.multivariate_normal([mean, mean + change], covariance)
    expected = 0.0
    for a, b in zip(before, now, strict=True):
        if a >= limit and b >= limit:
            expected += both.logpdf([a, b]) + np.log(2 * np.pi)
        elif a < limit and b < limit:
            expected += np.log(both.cdf([limit, limit]))
        else:
            of_before, of_now = (sd_before, mean), (sd_now, mean + change)
            known = b if a < limit else a
            (sd, m), (other_sd, other) = (of_now, of_before) if a < limit else (of_before, of_now)
            given = other + r * other_sd * (known - m) / sd
            expected += stats.norm.logpdf(known, m, sd) + 0.5 * np.log(2 * np.pi)
            expected += stats.norm.logcdf(limit, given, other_sd * np.sqrt(1 - r * r))
    found = log_likelihood(pairs, change, np.array([mean, np.log(sd_before), np.log(sd_now), np.arctanh(r)]))
    assert len({(x, y) for x, y in zip(pairs.before_censored, pairs.now_censored, strict=True)}) == 4
    assert found == pytest.approx(expected, rel=1e-5)


def censored_trials(number: int) -> tuple[list[Interval], list[float]]:
    """Values rise 4-fold from baselines of which a third is below 5: the censored ratio, and 5 in their place."""
    rng = np.random.default_rng(3)
    names = [f"S{i:02d}" for i in range(12)]
    ratios, replaced = [], []
    for _ in range(number):
        true = np.exp(np.log(5.0) + rng.normal(0.2, 0.5, 12))
        later = 4.0 * true * rng.lognormal(0.0, 0.25, 12)
        both = {"D1": np.maximum(true, 5.0), "D8": later}
        values = {visit: dict(zip(names, of.tolist(), strict=True)) for visit, of in both.items()}
        censored = frozenset((name, "D1") for name, value in zip(names, true, strict=True) if value < 5.0)
        course = Course(visits=("D1", "D8"), baseline="D1", values=values, censored=censored)
        found = censored_ratio(course, "D8")
        if found is not None:
            ratios.append(found)
            replaced.append(geometric_mean_ratio(list(course.log_changes("D8").values())).estimate)
    return ratios, replaced


def test_a_limit_in_the_place_of_censored_baselines_shrinks_the_rise_and_the_censored_ratio_does_not() -> None:
    ratios, replaced = censored_trials(10)
    assert len(ratios) == 10
    assert np.median(replaced) < 3.8
    assert np.median([one.estimate for one in ratios]) == pytest.approx(4.0, rel=0.05)


@pytest.mark.slow
def test_the_censored_interval_covers_the_true_ratio() -> None:
    ratios, _ = censored_trials(300)
    inside = [(one.low or 0.0) <= 4.0 <= (one.high or np.inf) for one in ratios]
    assert len(ratios) > 290
    assert 0.92 <= np.mean(inside) <= 0.98
    assert abs(np.log(np.mean([one.estimate for one in ratios]) / 4.0)) < 0.02


@pytest.mark.parametrize(
    ("cell", "words", "columns"),
    [
        ("median_range", "Median (range)", ("median", "min", "max")),
        ("median_iqr", "Median (quartiles)", ("median", "q1", "q3")),
    ],
)
def test_table1_and_the_page_show_the_declared_layout(cell: str, words: str, columns: tuple[str, ...]) -> None:
    analysis = Analysis.model_validate({"cell": cell})
    summary = summarise(trial(3), VISITS, "D1", analysis)
    text = table1(summary.table, VISITS, "D1", cell=summary.cell)
    row = next(r for r in summary.table.records() if (r["measure"], r["visit"]) == ("lymphocytes_per_ul", "D8"))
    middle, low, high = (float(row[name]) for name in columns)  # type: ignore[arg-type]
    assert f"{words}, stars against D1" in text
    assert f"{middle:.0f} ({low:.0f} to {high:.0f}){row['stars']} ({row['n']})" in text
    page = measure_tables([*trial(3), summary.table], VISITS, DECLARED, cell=summary.cell)
    shown = next(m for m in page if m.measure == "lymphocytes_per_ul").summary[1]
    assert shown.mean.count(" to ") == 1


def test_table1_prints_factor_time_and_responders() -> None:
    rule = Responders(measure=NK, visit="D8", at_least=1.35)
    analysis = Analysis(spans={"late": Span(visits=("M1", "M3"))}, responders=(rule,))
    summary = summarise(trial(3), VISITS, "D1", analysis)
    text = table1(summary.table, VISITS, "D1", comparisons=summary.comparisons)
    assert "## Factor time" in text
    assert "## Responders" in text
    assert "factor time over D1, M1, M3 of log values: max-t sign flips" in text
    assert "## Between arms" not in text
