"""The analysis of a published single-arm trial comes out of the one study.yaml of docs/how-to/published.md."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy import stats
from shipped_tables import FIGURES, summarise, table1
from visit_tables import SUBJECTS, VISITS, trial

from tregate.pipelines.report.figure_files import write_figure
from tregate.pipelines.report.trial_figures import figures_of
from tregate.pipelines.statistics.summarise import Summary
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.load_study import load_study

PAGE = Path(__file__).parents[2] / "docs/how-to/published.md"
PUBLISHED = (
    ("Treg", "cells/µL"), ("Treg", "% of CD4+"), ("Lymphocytes", "cells/µL"), ("Treg/Teff", "% of Teff"),
    ("CD3+", "cells/µL"), ("CD4+", "cells/µL"), ("CD8+", "cells/µL"), ("CD19+", "cells/µL"),
    ("CD3-CD56+ NK", "cells/µL"),
)  # fmt: skip
"""Rows of the published Table 1, in its order."""
PRIMARY = "treg.treg_percent_of_cd4"
WITHDRAWN = [("P01", visit) for visit in VISITS[1:]]


def study_text() -> str:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(text)


@pytest.fixture(scope="module")
def summary() -> Summary:
    analysis = Analysis.model_validate(yaml.safe_load(study_text())["analysis"])
    return summarise(trial(2, missed=WITHDRAWN), VISITS, "D1", analysis)


def values(summary: Summary, measure: str, *visits: str) -> np.ndarray:
    series = next(s for s in summary.series if str(s.measure) == measure)
    return np.array([[series.values[v][s] for v in visits] for s in SUBJECTS if s != "P01"])


def test_the_study_of_the_page_loads(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(study_text(), encoding="utf-8")
    (tmp_path / "samples.csv").write_text("file,subject,visit,tube\na.fcs,S1,D1,T\n", encoding="utf-8")
    (tmp_path / "bead_lots.csv").write_text("bead_lot,beads_per_ul,expires\nL1,1000,2030-01-01\n", encoding="utf-8")
    (tmp_path / "a.fcs").write_bytes(b"")
    assert load_study(tmp_path).analysis.spans["maintenance"].visits == ("M1", "M3", "M6")


def test_table_1_has_the_published_rows_and_visits_with_mean_sd_stars_and_n(summary: Summary) -> None:
    text = table1(summary.table, VISITS, "D1", comparisons=summary.comparisons, footnotes=summary.notes)
    lines = text.split("\n\n")[2].splitlines()
    assert [cell.strip() for cell in lines[0].split("|")[3:-1]] == list(VISITS)
    rows = [tuple(cell.strip() for cell in line.split("|")[1:3]) for line in lines[2:]]
    assert tuple(rows[: len(PUBLISHED)]) == PUBLISHED
    d1, d8 = (cell.strip() for cell in lines[3].split("|")[3:5])
    assert re.fullmatch(r"\d+\.\d±\d+\.\d \(9\)", d1)
    assert re.fullmatch(r"\d+\.\d±\d+\.\d\*\* \(8\)", d8)


def test_the_primary_endpoint_is_the_exact_wilcoxon_test_of_eight_pairs(summary: Summary) -> None:
    of = values(summary, PRIMARY, "D1", "D8")
    row = next(r for r in summary.table.records() if (r["measure"], r["visit"]) == (PRIMARY.split(".")[1], "D8"))
    assert row["p_value"] == pytest.approx(stats.wilcoxon(of[:, 1], of[:, 0], method="exact").pvalue, rel=1e-9)
    assert (row["p_floor"], row["pairs"]) == (2.0**-7, 8)
    assert summary.notes[0].startswith("Primary endpoint, Treg (% of CD4+) at D8 against D1: Wilcoxon signed-rank")


@pytest.mark.parametrize(("span", "visits"), [("induction", ("D8", "D15")), ("maintenance", ("M1", "M3", "M6"))])
def test_the_factor_time_is_the_analysis_of_variance_on_ranks(
    span: str, visits: tuple[str, ...], summary: Summary
) -> None:
    of = values(summary, PRIMARY, "D1", *visits)
    ranks = stats.rankdata(of).reshape(of.shape)
    n, k = ranks.shape
    rest = ranks - ranks.mean(axis=1, keepdims=True) - ranks.mean(axis=0) + ranks.mean()
    f = n * ((ranks.mean(axis=0) - ranks.mean()) ** 2).sum() / (k - 1) / ((rest**2).sum() / ((n - 1) * (k - 1)))
    (row,) = [
        r for r in summary.comparisons.records() if (f"{r['table']}.{r['measure']}", r["subset"]) == (PRIMARY, span)
    ]
    assert row["p_any_visit"] == pytest.approx(stats.f.sf(f, k - 1, (n - 1) * (k - 1)), rel=1e-9)
    assert row["n"] == 8


def test_responders_have_count_limits_and_least_and_largest_fold(summary: Summary) -> None:
    of = values(summary, PRIMARY, "D1", "D8")
    folds = of[:, 1] / of[:, 0]
    (row,) = [r for r in summary.comparisons.records() if r["comparison"] == "responders"]
    limits = stats.binomtest(int((folds >= 1.35).sum()), 8).proportion_ci(method="exact")
    assert (row["estimate"], row["n"]) == ((folds >= 1.35).sum(), 8)
    assert (row["low"], row["high"]) == (pytest.approx(8 * limits.low), pytest.approx(8 * limits.high))
    assert (row["least"], row["largest"]) == (pytest.approx(folds.min()), pytest.approx(folds.max()))


def test_the_ratio_to_teff_and_its_fold_are_there(summary: Summary) -> None:
    measure = "treg.treg_percent_of_teff"
    of = values(summary, measure, "D1", "D8")
    row = next(r for r in summary.table.records() if (r["measure"], r["visit"]) == (measure.split(".")[1], "D8"))
    assert row["fold_mean"] == pytest.approx((of[:, 1] / of[:, 0]).mean())
    assert row["gmr_low"] is not None


@pytest.mark.parametrize("figure", ["figure1", "figure_nk"])
def test_figures_show_the_eight_pairs_of_every_visit_with_intervals(
    figure: str, summary: Summary, tmp_path: Path
) -> None:
    (shown,) = figures_of(summary, FIGURES[figure], figure)
    assert len(write_figure(shown, tmp_path)) == 3
    assert all(words == ("n=8" if visit != "D1" else words) for panel in shown.panels for visit, words in panel.visits)
    for row in summary.table.records():
        if f"{row['table']}.{row['measure']}" in FIGURES[figure] and row["visit"] != "D1":
            assert row["gmr_n"] == row["fold_n"] == row["pairs"] == 8
            assert row["gmr_low"] is not None
