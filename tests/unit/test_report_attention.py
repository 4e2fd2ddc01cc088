"""Which tubes need a look: worst first, for the reasons that were found."""

from dataclasses import replace

from report_records import record

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.export.run_tables import failures_table
from tregate.pipelines.report.triage import Triage, TubeStatus, study_wide, tube_statuses
from tregate.pipelines.tubes.outcomes import Failure
from tregate.pipelines.tubes.records import TubeFinding, findings_of

WARN = Finding("depth", Severity.WARN, "The valley is shallow.", population="CD4+")
FAIL = Finding("bead_events", Severity.FAIL, "Only 200 beads.", population="beads")
INFO = Finding("note", Severity.INFO, "For the record.")


def ranked(
    *records_and_more: object, findings: tuple[TubeFinding, ...] = (), failures: object = ()
) -> list[TubeStatus]:
    records = list(records_and_more)
    own = [found for one in records for found in findings_of(one)]
    return list(tube_statuses(records, [*own, *findings], failures_table(list(failures)), {}))


def test_worst_first() -> None:
    failed = replace(record("S0"), result=None, failed="read")
    made = [
        record("S1"), record("S2", findings=(INFO,)), record("S3", findings=(WARN, INFO)),
        record("S4", findings=(INFO, FAIL)), failed, replace(record("S5"), result=None, excluded="clotted"),
        record("S6", findings=(WARN, WARN)), record("S7", fallback="no valley"),
    ]  # fmt: skip
    order = ranked(*made, failures=[(failed, Failure("read", "TruncatedError", "Cut short. Copy it again."))])
    assert [made[look.record].subject for look in order] == ["S0", "S4", "S6", "S3", "S2", "S7", "S1", "S5"]
    assert order[0].why == "read: Cut short. Copy it again."
    assert order[1].why == "Only 200 beads.", "the worst finding, not the first"
    assert [look.attention for look in order][-2:] == [Triage.OK, Triage.EXCLUDED]
    assert order[-1].why == "clotted"
    assert [look.flagged for look in order] == [True] * 4 + [False] * 4


def test_beads_that_the_whole_study_lacks_do_not_hide_what_a_tube_has() -> None:
    lacks = Finding("bead_load_missing", Severity.WARN, "there are no cells/µL", population="beads")
    order = ranked(record("S1", findings=(lacks,)), record("S2", findings=(lacks, WARN, INFO)))
    assert [look.why for look in order] == ["The valley is shallow.", "there are no cells/µL"]


def test_a_doubt_about_a_visits_figures_flags_no_tube() -> None:
    figures = TubeFinding("S1", "D1", "", "", Finding("fold_without_baseline", Severity.WARN, "No fold."))
    order = ranked(record("S1"), record("S1", tube="NK"), findings=(figures,))
    assert [look.attention for look in order] == [Triage.OK, Triage.OK]
    assert study_wide((figures,)) == (figures,)


def test_a_finding_of_a_whole_visit_flags_no_single_tube() -> None:
    shift = TubeFinding("", "D8", "T", "", Finding("shift", Severity.WARN, "All of D8."))
    order = ranked(record("S1", visit="D8"), findings=(shift,))
    assert order[0].attention is Triage.OK
    assert study_wide((shift,)) == (shift,)


def test_a_tube_that_could_not_be_counted_is_flagged_with_its_percentages() -> None:
    tube = record("S1")
    order = ranked(tube, failures=[(tube, Failure("count", "bead_lot_unknown", "The lot is not listed."))])
    assert order[0].attention is Triage.FAIL
    assert order[0].why == "count: The lot is not listed."


def test_a_failure_without_a_row_is_still_a_failure() -> None:
    order = ranked(replace(record("S1"), result=None, failed="panel"))
    assert order[0].attention is Triage.FAILED
    assert "panel" in order[0].why


def test_a_warning_that_a_reader_judged_needs_no_review_and_a_failure_still_does() -> None:
    failed = replace(record("S0"), result=None, failed="read")
    made = [failed, record("S1", findings=(WARN,)), record("S2", findings=(WARN,)), record("S3", findings=(INFO,))]
    found = [each for one in made for each in findings_of(one)]
    readers = dict.fromkeys((0, 1, 3), "N. Reader")
    order = tube_statuses(made, found, failures_table([]), {}, readers)
    assert [(made[look.record].subject, look.flagged, look.reviewed_by) for look in order] == [
        ("S0", True, ""), ("S2", True, ""), ("S1", False, "N. Reader"), ("S3", False, ""),
    ]  # fmt: skip
