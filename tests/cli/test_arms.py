"""A trial with arms, from its files to its tables."""

import json
import shutil
from pathlib import Path

from cli_running import rows, tregate
from truth_of_arms import compared


def test_the_true_effects_lie_in_the_intervals(arms: Path, arms_tables: Path) -> None:
    intervals = compared(arms, arms_tables)
    assert len(intervals) > 40
    outside = [one for one in intervals if not one[2] <= one[1] <= one[3]]
    assert len(outside) <= 0.05 * len(intervals), outside
    assert not [one for one in outside if one[0].startswith("treg_percent_of_cd4 D8")]


def test_visits_outside_the_plan_are_counted_and_are_no_rows_of_the_visit_tables(arms_tables: Path) -> None:
    unplanned = [row for row in rows(arms_tables / "counts.csv") if row["visit"] == "UNS1"]
    assert {row["tube"] for row in unplanned} == {"T", "NK", "TREG"}
    assert {row["visit"] for row in rows(arms_tables / "treg.csv")} == {"D1", "D8", "M3"}
    assert {row["visit"] for row in rows(arms_tables / "summary.csv")} == {"D1", "D8", "M3"}


def test_subjects_are_recorded(arms_tables: Path) -> None:
    people = json.loads((arms_tables / "run.json").read_text(encoding="utf-8"))["study"]["people"]
    assert len(people) == 12
    assert {person["site"] for person in people.values()} == {"Lyon", "Paris"}
    assert all(person["first_dose"] for person in people.values())


def test_dates_are_checked_against_the_plan(arms_tables: Path) -> None:
    reported = {row["check"]: row for row in rows(arms_tables / "findings.csv")}
    assert (reported["out_of_window"]["subject"], reported["out_of_window"]["value"]) == ("S04", "12")
    assert (reported["unscheduled_visit"]["subject"], reported["unscheduled_visit"]["visit"]) == ("S03", "UNS1")
    assert not {"sample_age", "date_contradicts", "collected_differs", "instrument_contradicts"} & set(reported)
    flagged = [row["visit"] for row in rows(arms_tables / "treg.csv") if "out_of_window" in row["flags"]]
    assert flagged == ["D8"]


def test_sets_name_who_is_missing_and_why(arms_tables: Path) -> None:
    gone = {
        (row["subject"], row["visit"]): row["reason"]
        for row in rows(arms_tables / "sets.csv")
        if row["set"] == "intention_to_treat" and row["included"] == "no"
    }
    assert set(gone) == {("S05", "M3"), ("S11", "D8"), ("S11", "M3")}
    assert "consent withdrawn" in gone["S11", "D8"]
    assert {row["measure"] for row in rows(arms_tables / "unscheduled.csv")} >= {"treg_percent_of_cd4", "nk_per_ul"}
    tipping = [row for row in rows(arms_tables / "sensitivity.csv") if row["analysis"] == "tipping_point"]
    assert {row["group"] for row in tipping} == {"0.5 MIU", "1 MIU"}


def test_tables_are_made_again_with_the_same_bytes(arms_tables: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(arms_tables, tmp_path / "again"))
    assert tregate("tables", out).code == 0
    for name in ("treg", "summary", "comparisons", "cp", "unscheduled", "sets", "missing", "sensitivity", "findings"):
        assert (out / f"{name}.csv").read_bytes() == (arms_tables / f"{name}.csv").read_bytes(), name
