"""Limits at their very edge: a value on the limit is allowed, the next one beyond it is reported."""

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from shipped_tables import implausible
from statsmodels.stats.multitest import multipletests
from test_crosschecks_batch import SUBJECTS, VISITS, found, trial

from tregate.pipelines.plausible.mean_cell import MeanCell
from tregate.pipelines.statistics.plausibility import p_beyond_floor
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.visit_tests.friedman import friedman
from tregate.pipelines.visit_tests.holm import holm
from tregate.pipelines.visit_tests.outcome import Outcome

# ---------------------------------------------------------------- means of a table


def reported(**means: float) -> list[str]:
    table = {(name, "D1"): MeanCell(mean, n=9) for name, mean in means.items()}
    return [one.finding.check for one in implausible(table)]


@pytest.mark.parametrize("edge", [1.0, 25.0])
def test_a_mean_treg_percentage_on_the_limit_is_allowed_and_the_next_number_beyond_is_not(edge: float) -> None:
    beyond = math.nextafter(edge, 0.0 if edge == 1.0 else math.inf)
    assert reported(treg_percent_of_cd4=edge) == []
    assert reported(treg_percent_of_cd4=beyond) == ["out_of_range"]


@pytest.mark.parametrize(("cd4", "cd8"), [(100.0, 500.0), (1000.0, 100.0)])
def test_a_cd4_cd8_ratio_on_the_limit_is_allowed_and_the_next_beyond_is_not(cd4: float, cd8: float) -> None:
    beyond = math.nextafter(cd4, 0.0 if cd4 < cd8 else math.inf)
    assert reported(cd4_per_ul=cd4, cd8_per_ul=cd8) == []
    assert reported(cd4_per_ul=beyond, cd8_per_ul=cd8) == ["out_of_range"]


@pytest.mark.parametrize(("percent", "severity"), [(104.9, None), (105.1, "warn"), (109.9, "warn"), (110.1, "fail")])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_parts_may_miss_their_total_by_five_percent_and_fail_beyond_ten(
    percent: float, severity: str | None, side: float
) -> None:
    ratio = 1.0 + side * (percent / 100.0 - 1.0)
    table = {
        ("nk_per_ul", "D1"): MeanCell(100.0, n=9),
        ("nk_bright_per_ul", "D1"): MeanCell(10.0, n=9),
        ("nk_dim_per_ul", "D1"): MeanCell(100.0 * ratio - 10.0, n=9),
    }
    assert [one.finding.severity.value for one in implausible(table) if one.finding.check == "nk_sum"] == (
        [] if severity is None else [severity]
    )


def test_a_part_may_exceed_its_whole_by_what_rounding_of_a_printed_mean_explains() -> None:
    assert reported(nk_bright_per_ul=100.9, nk_per_ul=100.0) == []
    assert reported(nk_bright_per_ul=101.1, nk_per_ul=100.0) == ["part_within_whole"]


def test_a_printed_p_on_the_smallest_attainable_one_is_allowed() -> None:
    floor = 2.0 / 2**8
    assert p_beyond_floor("Treg", floor, 8) is None
    assert p_beyond_floor("Treg", 0.991 * floor, 8) is None, "printed with two digits"
    assert p_beyond_floor("Treg", 0.989 * floor, 8) is not None


# ---------------------------------------------------------------- tests over visits


@pytest.mark.parametrize("p_values", [[0.4, 0.9, 0.6], [0.5, 0.5], [1.0, 0.02, 0.34]])
def test_holm_never_exceeds_one(p_values: list[float]) -> None:
    adjusted = holm({str(i): Outcome("t", 8, p, "exact", 0.0) for i, p in enumerate(p_values)})
    found_p = [adjusted[str(i)].p_value for i in range(len(p_values))]
    assert found_p == pytest.approx(list(multipletests(p_values, method="holm")[1]), rel=1e-12)
    assert max(p for p in found_p if p is not None) == 1.0


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[1, 2, 3], [2, 3, 1], [1, 3, 2]], "0 subjects with ties"),
        ([[1, 1, 3], [2, 3, 1], [1, 3, 2]], "1 subject with ties"),
        ([[1, 1, 3], [2, 2, 2], [1, 3, 2]], "2 subjects with ties"),
    ],
)
def test_friedman_prints_how_many_subjects_have_ties(rows: list[list[float]], words: str) -> None:
    values = {v: {f"S{i}": float(row[j]) for i, row in enumerate(rows)} for j, v in enumerate(VISITS[:3])}
    assert friedman(values, "D1")["D8"].method.endswith(f"; {words}")


# ---------------------------------------------------------------- days of acquisition

START = date(2024, 3, 4)


def dated(results: Results, offset: dict[str, int]) -> Results:
    """Subjects of one offset come on one day of a visit, three days apart from the others."""
    records = tuple(
        replace(one, acquired=START + timedelta(days=30 * VISITS.index(one.visit) + 3 * offset[one.subject]))
        for one in results.records
    )
    return replace(results, records=records)


GROUPS = {subject: i // 3 for i, subject in enumerate(SUBJECTS)}


def moved_day(by: float) -> Results:
    return trial(3, moved=lambda s, v: by if (GROUPS[s], v) == (1, "M1") else 0.0)


def test_a_day_whose_thresholds_moved_is_found_although_its_visit_did_not_move() -> None:
    reported = found("batch_shift", dated(moved_day(0.1), GROUPS))
    assert {(one.subject, one.visit, one.finding.population) for one in reported} == {
        (subject, "M1", "Treg") for subject in SUBJECTS[3:6]
    }
    assert all(one.finding.value == pytest.approx(0.1, abs=0.03) for one in reported)
    assert "2024-06-05" in reported[0].finding.message


def test_days_that_did_not_move_are_quiet() -> None:
    assert found("batch_shift", dated(moved_day(0.0), GROUPS)) == []


def test_days_are_searched_only_where_every_file_states_one() -> None:
    known = dated(moved_day(0.1), GROUPS)
    records = (replace(known.records[0], acquired=None), *known.records[1:])
    assert found("batch_shift", replace(known, records=records)) == []


def test_days_that_are_the_visits_are_not_searched_twice() -> None:
    moved = trial(2, moved=lambda s, v: 0.08 if v == "D15" else 0.0)
    reported = found("batch_shift", dated(moved, dict.fromkeys(SUBJECTS, 0)))
    assert [(one.subject, one.visit) for one in reported] == [("", "D15")]


# ---------------------------------------------------------------- no way to cells/µL


def test_a_washed_tube_without_a_bridge_has_a_percentage_and_a_flag() -> None:
    results = trial(0)
    treg = replace(results.sources.cells["treg"], bridge=None)
    unbridged = replace(results, sources=replace(results.sources, cells={**results.sources.cells, "treg": treg}))
    per_ul = unbridged.values.of("treg_per_ul", "P1", "D1")
    assert (per_ul.value, per_ul.flags[-1]) == (None, "no_bridge:treg")
    percent = unbridged.values.of("treg_percent_of_cd4", "P1", "D1")
    assert percent.value is not None
    assert "no_bridge:treg" not in percent.flags


def test_a_bridge_without_a_bead_tube_is_another_flag() -> None:
    per_ul = trial(0).values.of("treg_per_ul", "P1", "D1")
    assert per_ul.value is None
    assert "no_bridge:treg" not in per_ul.flags
    assert np.any(["no_bead_tube" in flag or "not_in_study" in flag for flag in per_ul.flags])
