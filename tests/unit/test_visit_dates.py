"""Dates of a study: each check is silent where nothing is declared, and speaks up about its own fault alone."""

from dataclasses import replace
from datetime import date

import pytest
from counted_tubes import TETRA_T, record

from tregate.gating.findings import Severity
from tregate.gating.strategy.load import load_strategy
from tregate.pipelines.crosschecks import CHECKS
from tregate.pipelines.crosschecks.batch import batches
from tregate.pipelines.study.crosscheck_limits import DEFAULT
from tregate.pipelines.study.moments import Moment
from tregate.pipelines.study.planned_visits import PlannedVisit
from tregate.pipelines.study.subjects import Subject
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tabulate import Results, resolve
from tregate.pipelines.trial.unscheduled import unscheduled_table
from tregate.pipelines.tubes.circumstances import Circumstances, as_record, from_record
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

SOURCES = resolve(load_tables("treg_nk"), {"T": load_strategy("tetrachrome_t")})
PLAN = (PlannedVisit(name="D1"), PlannedVisit(name="D8", day=8, window=(-1, 2)))
NEW = ("out_of_window", "outside_the_plan", "sample_age", "one_draw", "instruments")


def moment(text: str) -> Moment:
    found = Moment.read(text)
    assert found is not None
    return found


def tube(visit: str, collected: str = "", acquired: str = "", **reported: object) -> TubeRecord:
    made = record("S1", visit, "T", TETRA_T)
    times = {"collected": collected, "acquired": acquired}
    moments = {name: moment(text) for name, text in times.items() if text}
    return replace(made, circumstances=Circumstances(**{"planned_visit": visit, **moments, **reported}))  # type: ignore[arg-type]


def study(*tubes: TubeRecord, people: dict[str, Subject] | None = None) -> Results:
    return Results(("S1",), ("D1", "D8"), "D1", tubes, SOURCES, plan=PLAN, people=people or {})


def found(results: Results) -> list[TubeFinding]:
    return [one for name in NEW for one in CHECKS[name](results, DEFAULT)]


def test_nothing_is_said_where_nothing_is_declared() -> None:
    assert found(study(tube("D1"), tube("D8"))) == []
    assert study(tube("D1")).study_days == {}


@pytest.mark.parametrize(
    ("first", "second", "dose", "day"),
    [
        ("2024-01-15", "2024-01-22", "", 8),
        ("2024-01-15", "2024-01-26", "", 12),
        ("2024-01-15", "2024-01-20", "", 6),
        ("2024-01-14", "2024-01-26", "2024-01-15", 12),
        ("2024-01-13", "2024-01-24", "2024-01-15", 10),
    ],
)
def test_a_visit_outside_its_window_is_a_warning(first: str, second: str, dose: str, day: int) -> None:
    results = study(tube("D1", first), tube("D8", second), people={"S1": Subject(first_dose=dose)})
    assert results.study_days["S1", "D8"] == day
    reported = found(results)
    assert [one.finding.check for one in reported] == ([] if 7 <= day <= 10 else ["out_of_window"])
    assert all((one.subject, one.visit) == ("S1", "D8") and one.finding.value == day for one in reported)


def test_the_day_of_the_file_is_used_where_the_row_is_empty() -> None:
    results = study(tube("D1", acquired="2024-01-15T10:00"), tube("D8", acquired="2024-01-27T10:00"))
    assert results.study_days == {("S1", "D1"): 1, ("S1", "D8"): 13}
    assert [one.finding.check for one in found(results)] == ["out_of_window"]


@pytest.mark.parametrize(
    ("collected", "acquired", "check", "severity"),
    [
        ("2024-01-15T09:00", "2024-01-15T15:00", "", None),
        ("2024-01-15T09:00", "2024-01-17T09:00", "", None),
        ("2024-01-15T09:00", "2024-01-17T10:00", "sample_age", Severity.WARN),
        ("2024-01-15", "2024-01-18T00:00", "", None),
        ("2024-01-15", "2024-01-18T02:00", "sample_age", Severity.WARN),
        ("2024-01-15", "2024-01-15T08:00", "", None),
        ("2024-01-15T09:00", "2024-01-15", "", None),
        ("2024-01-15T09:00", "2024-01-15T08:59", "date_contradicts", Severity.FAIL),
        ("2024-01-15", "2024-01-14", "date_contradicts", Severity.FAIL),
    ],
)
def test_age_of_the_sample_is_the_least_that_the_times_allow(
    collected: str, acquired: str, check: str, severity: Severity | None
) -> None:
    reported = found(study(tube("D1", collected, acquired)))
    assert [(one.finding.check, one.finding.severity) for one in reported] == ([(check, severity)] if check else [])


