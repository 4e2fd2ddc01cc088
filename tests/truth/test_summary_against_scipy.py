"""Every number of summary.csv against pandas, scipy and statsmodels used directly, in code of its own."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from shipped_tables import DECLARED, summarise
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.multitest import multipletests
from visit_tables import SUBJECTS, VISITS, trial

from tregate.pipelines.files.csv_file import read_csv, write_csv
from tregate.pipelines.files.table import Table
from tregate.pipelines.statistics import summarise as summaries
from tregate.pipelines.statistics.censored_ratio import Pairs, ratio_of
from tregate.pipelines.statistics.summarise import Summary
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.declared import Declared

MISSED = frozenset(
    {("P01", visit) for visit in VISITS[1:]}  # withdrew before day 8
    | {("P04", "D15"), ("P05", "M3"), ("P06", "M3"), ("P06", "M6"), ("P08", "M6")}
)
MEASURES = {
    "treg": ("cd4_per_ul", "treg_percent_of_cd4", "treg_per_ul", "treg_percent_of_teff"),
    "nk": ("nk_per_ul", "nk_bright_per_ul", "nk_dim_per_ul", "nk_bright_percent_of_nk"),
    "subsets": (
        *("lymphocytes_per_ul", "cd3_per_ul", "cd4_per_ul", "cd8_per_ul", "b_per_ul", "nk_per_ul"),
        "lymphosum_percent",
    ),
}
TRIALS = {
    "complete": trial(1),
    "withdrawal and missed visits": trial(2, missed=MISSED),
    "ties": trial(3, missed=MISSED, digits=-1),
    "bright NK of zero at baseline": trial(4, missed=MISSED, baseline_zero=("P03", "P07")),
    "two subjects": trial(5, subjects=SUBJECTS[:2]),
    "one subject": trial(6, subjects=SUBJECTS[:1]),
}


def wide(tables: tuple[Table, ...], table: str, measure: str) -> pd.DataFrame:
    source = next(t for t in tables if t.name == table)
    frame = pd.DataFrame(list(source.records()))
    values = frame.pivot_table(index="subject", columns="visit", values=measure, dropna=False, aggfunc="first")
    return values.reindex(columns=VISITS).astype(float)


def expected_descriptives(tables: tuple[Table, ...], table: str, measure: str) -> pd.DataFrame:
    values = wide(tables, table, measure)
    with np.errstate(divide="ignore"):
        folds = values.div(values["D1"].where(values["D1"] > 0), axis=0)
        logs = np.log(folds.where(folds > 0))
    enough, paired = values.count() >= 3, folds.count() >= 3
    return pd.DataFrame(
        {
            "n": values.count(),
            "mean": values.mean().where(enough),
            "sd": values.std(ddof=1).where(enough),
            "median": values.median().where(enough),
            "min": values.min(),
            "max": values.max(),
            "fold_n": folds.count(),
            "fold_mean": folds.mean().where(paired),
            "fold_sd": folds.std(ddof=1).where(paired),
            "fold_median": folds.median().where(paired),
            "fold_gmean": np.exp(logs.mean()).where(paired),
        }
    )


def rows(summary: Summary) -> dict[tuple[str, str, str], dict[str, object]]:
    return {(str(r["table"]), str(r["measure"]), str(r["visit"])): r for r in summary.table.records()}


def same(seen: object, expected: float, rel: float = 1e-9) -> bool:
    if math.isnan(expected):
        return seen is None
    return isinstance(seen, float | int) and math.isclose(seen, expected, rel_tol=rel, abs_tol=1e-12)


@pytest.mark.parametrize("name", TRIALS)
def test_figures_and_folds(name: str) -> None:
    tables = TRIALS[name]
    summary = rows(summarise(tables, VISITS, "D1", Analysis()))
    assert len(summary) == sum(len(measures) for measures in MEASURES.values()) * len(VISITS)
    for table, measures in MEASURES.items():
        for measure in measures:
            expected = expected_descriptives(tables, table, measure)
            for visit in VISITS:
                seen = summary[table, measure, visit]
                for column in expected.columns:
                    assert same(seen[column], float(expected.loc[visit, column])), (measure, visit, column)


@pytest.mark.parametrize("name", TRIALS)
@pytest.mark.parametrize("zeros", ["pratt", "wilcox"])
def test_the_primary_visit_is_scipys_signed_rank_test_of_the_complete_pairs(name: str, zeros: str) -> None:
    tables = TRIALS[name]
    kept = [subject for subject in SUBJECTS if subject != "P09"]
    analysis = Analysis.model_validate({"zeros": zeros})
    summary = rows(summarise(tables, VISITS, "D1", analysis, primary_subjects=frozenset(kept)))
    for table, measures in MEASURES.items():
        for measure in measures:
            values = wide(tables, table, measure)
            pairs = values[values.index.isin(kept)][["D1", "D8"]].dropna()
            change = np.round((pairs["D8"] - pairs["D1"]).to_numpy(), 8)
            seen = summary[table, measure, "D8"]
            assert f"; {len(pairs)} pair" in str(seen["p_method"])
            changed = int(np.count_nonzero(change))
            assert seen["p_floor"] == min(1.0, 2.0 / 2**changed)
            if changed == 0 or len(pairs) == 1:
                assert seen["p_value"] == 1.0
                continue
            method = stats.PermutationMethod(n_resamples=2**10)
            expected = stats.wilcoxon(change, zero_method=zeros, method=method).pvalue
            assert same(seen["p_value"], float(expected)), (measure, seen)
            assert str(seen["p_method"]).startswith("exact; ")


@pytest.mark.parametrize("name", ["complete", "withdrawal and missed visits", "ties"])
def test_the_other_visits_are_statsmodels_mixed_model_on_ranks(name: str) -> None:
    tables = TRIALS[name]
    summary = rows(summarise(tables, VISITS, "D1", Analysis(later_test="mixed_ranks")))
    for table, measures in MEASURES.items():
        for measure in measures:
            if measure == "lymphosum_percent":
                continue  # constant in this trial
            long = wide(tables, table, measure).stack().reset_index(name="value")
            long["rank"] = stats.zscore(long["value"].rank())
            design = pd.DataFrame({"D1": 1.0} | {v: (long["visit"] == v).astype(float) for v in VISITS[1:]})
            fit = MixedLM(long["rank"], design, groups=long["subject"]).fit(reml=True, method="powell")
            freedom = len(long) - long["subject"].nunique() - (len(VISITS) - 1)
            for visit in VISITS[2:]:
                t = float(fit.fe_params[visit] / fit.bse_fe[visit])
                expected = 2.0 * float(stats.t.sf(abs(t), freedom))
                seen = summary[table, measure, visit]
                assert same(seen["p_value"], expected, rel=5e-3), (measure, visit, expected, seen["p_value"])
                assert seen["test"] == "mixed model on ranks"


def test_the_baseline_is_not_tested_and_its_fold_is_one() -> None:
    summary = rows(summarise(TRIALS["complete"], VISITS, "D1", Analysis()))
    row = summary["treg", "treg_percent_of_cd4", "D1"]
    assert [row[c] for c in ("test", "p_value", "p_method", "p_floor", "stars")] == [None] * 5
    assert (row["fold_n"], row["fold_mean"], row["fold_sd"], row["fold_gmean"]) == (9, 1.0, 0.0, 1.0)


def test_a_visit_without_subjects_is_a_row_with_n_of_zero() -> None:
    tables = trial(7, missed=[(subject, "M6") for subject in SUBJECTS])
    row = rows(summarise(tables, VISITS, "D1", Analysis()))["nk", "nk_per_ul", "M6"]
    assert (row["n"], row["fold_n"]) == (0, 0)
    for column in ("mean", "sd", "median", "min", "max", "fold_mean", "fold_sd", "fold_gmean", "p_value"):
        assert row[column] is None
    assert str(row["p_method"]).startswith("not tested: ")


def test_a_visit_that_no_table_has_is_a_row_too() -> None:
    summary = rows(summarise(TRIALS["complete"], (*VISITS, "M12"), "D1", Analysis()))
    assert summary["treg", "treg_per_ul", "M12"]["n"] == 0


def test_a_zero_baseline_gives_no_fold_and_is_reported() -> None:
    summary = summarise(TRIALS["bright NK of zero at baseline"], VISITS, "D1", Analysis())
    row = rows(summary)["nk", "nk_bright_per_ul", "D8"]
    assert (row["n"], row["fold_n"]) == (8, 6)
    lost = {(f.visit, f.finding.value) for f in summary.findings if f.finding.check == "fold_without_baseline"}
    assert lost == {("D1", 2.0)}, "one finding per measure, with the number of subjects"
    assert not [f for f in summary.findings if f.finding.severity == "fail"]


def test_a_subject_declared_out_leaves_the_primary_pair_only() -> None:
    tables = TRIALS["complete"]
    kept = frozenset(SUBJECTS) - {"P02"}
    everybody = rows(summarise(tables, VISITS, "D1", Analysis()))
    without = summarise(tables, VISITS, "D1", Analysis(), primary_subjects=kept)
    changed = {
        (key, column) for key, row in rows(without).items() for column in row if row[column] != everybody[key][column]
    }
    assert {key[2] for key, _ in changed} == {"D8"}
    assert {column for _, column in changed} <= {"p_value", "p_method", "p_floor", "stars", "p_exact"}
    assert "Excluded from the test at D8, as declared: P02." in without.notes


def test_excluded_subjects_are_nowhere() -> None:
    tables = TRIALS["complete"]
    analysis = Analysis(exclude_subjects=("P02", "P03"))
    seen = summarise(tables, VISITS, "D1", analysis)
    fewer = tuple(Table(t.name, t.columns, tuple(r for r in t.rows if r[0] not in ("P02", "P03"))) for t in tables)
    assert seen.table == summarise(fewer, VISITS, "D1", Analysis()).table
    assert "Excluded from summary and figures: P02, P03." in seen.notes


def test_holm_spares_the_primary_endpoint() -> None:
    tables = TRIALS["withdrawal and missed visits"]
    plain = rows(summarise(tables, VISITS, "D1", Analysis()))
    adjusted = rows(summarise(tables, VISITS, "D1", Analysis(adjust="holm")))
    endpoint = ("treg", "treg_percent_of_cd4")
    assert adjusted[*endpoint, "D8"]["p_value"] == plain[*endpoint, "D8"]["p_value"]
    for key, visits in ((endpoint, VISITS[2:]), (("nk", "nk_per_ul"), VISITS[1:])):
        expected = multipletests([plain[*key, v]["p_value"] for v in visits], method="holm")[1]
        assert [adjusted[*key, v]["p_value"] for v in visits] == pytest.approx(list(expected))


def test_other_tests_can_be_declared() -> None:
    tables = TRIALS["complete"]
    exact = rows(summarise(tables, VISITS, "D1", Analysis(later_test="wilcoxon")))
    values = wide(tables, "nk", "nk_per_ul")
    expected = stats.wilcoxon((values["M1"] - values["D1"]).to_numpy(), method="exact").pvalue
    assert exact["nk", "nk_per_ul", "M1"]["p_value"] == expected
    ranked = rows(summarise(tables, VISITS, "D1", Analysis(later_test="friedman")))
    overall = stats.friedmanchisquare(*(values[visit] for visit in VISITS)).pvalue
    assert f"p = {overall:.4g}" in str(ranked["nk", "nk_per_ul", "M1"]["p_method"])
    untested = rows(summarise(tables, VISITS, "D1", Analysis(later_test="none")))
    assert untested["nk", "nk_per_ul", "M1"]["p_value"] is None
    assert untested["nk", "nk_per_ul", "D8"]["p_value"] is not None


@pytest.mark.parametrize(("rule", "value"), [("as_is", 3.0), ("censor", 3.0), ("exclude", None)])
def test_figures_below_their_limit_of_quantification(rule: str, value: float | None) -> None:
    table = Table(
        "nk",
        ("subject", "visit", "nk_bright_per_ul", "flags"),
        tuple((s, v, 3.0 if (s, v) == ("A", "D8") else 9.0, "") for s in "ABCE" for v in ("D1", "D8")),
    )
    loqs = {("nk", "nk_bright_per_ul", s, v): 5.0 for s in "ABCE" for v in ("D1", "D8")}
    analysis = Analysis.model_validate({"below_loq": rule})
    summary = summarise([table], ("D1", "D8"), "D1", analysis, loqs=loqs)
    row = rows(summary)["nk", "nk_bright_per_ul", "D8"]
    figures = [9.0] * 3 if value is None else [value, 9.0, 9.0, 9.0]
    assert row["n"] == len(figures)
    assert row["mean"] == pytest.approx(np.mean(figures))
    assert any("excluded. Small values" in note for note in summary.notes) == (value is None)
    assert [f.finding.value for f in summary.findings if f.finding.check == "below_loq"] == [1.0], "values below it"


@pytest.mark.parametrize("baselines", [(2.0, 2.0, 2.0, 40.0), (0.0, 2.0, 4.0, 8.0), (0.0, 0.0, 0.0, 1.0)])
def test_every_pair_of_the_test_is_a_pair_of_the_fold(baselines: tuple[float, ...]) -> None:
    """Whatever the baseline counts: half an event is added to each count, of 1 cell/µL an event at both visits."""
    later = (8.0, 9.0, 3.0, 11.0)
    table = Table(
        "nk",
        ("subject", "visit", "nk_bright_per_ul", "flags"),
        tuple(
            (s, v, value, "below_detection:nk_bright" if value < 20 else "")
            for s, before, after in zip("ABCE", baselines, later, strict=True)
            for v, value in (("D1", before), ("D8", after))
        ),
    )
    adds = {("nk", "nk_bright_per_ul", s, v): 1.0 for s in "ABCE" for v in ("D1", "D8")}
    summary = summarise([table], ("D1", "D8"), "D1", Analysis(), one_events=adds)
    row = rows(summary)["nk", "nk_bright_per_ul", "D8"]
    logs = np.log((np.array(later) + 0.5) / (np.array(baselines) + 0.5))
    low, high = stats.t.interval(0.95, 3, loc=logs.mean(), scale=stats.sem(logs))
    assert "; 4 pairs;" in f"; {row['p_method']};"
    assert (row["pairs"], row["fold_n"], row["gmr_n"]) == (4, 4, 4)
    assert [row[c] for c in ("gmr", "gmr_low", "gmr_high")] == pytest.approx(list(np.exp([logs.mean(), low, high])))
    assert not [f for f in summary.findings if f.finding.check == "fold_without_baseline"]


def test_a_value_below_the_laboratorys_own_limit_is_known_only_to_be_below_it() -> None:
    values = {"A": (2.0, 20.0), "B": (3.0, 4.0), "C": (10.0, 30.0), "E": (12.0, 24.0), "F": (7.0, 19.0)}
    table = Table(
        "nk",
        ("subject", "visit", "nk_bright_per_ul", "flags"),
        tuple((s, v, x, "") for s, pair in values.items() for v, x in zip(("D1", "D8"), pair, strict=True)),
    )
    declared = Declared(DECLARED.definition, own_lloq={"nk_bright_per_ul": 5.0})
    censored = summaries.summarise([table], ("D1", "D8"), "D1", Analysis(below_loq="censor"), declared)
    row = rows(censored)["nk", "nk_bright_per_ul", "D8"]
    before, now = np.log([5.0, 5.0, 10.0, 12.0, 7.0]), np.log([20.0, 5.0, 30.0, 24.0, 19.0])
    below = np.array([True, True, False, False, False])
    expected = ratio_of(Pairs(before, now, below, np.array([False, True, False, False, False])))
    assert expected is not None
    assert row["gmr"] == pytest.approx(expected.estimate)
    assert float(row["gmr"] or 0) > np.exp((now - before).mean()), "the limit in their place shrinks the rise"
    assert row["p_value"] == pytest.approx(0.125)
    assert "1 zero" in str(row["p_method"])
    kept = summaries.summarise([table], ("D1", "D8"), "D1", Analysis(), declared)
    assert rows(kept)["nk", "nk_bright_per_ul", "D8"]["gmr"] == pytest.approx(
        np.exp(np.log([10, 4 / 3, 3, 2, 19 / 7]).mean())
    )


@pytest.mark.parametrize("n", [1, 2, 3])
def test_there_is_no_mean_and_no_group_fold_below_three_subjects(n: int) -> None:
    tables = trial(31, subjects=SUBJECTS[:n])
    for row in rows(summarise(tables, VISITS, "D1", Analysis())).values():
        for column in ("mean", "sd", "median", "fold_mean", "fold_gmean"):
            assert (row[column] is None) == (n < 3), (column, row)
        assert row["n"] == n
        assert row["min"] is not None
        assert not row["stars"]


def test_half_the_limit_of_a_count_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match="a count of few events is known"):
        Analysis.model_validate({"below_loq": "half"})


@pytest.mark.parametrize(("rule", "n"), [("as_is", 2), ("exclude", 1), ("censor", 2)])
def test_flags_of_the_visit_table_say_what_is_below_its_limit(rule: str, n: int) -> None:
    rows_of_table = (
        ("A", "D1", 2.0, 40.0, "below_detection:nk_bright;no_preparation_cv"),
        ("B", "D1", 9.0, 50.0, "below_loq:nk"),
        ("A", "D8", 6.0, 60.0, ""),
        ("B", "D8", 9.0, 80.0, ""),
    )
    columns = ("subject", "visit", "nk_bright_per_ul", "nk_dim_per_ul", "flags")
    analysis = Analysis.model_validate({"below_loq": rule})
    summary = summarise([Table("nk", columns, rows_of_table)], ("D1", "D8"), "D1", analysis)
    bright, dim = (rows(summary)["nk", f"nk_{name}_per_ul", "D1"] for name in ("bright", "dim"))
    assert (bright["n"], bright["fold_n"], dim["n"], dim["fold_n"]) == (n, n, 2, 2)
    (finding,) = (f.finding for f in summary.findings if f.finding.check == "below_loq")
    assert finding.value == 1.0
    assert "1 of 4 values is below the limit of quantification" in finding.message


def test_folds_beyond_their_limit_are_reported_with_their_subjects() -> None:
    table = Table(
        "nk",
        ("subject", "visit", "nk_per_ul", "flags"),
        (("A", "D1", 10.0, ""), ("B", "D1", 10.0, ""), ("A", "D8", 71.0, ""), ("B", "D8", 1.0, "")),
    )
    findings = summarise([table], ("D1", "D8"), "D1", Analysis()).findings
    (finding,) = (f.finding for f in findings if f.finding.check == "fold_beyond_limit")
    assert finding.value == 0.1, "the farthest from 1"
    assert "A D8 7.1, B D8 0.1" in finding.message


def test_the_published_course_comes_back_within_its_sampling_error() -> None:
    missed = [("P01", visit) for visit in VISITS[1:]]
    published = {
        ("treg", "treg_percent_of_cd4"): 1.70,
        ("nk", "nk_per_ul"): 2.10,
        ("nk", "nk_bright_per_ul"): 2.17,
    }
    for seed in range(20, 30):
        summary = rows(summarise(trial(seed, missed=missed), VISITS, "D1", Analysis()))
        for key, fold in published.items():
            row = summary[*key, "D8"]
            assert isinstance(row["fold_mean"], float)
            assert isinstance(row["fold_sd"], float)
            assert row["fold_mean"] == pytest.approx(fold, abs=4.0 * row["fold_sd"] / math.sqrt(8))
            assert (row["p_value"], row["p_floor"], row["stars"]) == (0.0078125, 0.0078125, "**")
        assert not [row for row in summary.values() if row["stars"] == "***" and row["visit"] == "D8"]


def test_the_notes_print_the_primary_endpoint_with_its_floor() -> None:
    missed = [("P01", visit) for visit in VISITS[1:]]
    notes = summarise(trial(20, missed=missed), VISITS, "D1", Analysis()).notes
    assert notes[0] == (
        "Primary endpoint, Treg (% of CD4+) at D8 against D1: Wilcoxon signed-rank, p = 0.0078 "
        "(exact; 8 pairs; 0 zeros; 0 tied; smallest attainable p = 0.0078) **."
    )


def test_a_summary_of_the_written_table_is_the_summary_of_the_table(tmp_path: Path) -> None:
    tables = TRIALS["bright NK of zero at baseline"]
    text = ("subject", "visit", "flags", "teff_definition")
    for table in tables:
        write_csv(table, tmp_path / f"{table.name}.csv", digits=None)
    read = [read_csv(tmp_path / f"{table.name}.csv", text=text) for table in tables]
    assert summarise(read, VISITS, "D1", Analysis()).table == summarise(tables, VISITS, "D1", Analysis()).table


def test_two_rows_of_one_visit_are_refused() -> None:
    table = Table("treg", ("subject", "visit", "treg_per_ul"), (("A", "D1", 1.0), ("A", "D1", 2.0)))
    with pytest.raises(ValueError, match="subject A has two rows of visit D1"):
        summarise([table], ("D1", "D8"), "D1", Analysis())


def test_a_baseline_that_is_not_planned_is_refused() -> None:
    with pytest.raises(ValueError, match="baseline 'D0' is not a planned visit"):
        summarise(TRIALS["complete"], VISITS, "D0", Analysis())
