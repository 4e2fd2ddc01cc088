"""`tregate validate --own`: tubes of a study judged by declared limits."""

import shutil
from pathlib import Path

import pytest
from cli_running import rows, tregate

DESIGN = """experiment,subject,visit,specimen,day,repeat,hours
precision,S01,D1,A,1,1,
precision,S01,D8,A,1,2,
precision,S02,D1,B,2,1,
precision,S02,D8,B,2,2,
stability,S01,D1,A,,,0
stability,S01,D8,A,,,24
stability,S02,D1,B,,,0
stability,S02,D8,B,,,24
"""
LIMITS = "cd4_per_ul: {repeatability: 200, within_laboratory: 200, stability: 0.1}\nnk_per_ul:\n"


@pytest.fixture(scope="module")
def own(trial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with a design and limits, and its results."""
    study = Path(shutil.copytree(trial, tmp_path_factory.mktemp("own") / "study"))
    (study / "validation.csv").write_text(DESIGN, encoding="utf-8")
    (study / "limits.yaml").write_text(LIMITS, encoding="utf-8")
    done = tregate("validate", "--own", study, "--out", study.parent / "out")
    assert done.code in (0, 1), done.err
    (study.parent / "said").write_text(done.out + done.err, encoding="utf-8")
    return study


def test_every_figure_is_reported_and_those_with_a_limit_are_judged(own: Path) -> None:
    table = rows(own.parent / "out" / "own_validation.csv")
    reported = {(row["measure"], row["group"], row["statistic"]): row for row in table}
    one = reported["cd4_per_ul", "", "repeatability"]
    assert one["unit"] == "CV %"
    assert float(one["low"]) < float(one["estimate"]) < float(one["high"])
    assert one["verdict"]
    assert reported["nk_per_ul", "", "repeatability"]["verdict"] == ""
    assert reported["cd4_per_ul", "24 h", "change from the start"]["n"] == "2"
    said = (own.parent / "said").read_text(encoding="utf-8")
    assert "precision: cd4_per_ul: repeatability" in said


def test_the_figures_are_those_of_the_runs_tables(own: Path) -> None:
    import numpy as np

    values = {(r["subject"], r["visit"]): float(r["cd4_per_ul"]) for r in rows(own.parent / "out" / "run" / "treg.csv")}
    logs = [np.log(values[subject, "D8"] / values[subject, "D1"]) for subject in ("S01", "S02")]
    sd = np.sqrt(sum(one**2 / 2 for one in logs) / 2)
    (row,) = [
        row for row in rows(own.parent / "out" / "own_validation.csv")
        if (row["measure"], row["group"], row["statistic"]) == ("cd4_per_ul", "", "repeatability")
    ]  # fmt: skip
    assert float(row["estimate"]) == pytest.approx(100 * np.sqrt(np.expm1(sd**2)), rel=1e-4)


def test_the_page_claims_no_conformity(own: Path) -> None:
    page = (own.parent / "out" / "own_validation.html").read_text(encoding="utf-8")
    assert "claims no conformity" in page
    places = [page.index(f"<h2>{name}</h2>") for name in ("accuracy", "precision", "detection capability", "linearity")]
    assert places == sorted(places)
    assert "<script" not in page


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("validation.csv", DESIGN.replace("precision,S01,D1", "presicion,S01,D1"), 'Did you mean "precision"?'),
        ("validation.csv", DESIGN.replace("precision,S01", "precision,S99"), 'no tube of subject "S99" at visit "D1"'),
        ("validation.csv", DESIGN + "precision,S01,D1,A,1,1,\n", "the same tubes stand in line 2"),
        ("validation.csv", DESIGN.replace("stability,S01,D8,A,,,24", "stability,S01,D8,A,,,"), "`hours`: it is empty"),
        ("validation.csv", "experiment,subject\n", 'the column "visit" is missing'),
        ("limits.yaml", "cd4_per_ull: {repeatability: 5}\n", 'Did you mean "cd4_per_ul"?'),
        ("limits.yaml", "cd4_per_ul: {repeatability: -5}\n", "greater than 0"),
        ("limits.yaml", "cd4_per_ul: {precise: 5}\n", "cd4_per_ul.precise"),
    ],
)
def test_what_is_wrong_is_named(own: Path, file: str, text: str, said: str, tmp_path: Path) -> None:
    study = Path(shutil.copytree(own, tmp_path / "study"))
    (study / file).write_text(text, encoding="utf-8")
    done = tregate("validate", "--own", study, "--out", own.parent / "out")
    assert done.code == 2
    assert said in done.err


def test_a_strategy_or_a_study_is_named_and_not_both(own: Path) -> None:
    assert tregate("validate").code == 2
    done = tregate("validate", "treg", "--own", own)
    assert done.code == 2
    assert "Give one of the two" in done.err