def test_one_draw_per_visit_and_none_after_the_withdrawal() -> None:
    one, other = tube("D1", "2024-01-15"), replace(tube("D1", "2024-01-16"), tube="NK", file="nk.fcs")
    assert [x.finding.check for x in found(study(one, other))] == ["collected_differs"]
    gone = {"S1": Subject(withdrawn="2024-01-14 consent withdrawn")}
    assert [x.finding.check for x in found(study(one, people=gone))] == ["after_withdrawal"]
    assert found(study(one, people={"S1": Subject(withdrawn="2024-01-15")})) == []
    assert found(study(one, people={"S1": Subject(withdrawn="adverse event")})) == []


@pytest.mark.parametrize(
    ("acquired", "withdrawn", "late"),
    [
        ("2024-01-17T10:00", "2024-01-15", False),
        ("2024-01-18T10:00", "2024-01-15", True),
        ("2024-01-18T10:00", "2024-01-15, adverse event", True),
        ("2024-01-18T10:00", "adverse event", False),
    ],
)
def test_a_file_dated_after_the_withdrawal_is_late_once_its_blood_must_be(
    acquired: str, withdrawn: str, late: bool
) -> None:
    gone = {"S1": Subject(withdrawn=withdrawn)}
    reported = found(study(tube("D1", acquired=acquired), people=gone))
    assert [x.finding.check for x in reported] == (["after_withdrawal"] if late else [])
    assert all("was acquired on 2024-01-18 by its file ($DATE), after" in x.finding.message for x in reported)
    drawn = tube("D1", "2024-01-15", acquired)
    assert "after_withdrawal" not in [x.finding.check for x in found(study(drawn, people=gone))]


def test_an_instrument_under_two_names_is_a_contradiction() -> None:
    def reported(*pairs: tuple[str, str]) -> list[str]:
        tubes = [tube("D1", instrument=name, serial=serial) for name, serial in pairs]
        named = [replace(one, tube=f"T{i}", file=f"{i}.fcs") for i, one in enumerate(tubes)]
        return [one.finding.message for one in found(study(*named))]

    assert reported(("A", "V1"), ("B", "V2"), ("A", "V1"), ("C", ""), ("", "V1")) == []
    assert len(reported(("A", "V1"), ("A", "V2"))) == 1
    assert len(reported(("A", "V1"), ("B", "V1"))) == 1


def test_batches_are_by_instrument_and_site_where_these_are_declared() -> None:
    by_file = tube("D1", cytometer="Canto", serial="V1"), tube("D8", cytometer="Canto", serial="V2")
    plain = batches(by_file)
    assert plain(by_file[0]) == plain(by_file[1]) == by_file[0].strategy_name
    declared = (*by_file, tube("D1", instrument="Canto V1"), tube("D1", cytometer="Canto", serial="V1", site="Lyon"))
    keys = [batches(declared)(one) for one in declared]
    assert keys[0] == keys[2] != keys[1]
    assert keys[3] not in keys[:3]


def test_repeats_have_their_mean_and_cv_and_are_no_planned_visit() -> None:
    tubes = [tube("D1"), tube("D8"), tube("D8 repeat 2", planned_visit="D8", replicate=2), tube("UNS1")]
    more = {name: int(1.2 * number) for name, number in TETRA_T.items()}
    repeat = replace(record("S1", "D8 repeat 2", "T", more), circumstances=tubes[2].circumstances)
    results = study(tubes[0], tubes[1], repeat, tubes[3])
    assert results.outside_the_plan == (("S1", "D8 repeat 2"), ("S1", "UNS1"))
    rows = {(row["visit"], row["measure"]): row for row in unscheduled_table(results).records()}
    row = rows["D8 repeat 2", "cd4_per_ul"]
    now, then = row["value"], results.values.of("cd4_per_ul", "S1", "D8").value
    assert isinstance(now, float)
    assert then is not None
    assert row["repeats_n"] == 2
    assert row["repeats_gmean"] == pytest.approx((now * then) ** 0.5)
    assert row["repeats_cv_percent"] == pytest.approx(12.9, abs=0.3)  # sqrt(exp(ln(1.2)^2 / 2) - 1)
    assert rows["UNS1", "cd4_per_ul"]["repeats_n"] is None


def test_circumstances_are_read_back_from_the_record() -> None:
    reported = tube(
        "D1", "2024-01-15T09:30", "2024-01-15T11:00:05", operator="B", replicate=2, serial="V1"
    ).circumstances
    assert from_record(as_record(reported)) == reported
    assert reported.drawn == moment("2024-01-15T09:30")
    assert Circumstances(acquired=moment("2024-01-15T09:30")).drawn == Moment(date(2024, 1, 15))
