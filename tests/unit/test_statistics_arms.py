"""Arms compared: against statsmodels and SciPy used directly, and every permutation written out."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from shipped_tables import FIGURES, summarise, table1
from visit_tables import SUBJECTS, VISITS, trial

from tregate.pipelines.report.figure_files import draw, write_figure
from tregate.pipelines.report.trial_figures import figures_of
from tregate.pipelines.statistics.arms import ancova, arm_by_visit
from tregate.pipelines.statistics.measures import Measure
from tregate.pipelines.statistics.rank_sum import rank_sum, shift_between
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.statistics.summarise import Summary
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.analysis_declarations import Responders, Span
from tregate.pipelines.study.subjects import Subject, load_subjects

ARMS = ("placebo", "low", "high")


def two_arms(seed: int, n: int, *, effect: float = 0.4) -> tuple[Series, dict[str, Subject]]:
    rng = np.random.default_rng(seed)
    people = {f"S{i:02d}": Subject(ARMS[i % 2], "AB"[i % 3 > 0]) for i in range(n)}
    values: dict[str, dict[str, float]] = {"D1": {}, "D8": {}, "M1": {}}
    for i, subject in enumerate(people):
        own = rng.normal(4.0, 0.5)
        values["D1"][subject] = float(np.exp(own + rng.normal(0.0, 0.2)))
        for visit in ("D8", "M1"):
            values[visit][subject] = float(np.exp(own + effect * (i % 2) + rng.normal(0.0, 0.2)))
    return Series(measure=Measure("t", "m"), visits=("D1", "D8", "M1"), baseline="D1", values=values), people


@pytest.mark.parametrize("covariates", [(), ("site",)])
@pytest.mark.parametrize("n", [9, 16, 24])
def test_the_adjusted_ratio_is_statsmodels_formula(n: int, covariates: tuple[str, ...]) -> None:
    series, people = two_arms(n, n)
    frame = pd.DataFrame(
        {
            "y": np.log([series.values["D8"][s] for s in people]),
            "base": np.log([series.values["D1"][s] for s in people]),
            "arm": [one.arm for one in people.values()],
            "site": [one.site for one in people.values()],
        }
    )
    fit = smf.ols("y ~ C(arm, Treatment('placebo')) + base" + "".join(f" + C({c})" for c in covariates), frame).fit()
    name = "C(arm, Treatment('placebo'))[T.low]"
    seen = ancova(series, "D8", people, "low", "placebo", covariates)
    assert seen is not None
    assert (seen.p_value, seen.freedom) == (pytest.approx(fit.pvalues[name], rel=1e-9), fit.df_resid)
    limits = (seen.ratio.estimate, seen.ratio.low, seen.ratio.high)
    assert limits == pytest.approx(tuple(np.exp([fit.params[name], *fit.conf_int().loc[name]])), rel=1e-9)


def test_an_arm_of_two_subjects_is_not_modelled() -> None:
    series, people = two_arms(1, 5)
    assert ancova(series, "D8", people, "low", "placebo") is None
    assert ancova(series, "D8", {s: Subject("low") for s in people}, "low", "placebo") is None


@pytest.mark.parametrize(("first", "second"), [(3, 4), (8, 8), (12, 10)])
def test_the_rank_sum_test_is_scipys_exact_one(first: int, second: int) -> None:
    rng = np.random.default_rng(first)
    group, reference = rng.normal(0.5, 1.0, first), rng.normal(0.0, 1.0, second)
    expected = stats.mannwhitneyu(group, reference, method="exact").pvalue
    assert rank_sum(group.tolist(), reference.tolist()) == (pytest.approx(expected, rel=1e-12), True)


def test_ties_have_the_distribution_of_every_choice_of_subjects() -> None:
    group, reference = [1.0, 2.0, 2.0, 5.0], [0.0, 1.0, 1.0, 2.0, 2.0]
    ranks = stats.rankdata([*group, *reference])
    sums = np.array([ranks[list(one)].sum() for one in itertools.combinations(range(9), 4)])
    seen = ranks[:4].sum()
    expected = min(1.0, 2.0 * min(np.mean(sums <= seen), np.mean(sums >= seen)))
    assert rank_sum(group, reference)[0] == pytest.approx(expected)


@pytest.mark.parametrize(("first", "second"), [(4, 4), (8, 8), (7, 12)])
def test_the_shift_holds_what_the_rank_sum_test_does_not_reject(first: int, second: int) -> None:
    rng = np.random.default_rng(second)
    group, reference = rng.normal(1.0, 1.0, first), rng.normal(0.0, 1.0, second)
    interval = shift_between(group.tolist(), reference.tolist())
    assert interval.low is not None
    assert interval.high is not None
    step = 1e-7
    for inside, outside in ((interval.low + step, interval.low - step), (interval.high - step, interval.high + step)):
        assert stats.mannwhitneyu(group - inside, reference, method="exact").pvalue > 0.05
        assert stats.mannwhitneyu(group - outside, reference, method="exact").pvalue <= 0.05
    assert shift_between([1.0, 2.0], [0.0, 1.0]).low is None


def test_arm_by_visit_is_every_choice_of_the_arms_subjects_written_out() -> None:
    rng = np.random.default_rng(4)
    subjects = [f"S{i}" for i in range(8)]
    arm_of = {s: i < 4 for i, s in enumerate(subjects)}
    changes = {v: {s: float(rng.normal(0.8 * arm_of[s], 1.0)) for s in subjects} for v in ("a", "b")}
    del changes["b"]["S1"]
    smallest = []
    for chosen in itertools.combinations(subjects, 4):
        p = []
        for of in changes.values():
            sides = ([x for s, x in of.items() if s in chosen], [x for s, x in of.items() if s not in chosen])
            p.append(float(stats.ttest_ind(*sides).pvalue))
        smallest.append(min(p))
        if set(chosen) == set(subjects[:4]):
            seen = p
    adjusted, any_visit = arm_by_visit(changes, arm_of)
    for visit, value in zip(changes, seen, strict=True):
        assert adjusted[visit] == pytest.approx(np.mean(np.array(smallest) <= value * (1 + 1e-6)))
    assert any_visit == min(adjusted.values())


def test_the_summary_compares_arms_spans_and_responders() -> None:
    tables = trial(3, missed=[("P01", visit) for visit in VISITS[1:]])
    people = {s: Subject(("placebo", "low")[i % 2], "AB"[i // 5]) for i, s in enumerate(SUBJECTS)}
    measure = "treg.treg_percent_of_cd4"
    analysis = Analysis(
        spans={"maintenance": Span(visits=("D15", "M1", "M3"))},
        responders=(Responders(measure=measure, visit="D8", at_least=1.35),),
    )
    found = summarise(tables, VISITS, "D1", analysis, subjects=people)
    rows = [r for r in found.comparisons.records() if f"{r['table']}.{r['measure']}" == measure]
    responders = next(r for r in rows if r["comparison"] == "responders")
    folds = next(s for s in found.series if str(s.measure) == measure).folds["D8"].values()
    assert responders["estimate"] == sum(fold >= 1.35 for fold in folds)
    assert (responders["n"], responders["least"], responders["largest"]) == (8, min(folds), max(folds))
    span = [r for r in rows if r["comparison"] == "span"]
    assert [r["visit"] for r in span] == [None, "D15", "M1", "M3"]
    assert span[0]["p_any_visit"] == min(float(r["p_all_visits"] or 9) for r in span[1:])
    arms = [r for r in rows if r["comparison"] == "arms" and r["subset"] == ""]
    assert {(r["group"], r["reference"]) for r in arms} == {("low", "placebo")}
    assert {r["visit"] for r in arms} == set(VISITS[1:])
    assert {r["subset"] for r in rows if r["comparison"] == "arms"} == {"", "site A", "site B"}


def two_arms_at_two_sites() -> tuple[Summary, dict[str, Subject]]:
    people = {s: Subject(("placebo", "low")[i % 2], "AB"[i // 5]) for i, s in enumerate(SUBJECTS)}
    return summarise(trial(3), VISITS, "D1", Analysis(), subjects=people), people


def test_diseases_of_a_basket_are_groups_too() -> None:
    people = {
        s: Subject(("placebo", "low")[i % 2], disease=("lupus", "sclerosis", "")[i % 3]) for i, s in enumerate(SUBJECTS)
    }
    summary = summarise(trial(3), VISITS, "D1", Analysis(), subjects=people)
    groups = {(r["grouped_by"], r["group"]) for r in summary.by_group.records()}
    assert {("disease", "lupus"), ("disease", "sclerosis"), ("arm and disease", "low, lupus")} <= groups
    assert ("disease", "") not in groups
    assert {r["subset"] for r in summary.comparisons.records()} == {"", "disease lupus", "disease sclerosis"}


def test_each_arm_has_the_summary_of_its_subjects_alone() -> None:
    summary, people = two_arms_at_two_sites()
    rows = list(summary.by_group.records())
    groups = dict.fromkeys((r["grouped_by"], r["group"]) for r in rows)
    assert list(groups)[:4] == [("arm", "placebo"), ("arm", "low"), ("site", "A"), ("site", "B")]
    assert ("arm and site", "low, B") in groups
    low = [s for s, one in people.items() if one.arm == "low"]
    alone = summarise(trial(3, subjects=low), VISITS, "D1", Analysis())
    expected = {(r["table"], r["measure"], r["visit"]): r for r in alone.table.records()}
    found = {(r["table"], r["measure"], r["visit"]): r for r in rows if r["group"] == "low"}
    assert found.keys() == expected.keys()
    here = next(iter(found))
    series = next(s for s in summary.series if (s.measure.table, s.measure.name) == here[:2])
    mean = np.mean([series.values["D1"][s] for s in low])
    assert found[here]["mean"] == pytest.approx(mean)
    assert not any(r["stars"] for r in rows)


def test_tables_and_figures_are_written_by_arm(tmp_path: Path) -> None:
    summary, _ = two_arms_at_two_sites()
    text = table1(summary.table, VISITS, "D1", by_group=summary.by_group, comparisons=summary.comparisons)
    assert "## Arm: placebo" in text
    assert "## Between arms" in text
    figures = figures_of(summary, FIGURES["figure1"][:1], "figure1")
    assert [figure.name for figure in figures] == ["figure1", "figure1_by_arm", "figure1_between_arms"]
    files = [file for figure in figures for file in write_figure(figure, tmp_path)]
    assert [file.suffix for file in files] == 3 * [".png", ".svg", ".pdf"]
    first = {file.name: file.read_bytes() for file in files}
    assert {file.name: file.read_bytes() for figure in figures for file in write_figure(figure, tmp_path)} == first
    assert len(figures_of(replace(summary, subjects={}), FIGURES["figure1"], "none")) == 1


def test_the_figure_between_arms_shows_the_estimates_of_comparisons_csv() -> None:
    summary, _ = two_arms_at_two_sites()
    name = FIGURES["figure1"][0]
    rows = [r for r in summary.comparisons.records() if r["comparison"] == "arms"]
    panel = draw(figures_of(summary, [name], "figure1")[2]).axes[0]
    drawn = {round(float(line.get_ydata()[0]), 9) for line in panel.lines if len(line.get_ydata()) == 1}
    adjusted = {
        round(float(r["estimate"] or 0), 9)
        for r in rows
        if f"{r['table']}.{r['measure']}" == name and "ANCOVA" in str(r["method"]) and not r["subset"]
    }
    assert adjusted
    assert adjusted <= drawn


def test_without_arms_spans_and_responders_nothing_is_compared() -> None:
    assert len(summarise(trial(3), VISITS, "D1", Analysis()).comparisons) == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("subject,arm\nA,p\nA,q\nB,p\n", "is listed twice"),
        ("subject,arm\nA,p\n", "lacks subjects of samples.csv: B"),
        ("subject,arm\nA,p\nB,\n", "`arm` is empty for B"),
        ("subject,arm\n,p\nA,p\nB,p\n", "`subject` is empty"),
        ("subject,amr\nA,60\nB,70\n", 'Did you mean "arm"'),
        ("subject,Treatment\nA,p\nB,p\n", 'Did you mean "arm"'),
        ("subject,first_dose\nA,15/01/2024\nB,\n", "2024-01-15"),
        ("subject,age\nA,old\nB,30\n", "age"),
        ("subject,sex\nA,x\nB,F\n", "none of F, M and U"),
    ],
)
def test_what_is_wrong_with_the_list_of_subjects_is_reported(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "subjects.csv"
    path.write_text(text, encoding="utf-8")
    _, problems = load_subjects(path, "subjects.csv", {"A", "B"})
    assert [problem for problem in problems if says in f"{problem}"], problems


def test_the_list_of_subjects_is_read(tmp_path: Path) -> None:
    path = tmp_path / "subjects.csv"
    path.write_text("subject,arm,site,note\nA,placebo,Lyon,x\nB,low,Paris,\n", encoding="utf-8")
    people, problems = load_subjects(path, "subjects.csv", {"A", "B"})
    assert not problems
    assert people == {"A": Subject("placebo", "Lyon"), "B": Subject("low", "Paris")}
