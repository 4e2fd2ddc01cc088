"""Checks between the tubes of a visit, at and beyond their limits."""

from dataclasses import replace
from datetime import date

import pytest
from counted_tubes import TETRA_NK, TETRA_T, TREG, record
from shipped_tables import treg_table

from tregate.gating.findings import Severity
from tregate.gating.strategy.load import load_strategy
from tregate.pipelines.crosschecks import CHECKS, cross_check, findings_between
from tregate.pipelines.study.crosscheck_limits import DEFAULT
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tabulate import Results, resolve
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

TUBES = {"T": "tetrachrome_t", "NK": "tetrachrome_nk", "TREG": "treg"}
SOURCES = resolve(load_tables("treg_nk"), {tube: load_strategy(name) for tube, name in TUBES.items()})
DAY = date(2024, 3, 1)


def study(*records: TubeRecord) -> Results:
    subjects = tuple(dict.fromkeys(one.subject for one in records))
    return Results(subjects, ("D1", "D8"), "D1", records, SOURCES)


def found(check: str, *records: TubeRecord) -> list[TubeFinding]:
    """Of a registered check, else of every finding that has the name."""
    if check in CHECKS:
        return list(CHECKS[check](study(*records), DEFAULT))
    return [one for one in findings_between(study(*records)) if one.finding.check == check]


def t(**changed: int) -> TubeRecord:
    return record("P1", "D1", "T", {**TETRA_T, **changed})


def nk(**changed: int) -> TubeRecord:
    return record("P1", "D1", "NK", {**TETRA_NK, **changed})


def test_a_nominal_visit_raises_nothing() -> None:
    tubes = [
        record("P1", "D1", tube, events, expires=date(2025, 1, 1), acquired=DAY)
        for tube, events in (("T", TETRA_T), ("NK", TETRA_NK), ("TREG", TREG))
    ]
    assert findings_between(study(*tubes)) == ()


# ---------------------------------------------------------------- CD3 between tubes


def test_cd3_counts_may_differ_by_ten_percent_of_their_mean() -> None:
    same_share = {"lymphocytes": 13_600, "CD3+": 10_880}
    assert found("cd3_between_tubes", t(), nk(**same_share)) == []
    reported = found("cd3_between_tubes", t(), nk(lymphocytes=13_300, **{"CD3+": 10_640}))
    assert [(one.tube, one.file) for one in reported] == [("T", "P1_D1_T.fcs"), ("NK", "P1_D1_NK.fcs")]
    assert reported[0].finding.value == pytest.approx(12.0, abs=0.1)
    assert reported[0].finding.severity is Severity.WARN


def test_cd3_percentages_may_differ_by_three_points() -> None:
    """The same CD3+ count of lymphocyte gates of different size."""
    assert found("cd3_between_tubes", t(), nk(lymphocytes=15_400)) == []
    reported = found("cd3_between_tubes", t(), nk(lymphocytes=15_700))
    assert len(reported) == 2
    assert reported[0].finding.value == pytest.approx(80 - 76.43, abs=0.01)


def test_cd3_of_another_visit_or_a_washed_tube_is_not_compared() -> None:
    washed = record("P1", "D1", "TREG", {**TREG, "lymphocytes": 60_000})
    other = record("P1", "D8", "NK", {**TETRA_NK, "CD3+": 6000})
    assert found("cd3_between_tubes", t(), washed, other) == []


# ---------------------------------------------------------------- CD4+ of CD3+ in every tube


def treg(cd4: int, subject: str = "P1", visit: str = "D1") -> TubeRecord:
    """A Treg tube with so many CD4+ of 30,000 CD3+."""
    return record(subject, visit, "TREG", {**TREG, "CD3+": 30_000, "CD4+": cd4})


@pytest.mark.parametrize(("cd4", "reported"), [(20_000, 0), (22_950, 0), (23_050, 2), (16_950, 2)])
def test_cd4_of_cd3_may_differ_by_ten_points_in_a_washed_tube(cd4: int, reported: int) -> None:
    findings = found("cd4_between_tubes", t(), treg(cd4))
    assert len(findings) == reported
    assert {(one.finding.severity, one.finding.population) for one in findings} <= {(Severity.WARN, "CD4+")}


