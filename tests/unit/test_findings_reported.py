"""findings.csv: one row per cause, of the severity that its figures give it, worst first."""

from dataclasses import replace

from report_records import record
from report_study import strategies

from tregate.gating.findings import Finding, Severity
from tregate.gating.units import PopulationName
from tregate.pipelines.findings import in_order, needs_review
from tregate.pipelines.findings.causes import grouped
from tregate.pipelines.findings.relevance import judged
from tregate.pipelines.tabulate.doubts import Doubts
from tregate.pipelines.tabulate.flags import findings_about
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

ABSENT = Finding("marker_missing", Severity.INFO, "Viability is missing, so dead cells are not excluded.")
IDENTITY = Finding("compensation_identity", Severity.WARN, "$SPILLOVER is an identity matrix.")
DOUBT = Finding("gate_doubtful", Severity.WARN, "lymphocytes: dense edge. Review the gate.", "lymphocytes")


def tubes(number: int) -> list[TubeRecord]:
    return [record(f"S{i}", tube="TREG") for i in range(number)]


def at(tube: TubeRecord, finding: Finding) -> TubeFinding:
    return TubeFinding(tube.subject, tube.visit, tube.tube, tube.file, finding)


def test_a_marker_that_all_tubes_of_a_kind_lack_is_one_row_with_their_number() -> None:
    every = tubes(49)
    rows = list(grouped([at(tube, ABSENT) for tube in every], every))
    assert [(row.subject, row.visit, row.tube, row.file, row.files) for row in rows] == [("", "", "TREG", "", ())]
    message = "Viability is missing in 49 of 49 TREG tubes, so dead cells are not excluded."
    assert (rows[0].finding.message, rows[0].finding.value) == (message, 49.0)


def test_a_cause_of_some_tubes_names_their_files_and_concerns_no_other() -> None:
    every = tubes(4)
    row, *others = grouped([at(tube, IDENTITY) for tube in every[:2]], every)
    assert others == []
    assert row.files == (every[0].file, every[1].file)
    assert row.finding.message.startswith("2 of 4 TREG tubes: ")
    assert [row.is_of(tube) for tube in every] == [True, True, False, False]
    assert [needs_review(tube, [row]) for tube in every] == [True, True, False, False]


def test_a_warning_about_one_tube_stays_with_it() -> None:
    every = tubes(3)
    alone = at(every[1], IDENTITY)
    assert list(grouped([alone], every)) == [alone]


def test_what_was_found_in_the_events_stays_one_row_per_tube() -> None:
    every = tubes(3)
    own = [at(tube, DOUBT) for tube in every]
    assert list(grouped(own, every)) == own


def test_grouping_again_changes_nothing() -> None:
    every = tubes(5)
    once = list(grouped([at(tube, ABSENT) for tube in every[:3]], every))
    assert list(grouped(once, every)) == once


def test_a_doubt_about_a_gate_that_no_figure_rests_on_is_a_note_that_asks_for_nothing() -> None:
    tube = tubes(1)[0]
    doubt = at(tube, DOUBT)
    assert list(judged([doubt], {doubt})) == [doubt]
    (note,) = judged([doubt], set())
    assert note.finding.severity is Severity.INFO
    assert note.finding.message == "lymphocytes: dense edge. No value in the tables depends on it."
    beads = at(tube, replace(DOUBT, check="bead_events", severity=Severity.FAIL))
    assert list(judged([beads], set())) == [beads], "only what is known of gates depends on who reads them"


def concerns_percentage(tube: TubeRecord, finding: Finding) -> bool:
    """Whether a finding about CD3+ concerns CD4+ in percent of CD3+'s own gate, or of what lies above it."""
    about = findings_about(Doubts([at(tube, finding)]), tube, "CD4+", concentration=False, of="CD4+")
    return [found.finding for found, _ in about] == [finding]


