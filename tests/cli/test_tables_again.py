"""`tregate tables`: an earlier run's tables again, without gating."""

import json
import shutil
from pathlib import Path

import pytest
from cli_running import edit_row, rows, run_study, tregate

from tregate.fixtures.faults import FAULTS


@pytest.fixture
def out(tables: Path, tmp_path: Path) -> Path:
    """A copy of the trial's tables, to be made again."""
    return Path(shutil.copytree(tables, tmp_path / "out"))


def visit_row(path: Path, subject: str, visit: str) -> dict[str, str]:
    return next(row for row in rows(path) if (row["subject"], row["visit"]) == (subject, visit))


def again(out: Path, *options: str | Path) -> None:
    done = tregate("tables", out, *options)
    assert done.code == 0, done.err


def test_the_same_again_is_the_same_bytes(out: Path, tables: Path) -> None:
    for path in out.glob("*.csv"):
        if path.stem in ("treg", "nk", "subsets", "summary", "cp"):
            path.write_text("", encoding="utf-8")
    again(out)
    for path in tables.glob("*.csv"):
        assert (out / path.name).read_bytes() == path.read_bytes(), path.name
    assert (out / "table1.md").read_bytes() == (tables / "table1.md").read_bytes()
    assert (out / "figure1.svg").exists()