def test_cd4_of_few_cells_is_not_compared() -> None:
    few = record("P1", "D1", "TREG", {**TREG, "CD3+": 99, "CD4+": 10, "CD25hi CD127lo": 1, "Treg": 1})
    assert found("cd4_between_tubes", t(), few) == []


def test_the_same_difference_at_every_visit_is_one_fault_of_both_kinds_of_tube() -> None:
    """As where CD3 and CD4 are exchanged in the template of the Treg tube: no tube differs from its batch."""
    visits = [("P1", "D1"), ("P1", "D8"), ("P2", "D1"), ("P2", "D8"), ("P3", "D1")]
    tubes = [one for s, v in visits for one in (record(s, v, "T", TETRA_T), treg(11_000, s, v))]
    findings = found("cd4_between_tubes", *tubes)
    assert [(one.subject, one.visit, one.tube, one.finding.severity) for one in findings] == [
        ("", "", "T", Severity.FAIL),
        ("", "", "TREG", Severity.FAIL),
    ]
    assert "CD4+ is 66.7 % of CD3+ in tube T and 36.7 % in tube TREG" in findings[0].finding.message
    assert "(medians of 5 visits)" in findings[0].finding.message


def test_differences_in_both_directions_are_faults_of_single_visits() -> None:
    visits = [("P1", "D1", 11_000), ("P1", "D8", 27_500), ("P2", "D1", 20_000)]
    tubes = [one for s, v, cd4 in visits for one in (record(s, v, "T", TETRA_T), treg(cd4, s, v))]
    findings = found("cd4_between_tubes", *tubes)
    assert [(one.subject, one.visit, one.finding.severity) for one in findings] == [
        ("P1", "D1", Severity.WARN), ("P1", "D1", Severity.WARN),
        ("P1", "D8", Severity.WARN), ("P1", "D8", Severity.WARN),
    ]  # fmt: skip


# ---------------------------------------------------------------- CD4 + CD8, CD4/CD8, lymphosum


@pytest.mark.parametrize(
    ("cd8", "severity"),
    [(4000, None), (3450, None), (3300, Severity.WARN), (2700, Severity.FAIL), (4700, Severity.WARN)],
)
def test_cd4_and_cd8_make_up_cd3(cd8: int, severity: Severity | None) -> None:
    reported = found("cd4_cd8_of_cd3", t(**{"CD8+": cd8}))
    assert [one.finding.severity for one in reported] == ([] if severity is None else [severity])
    if reported:
        assert reported[0].finding.value == pytest.approx(100 * (8000 + cd8) / 12_000)


@pytest.mark.parametrize(
    ("cd4", "cd8", "reported"), [(8000, 790, 1), (8000, 810, 0), (790, 4000, 1), (810, 4000, 0), (900, 0, 1)]
)
def test_cd4_to_cd8(cd4: int, cd8: int, reported: int) -> None:
    assert len(found("cd4_cd8_ratio", t(**{"CD4+": cd4, "CD8+": cd8}))) == reported


@pytest.mark.parametrize(("b", "severity"), [(1500, None), (100, None), (3100, Severity.WARN), (3800, Severity.FAIL)])
def test_lymphosum_within_the_nk_tube(b: int, severity: Severity | None) -> None:
    reported = found("lymphosum", t(), nk(B=b, **{"CD3-": 5000}))
    assert [one.finding.severity for one in reported] == ([] if severity is None else [severity])
    if reported:
        assert reported[0].finding.value == pytest.approx(100 * (12_000 + b + 1500) / 15_000)


@pytest.mark.parametrize(
    ("b", "severity"), [(1500, None), (400, None), (200, Severity.WARN), (3000, Severity.WARN), (3900, Severity.FAIL)]
)
def test_the_sum_of_two_tubes_is_a_check_of_the_tube_that_does_not_add_up_alone(
    b: int, severity: Severity | None
) -> None:
    reported = found("two_tube_sum", t(), nk(B=b, **{"CD3-": 5000}))
    assert [one.finding.severity for one in reported] == ([] if severity is None else [Severity.INFO, severity])
    if reported:
        assert reported[0].finding.value == pytest.approx(100 * (12_000 + b + 1500) / 15_000)