def test_a_gate_above_the_denominator_matters_where_most_cells_are_lost_or_a_person_placed_it() -> None:
    tube = record("S1", tube="TREG")
    lost = Finding(
        "lymphocyte_recovery", Severity.WARN, "CD3+: only few lie in the gate.", "CD3+", 0.624, "at least 0.9"
    )
    assert concerns_percentage(tube, lost)
    assert not concerns_percentage(tube, replace(lost, value=0.86)), "a small loss cancels in the percentage"
    far = Finding("gate_outlier", Severity.WARN, "CD3+: the gate edge is 9.", "CD3+", 7.0)
    assert not concerns_percentage(tube, far)
    assert tube.result is not None
    (own,) = tube.result.gates
    by_hand = replace(own, population=PopulationName("CD3+"), placed_by="A", reason="debris")
    assert concerns_percentage(replace(tube, result=replace(tube.result, gates=(own, by_hand))), far)


def test_other_cells_in_a_gate_concern_its_count_and_what_is_given_in_percent_of_it() -> None:
    tube = record("S1")
    impure = Finding("lymphocyte_purity", Severity.WARN, "CD3+: 9 % of the events lie off the core.", "CD3+", 0.09)
    known = Doubts([at(tube, impure)])
    assert list(findings_about(known, tube, "CD3+", concentration=True))
    assert list(findings_about(known, tube, "CD4+", concentration=False, of="CD3+"))
    assert not list(findings_about(known, tube, "CD4+", concentration=True)), "CD4 tells them from the others"


def test_order_is_severity_then_place_then_the_gating_tree_from_its_root() -> None:
    first, second = record("B", tube="TREG"), record("A", tube="TREG")
    deep, root = replace(DOUBT, population="Treg"), DOUBT
    found = [
        at(second, ABSENT),
        at(second, root),
        at(first, deep),
        at(first, root),
        at(second, replace(root, severity=Severity.FAIL)),
    ]
    ordered = in_order(found, ("B", "A"), ("D1",), strategies())
    assert list(ordered) == [found[4], found[3], found[2], found[1], found[0]]


def test_a_tube_needs_review_where_it_failed_or_has_a_warning_of_its_own() -> None:
    tube = record("S1")
    visit = TubeFinding("", tube.visit, tube.tube, "", Finding("batch_shift", Severity.WARN, "All of D1."))
    assert not needs_review(tube, [at(tube, ABSENT), visit])
    assert needs_review(tube, [at(tube, DOUBT)])
    assert needs_review(tube, [], failed={tube.file})
    assert needs_review(replace(tube, result=None, failed="read"), [])
    assert not needs_review(replace(tube, result=None, excluded="clotted"), [])


def blood(tube: TubeRecord, value: float, *, of_setup: bool = True) -> TubeFinding:
    finding = Finding("blood_implausible", Severity.WARN, f"CD4+ is {value:g} cells/\u00b5L.", "CD4+", value)
    return TubeFinding(tube.subject, tube.visit, tube.tube, tube.file, finding, of_setup=of_setup)


def test_a_set_up_cause_of_all_tubes_is_one_row_whatever_the_number_in_each() -> None:
    every = tubes(5)
    (row,) = grouped([blood(tube, 4000.0 + i) for i, tube in enumerate(every)], every)
    assert (row.file, row.files, row.finding.value) == ("", (), 5.0)
    assert row.finding.message == "5 of 5 TREG tubes, for example S0 D1: CD4+ is 4000 cells/\u00b5L."
    assert row.finding.severity is Severity.WARN


def test_values_of_some_tubes_stay_with_them() -> None:
    every = tubes(5)
    own = [blood(tube, 4000.0 + i) for i, tube in enumerate(every[:4])]
    assert list(grouped(own, every)) == own


def test_only_checks_that_declare_it_are_set_up() -> None:
    every = tubes(5)
    own = [blood(tube, 4000.0 + i, of_setup=False) for i, tube in enumerate(every)]
    assert list(grouped(own, every)) == own
