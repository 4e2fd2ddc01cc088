"""The overview's list: one line per cause, with its tubes."""

from report_records import record

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.export.run_tables import failures_table
from tregate.pipelines.report.review_groups import review_groups
from tregate.pipelines.report.triage import Triage, tube_statuses
from tregate.pipelines.tubes.outcomes import Failure
from tregate.pipelines.tubes.records import TubeRecord, findings_of


def doubt(value: float, population: str = "NK bright", severity: Severity = Severity.WARN) -> Finding:
    return Finding("gate_fallback", severity, f"{population}: valley of {value:g} %.", population, value)


def groups(*records: TubeRecord, failures: object = ()) -> list[tuple[Triage, str, tuple[int, ...], bool]]:
    found = [one for tube in records for one in findings_of(tube)]
    statuses = tube_statuses(records, found, failures_table(list(failures)), {})
    return [(group.attention, group.cause, group.records, group.alike) for group in review_groups(statuses)]


def test_tubes_with_one_cause_are_one_line_whatever_their_values() -> None:
    tubes = [record(f"S{i}", findings=(doubt(i + 0.5),)) for i in range(13)]
    assert groups(*tubes) == [(Triage.WARN, "NK bright: gate fallback", tuple(range(13)), True)]


def test_other_populations_and_severities_are_other_lines_critical_ones_first() -> None:
    tubes = [
        record("S1", findings=(doubt(1),)), record("S2", findings=(doubt(2, "Treg"),)),
        record("S3", findings=(doubt(3, severity=Severity.FAIL),)), record("S4", findings=(doubt(4), doubt(4, "Treg"))),
    ]  # fmt: skip
    assert [(kind, cause, len(of)) for kind, cause, of, _ in groups(*tubes)] == [
        (Triage.FAIL, "NK bright: gate fallback", 1),
        (Triage.WARN, "NK bright: gate fallback", 2),
        (Triage.WARN, "Treg: gate fallback", 2),
    ]


def test_notes_are_no_lines() -> None:
    assert groups(record("S1", findings=(doubt(1, severity=Severity.INFO),))) == []


def test_failures_of_one_stage_and_cause_are_one_line() -> None:
    tubes = [record(f"S{i}") for i in range(3)]
    faults = [(tube, Failure("count", "lot", f"Line {i}: the lot is not listed.")) for i, tube in enumerate(tubes)]
    other = record("S9")
    found = groups(*tubes, other, failures=[*faults, (other, Failure("count", "beads", "No beads."))])
    assert found == [
        (Triage.FAIL, "failed at stage count", (0, 1, 2), True), (Triage.FAIL, "failed at stage count", (3,), True),
    ]  # fmt: skip