def test_with_failures_flags_and_exclusions_too(spoiled: Path, tmp_path: Path) -> None:
    for name in ("truncated", "lot_unlisted", "few_beads", "no_beads", "bead_doublets", "few_events"):
        FAULTS[name].apply(spoiled)
    edit_row(spoiled / "samples.csv", "fcs/S02_D8_NK.LMD", exclude="clotted")
    edit_row(spoiled / "samples.csv", "fcs/S02_D1_NK.LMD", include_in_primary="no")
    assert run_study(spoiled, tmp_path / "out").code == 1
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.csv")}
    again(tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.csv")} == before


def test_with_arms_spans_and_responders_too(spoiled: Path, tmp_path: Path) -> None:
    study = spoiled / "study.yaml"
    rule = "{measure: treg.treg_percent_of_cd4, visit: D8, at_least: 1.1}"
    plan = f"analysis: {{spans: {{induction: [D8]}}, responders: [{rule}]}}\n"
    text = "".join(line for line in study.read_text(encoding="utf-8").splitlines(True) if "analysis" not in line)
    study.write_text(text + f"subjects: subjects.csv\n{plan}", encoding="utf-8")
    (spoiled / "subjects.csv").write_text("subject,arm,site\nS01,placebo,Lyon\nS02,low,Paris\n", encoding="utf-8")
    assert run_study(spoiled, tmp_path / "out").code in (0, 1)
    found = rows(tmp_path / "out" / "comparisons.csv")
    assert {row["comparison"] for row in found} == {"span", "responders", "arms"}
    assert {row["method"] for row in found if row["comparison"] == "arms"} == {
        "not compared: fewer than 3 subjects in an arm"
    }
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    person = record["study"]["people"]["S02"]
    assert (person["arm"], person["site"], person["stratum"]) == ("low", "Paris", "")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.csv")}
    again(tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.csv")} == before


def test_another_plan_is_said_in_table_and_record(out: Path) -> None:
    again(out, "--leave-out", "S02")
    assert {row["n"] for row in rows(out / "summary.csv")} == {"1"}
    assert {row["subject"] for row in rows(out / "treg.csv")} == {"S01", "S02"}
    text = (out / "table1.md").read_text(encoding="utf-8")
    assert 'exclude_subjects was [], is ["S02"].' in text
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert [change["differs"][0]["key"] for change in record["plan"]["changes"]] == ["exclude_subjects"]
    assert record["plan"]["sha256"][:12] in text
    (finding,) = [row for row in rows(out / "findings.csv") if row["check"] == "plan_changed"]
    assert (finding["severity"], "(exclude_subjects)" in finding["message"]) == ("warn", True)
    again(out)
    assert [row["check"] for row in rows(out / "findings.csv")].count("plan_changed") == 1


def test_another_teff(out: Path, tables: Path) -> None:
    again(out, "--teff", "cd4_non_treg")
    before, after = visit_row(tables / "treg.csv", "S01", "D8"), visit_row(out / "treg.csv", "S01", "D8")
    assert (before["teff_definition"], after["teff_definition"]) == ("cd3_minus_treg", "cd4_non_treg")
    treg, cd4 = float(after["treg_per_ul"]), float(after["cd4_per_ul"])
    assert float(after["treg_percent_of_teff"]) == pytest.approx(100 * treg / (cd4 - treg), rel=1e-4)
    assert after["treg_per_ul"] == before["treg_per_ul"]


def test_visits_in_another_order(out: Path) -> None:
    again(out, "--visits", "D8,D1")
    assert [row["visit"] for row in rows(out / "treg.csv")][:2] == ["D8", "D1"]
    assert visit_row(out / "treg.csv", "S01", "D1")["fold_treg_per_ul"] == "1"


def test_options_add_to_those_of_the_last_time_until_there_are_none(out: Path, tables: Path, tmp_path: Path) -> None:
    review = tmp_path / "review.csv"
    review.write_text(REVIEW + "MB,now,S01,D8,TREG,fcs/S01_D8_TREG.fcs,,take out,stained twice\n", encoding="utf-8")
    again(out, "--teff", "cd3")
    again(out, "--review", review)
    again(out, "--leave-out", "S02")
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    steps = ["Teff: cd3", "excluded from summary and figures: S02", EXCLUDED]
    assert [sorted(one["changes"]) for one in record["rebuilt"]] == [
        sorted(steps[:1]), sorted([steps[0], steps[2]]), sorted(steps),
    ]  # fmt: skip
    first = json.loads((tables / "run.json").read_text(encoding="utf-8"))
    assert record["inputs"] == first["inputs"]
    assert {one["counts_sha256"] for one in record["rebuilt"]} == {first["files"]["counts.csv"]}
    assert (out / "counts.csv").read_bytes() == (tables / "counts.csv").read_bytes()
    assert visit_row(out / "treg.csv", "S01", "D1")["teff_definition"] == "cd3"
    assert "excluded_TREG" in visit_row(out / "treg.csv", "S01", "D8")["flags"]
    assert {row["n"] for row in rows(out / "summary.csv") if row["table"] == "nk"} == {"1"}
    again(out)
    for name in ("treg.csv", "summary.csv", "cp.csv"):
        assert (out / name).read_bytes() == (tables / name).read_bytes()


def test_tables_elsewhere_leave_the_run_as_it_is(out: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    other = tmp_path / "other"
    again(out, "--teff", "cd3", "--out", other)
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before
    assert visit_row(other / "treg.csv", "S01", "D1")["teff_definition"] == "cd3"
    assert (other / "counts.csv").read_bytes() == before["counts.csv"]
    assert tregate("verify", other).code == 0
    again(other, "--leave-out", "S02")
    assert visit_row(other / "treg.csv", "S01", "D1")["teff_definition"] == "cd3"
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "treg.csv").write_text("mine", encoding="utf-8")
    done = tregate("tables", out, "--out", tmp_path / "foreign")
    assert done.code == 2
    assert (tmp_path / "foreign" / "treg.csv").read_text(encoding="utf-8") == "mine"


REVIEW = "who,when,subject,visit,tube,file,population,mark,reason\n"
EXCLUDED = "excluded: S01 D8 TREG: stained twice (review by MB, now)"


def test_a_reviewer_takes_a_tube_out_with_a_reason(out: Path, tmp_path: Path) -> None:
    review = tmp_path / "review.csv"
    review.write_text(
        REVIEW
        + "MB,2026-01-05,S01,D8,TREG,fcs/S01_D8_TREG.fcs,,take out,stained twice\n"
        + "MB,2026-01-05,S01,D1,T,fcs/S01_D1_T.fcs,CD3+,look again,low\n",
        encoding="utf-8",
    )
    again(out, "--review", review)
    row = visit_row(out / "treg.csv", "S01", "D8")
    assert row["treg_percent_of_cd4"] == ""
    assert "excluded_TREG" in row["flags"]
    assert float(row["cd4_per_ul"]) > 0
    (rebuilt,) = json.loads((out / "run.json").read_text(encoding="utf-8"))["rebuilt"]
    assert rebuilt["changes"] == ["excluded: S01 D8 TREG: stained twice (review by MB, 2026-01-05)"]
    assert "stained twice" in (out / "table1.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("MB,now,S01,D8,TREG,fcs/S01_D8_TREG.fcs,,take out,\n", "Enter the reason"),
        (",now,S01,D8,TREG,fcs/S01_D8_TREG.fcs,,take out,bad\n", "`who` is empty"),
        (
            "MB,now,S09,D8,TREG,fcs/S09_D8_TREG.fcs,,take out,bad\n",
            "subject S09, visit D8, tube TREG is not a tube of this run",
        ),
    ],
)
def test_a_review_that_cannot_be_followed_changes_nothing(
    out: Path, tables: Path, tmp_path: Path, row: str, message: str
) -> None:
    (tmp_path / "review.csv").write_text(REVIEW + row, encoding="utf-8")
    done = tregate("tables", out, "--review", tmp_path / "review.csv")
    assert done.code == 2
    assert message in done.err
    assert (out / "run.json").read_bytes() == (tables / "run.json").read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--visits", "D1,M9"), '--visits: the run has no "M9". Choose from: D1, D8.'),
        (("--baseline", "M9"), '--baseline: the run has no "M9"'),
        (("--teff", "cd4"), '--teff: the run has no "cd4"'),
        (("--leave-out", "S9"), '--leave-out: the run has no "S9"'),
    ],
)
def test_changes_that_the_run_does_not_have(out: Path, options: tuple[str, str], message: str) -> None:
    done = tregate("tables", out, *options)
    assert done.code == 2
    assert message in done.err


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    done = tregate("tables", tmp_path)
    assert done.code == 2
    assert "contains no run.json of a run" in done.err
