"""A trial with arms, from its files to its tables."""

import json
from pathlib import Path

from cli_running import rows
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