def test_a_handful_of_events_is_not_held_against_a_tube() -> None:
    few = {"lymphocytes": 90, "CD3+": 80, "CD4+": 20, "CD8+": 20}
    assert findings_between(study(record("P1", "D1", "T", few), record("P1", "D1", "NK", {**TETRA_NK, **{
        "lymphocytes": 60, "CD3+": 20, "CD3-": 40, "B": 1, "NK": 3, "NK bright": 0, "NK dim": 3}},
        ))) == tuple(
        one for one in findings_between(study(record("P1", "D1", "T", few)))
    )  # fmt: skip


# ---------------------------------------------------------------- Treg fold


def test_a_sixfold_rise_is_believed_and_more_is_looked_at() -> None:
    first = record("P1", "D1", "TREG", TREG)
    six = record("P1", "D8", "TREG", {**TREG, "CD25hi CD127lo": 6000, "Treg": 5760})
    seven = record("P1", "D8", "TREG", {**TREG, "CD25hi CD127lo": 7000, "Treg": 6720})
    assert found("treg_fold", first, six) == []
    reported = found("treg_fold", first, seven)
    assert [(one.visit, one.tube, one.finding.population) for one in reported] == [("D8", "TREG", "Treg")]
    assert reported[0].finding.value == pytest.approx(7.0)


# ---------------------------------------------------------------- bead lots


def lot(name: str = "FC-1", expires: date | None = DAY, acquired: date | None = DAY, tube: str = "T") -> TubeRecord:
    events = TETRA_T if tube == "T" else TETRA_NK
    return record("P1", "D1", tube, events, bead_lot=name, expires=expires, acquired=acquired)


def test_a_lot_may_be_used_on_its_last_day_and_no_longer() -> None:
    assert found("bead_lot_expired", lot()) == []
    reported = found("bead_lot_expired", lot(expires=date(2024, 2, 29)))
    assert [(one.finding.check, one.tube) for one in reported] == [("bead_lot_expired", "T")]


def test_a_file_without_a_date_was_not_acquired_before_the_study_began() -> None:
    dated = lot("FC-1", date(2030, 1, 1), DAY)
    reported = found("bead_lot_expired", dated, lot("FC-0", date(2020, 1, 31), None, "NK"))
    assert [(one.finding.check, one.tube) for one in reported] == [("bead_lot_expired", "NK")]
    assert "not before 2024-03-01" in reported[0].finding.message


@pytest.mark.parametrize(("expires", "acquired"), [(None, DAY), (DAY, None)])
def test_what_cannot_be_judged_is_reported_once_a_lot(expires: date | None, acquired: date | None) -> None:
    reported = found("bead_lot_expired", *(lot("FC-1", expires, acquired, tube) for tube in ("T", "NK")))
    assert [(one.finding.check, one.finding.severity, one.tube) for one in reported] == [
        ("bead_expiry_unchecked", Severity.INFO, "")
    ]


def test_two_lots_in_one_study() -> None:
    assert found("bead_lots_mixed", lot("FC-1"), lot("FC-1", tube="NK")) == []
    reported = found("bead_lots_mixed", lot("FC-1"), lot("FC-2", tube="NK"))
    assert reported[0].finding.value == 2
    assert "FC-1, FC-2" in reported[0].finding.message


# ---------------------------------------------------------------- how findings reach the tables


def test_what_was_found_between_tubes_flags_the_rows_it_concerns() -> None:
    tubes = (t(), nk(lymphocytes=13_300, **{"CD3+": 10_640}), record("P1", "D1", "TREG", TREG))
    later = tuple(replace(one, visit="D8", file=one.file.replace("D1", "D8")) for one in (t(), tubes[2]))
    table = treg_table(cross_check(study(*tubes, *later)))
    flags = {str(row["visit"]): row["flags"] for row in table.records()}
    concerned = ("cd4", "treg_per_ul")  # percentages are of one tube
    assert flags == {"D1": ";".join(f"cd3_between_tubes:{value}" for value in concerned), "D8": ""}
