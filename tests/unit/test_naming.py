"""Subject, visit and tube out of file names, and visits in the order of time."""

import re

import pytest

from tregate.gating.errors import ConfigurationError
from tregate.pipelines.study.names.pattern import Named, by_pattern, pattern
from tregate.pipelines.study.names.reading import read_names
from tregate.pipelines.study.names.visits import in_time_order


@pytest.mark.parametrize(
    ("stem", "named"),
    [
        ("S01_D8_TREG", Named("S01", "D8", "TREG")),
        ("12-004_M3_NK", Named("12-004", "M3", "NK")),
        ("S01-D1-T", Named("S01", "D1", "T")),
        ("PT 7 week2 Treg tube", Named("PT 7", "week2", "Treg tube")),
        ("A-B-M1-NK-2", Named("A-B", "M1", "NK")),
        ("P3_baseline_T", Named("P3", "baseline", "T")),
        ("A_J15", Named("A", "J15", "")),
        ("Pat-101 Visit 1 T tube", Named("Pat-101", "Visit 1", "T tube")),
        ("P7_day_8_NK", Named("P7", "day_8", "NK")),
        ("S01-Week-4-TREG", Named("S01", "Week-4", "TREG")),
        ("Doe_M_D8_T", Named("Doe_M", "D8", "T")),
        ("S01 visit 2024 D8 T", Named("S01 visit 2024", "D8", "T")),
    ],
)
def test_the_visit_is_the_part_that_looks_like_a_time(stem: str, named: Named) -> None:
    assert read_names([stem], [""], ["any"]) == [named]


@pytest.mark.parametrize("stem", ["100715", "Specimen_001_A1_A01", "D8", "Donor1", "beads", "Doe_J_T"])
def test_names_without_a_visit_are_not_guessed(stem: str) -> None:
    (found,) = read_names([stem], [""], ["any"])
    assert not (found.subject and found.visit)


def test_a_pattern_decides() -> None:
    wanted = pattern("{tube}.{subject}({visit})*")
    assert by_pattern("NK.007(wk 3) copy", wanted) == Named("007", "wk 3", "NK")
    assert by_pattern("NK_007", wanted) is None
    assert by_pattern("S1_D1", pattern("{subject}_{visit}")) == Named("S1", "D1", "")


@pytest.mark.parametrize(
    ("written", "wrong"),
    [("{visit}_{tube}", "subject is missing"), ("{subject}_{day}", "day"), ("{subject}_{subject}", "subject")],
)
def test_a_pattern_that_cannot_be_used(written: str, wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(f"is not valid ({wrong})")):
        pattern(written)


def test_visits_in_the_order_of_time() -> None:
    assert in_time_order(["M6", "D15", "M1", "D1", "M3", "D8"]) == ("D1", "D8", "D15", "M1", "M3", "M6")
    assert in_time_order(["W4", "baseline", "W12", "scr", "D3"]) == ("scr", "baseline", "D3", "W4", "W12")
    assert in_time_order(["V10", "V2", "V1", "V2"]) == ("V1", "V2", "V10")
    assert in_time_order(["week 12", "Day 8", "month_1", "W-2"]) == ("Day 8", "W-2", "month_1", "week 12")
    assert in_time_order(["J8", "M1", "S"]) == ("J8", "M1", "S")
