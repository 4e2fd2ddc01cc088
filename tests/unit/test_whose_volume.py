"""A wrong volume of one tube concerns its cells/µL and no percentage: by colour, flags of the page, and CPFLAGS."""

from dataclasses import replace

import pytest
from counted_tubes import FLOW_COUNT, TETRA_NK, TETRA_T, TREG, record

from tregate.gating.count.estimates import PopulationCount
from tregate.gating.count.flags import NOT_CELLS
from tregate.gating.findings import Finding, Severity
from tregate.gating.strategy.load import load_strategy
from tregate.gating.units import PopulationName
from tregate.pipelines.crosschecks import findings_between
from tregate.pipelines.crosschecks.per_tube import beads_of
from tregate.pipelines.export.collection import collection_of
from tregate.pipelines.export.cp import cell_phenotype
from tregate.pipelines.findings import worst_by_figure
from tregate.pipelines.report.visit_tables import measure_tables
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tabulate import Results, resolve, visit_tables
from tregate.pipelines.tabulate.flags_of_others import flags_of_others
from tregate.pipelines.tubes.records import TubeRecord, findings_of

STRATEGIES = {
    tube: load_strategy(name) for tube, name in (("T", "tetrachrome_t"), ("NK", "tetrachrome_nk"), ("TREG", "treg"))
}
SUBJECTS, VISITS = ("P1", "P2"), ("D1", "D8")
AT = ("P1", "D8")
EVENTS = {"T": TETRA_T, "NK": TETRA_NK, "TREG": TREG}


def with_beads(tube: TubeRecord) -> TubeRecord:
    """The tube with its beads among its populations."""
    if tube.washed or tube.result is None:
        return tube
    beads = PopulationCount(
        PopulationName("beads"), PopulationName("all"), 9, 9, None, None, 9, None, None, (NOT_CELLS,)
    )
    return replace(tube, result=replace(tube.result, counts=(beads, *tube.result.counts)))


def study(*changed: TubeRecord) -> Results:
    other = {(one.subject, one.visit, one.tube): one for one in changed}
    records = tuple(
        other.get((subject, visit, tube), with_beads(record(subject, visit, tube, events)))
        for subject in SUBJECTS
        for visit in VISITS
        for tube, events in EVENTS.items()
    )
    results = Results(SUBJECTS, VISITS, "D1", records, resolve(load_tables("treg_nk"), STRATEGIES))
    return replace(results, findings=findings_between(results))


@pytest.fixture(scope="module")
def wrong() -> Results:
    """The bead volume of the T tube is wrong, and its cells/µL are 25 times those of other visits."""
    load = replace(FLOW_COUNT, bead_volume_ul=1000.0)
    return study(with_beads(record(*AT, "T", TETRA_T, beads=400, load=load)))


def test_colours_follow_what_a_value_is_made_of(wrong: Results) -> None:
    checks = {one.finding.check for one in wrong.findings if (one.subject, one.visit) == AT}
    assert {"odd_volume", "cd3_between_tubes", "two_tube_sum", "treg_fold", "blood_implausible"} <= checks
    worst = worst_by_figure(wrong)
    percentages = ("treg_percent_of_cd4", "treg_percent_of_teff", "nk_bright_percent_of_nk")
    assert [worst.get((name, *AT)) for name in percentages] == [None, None, None]
    assert worst["treg_per_ul", *AT] is not None
    assert worst["cd4_per_ul", *AT] is Severity.FAIL
    assert worst["nk_per_ul", *AT] is Severity.FAIL


def test_a_percentage_has_no_flag_of_cells_per_ul_on_the_page_or_in_cpflags(wrong: Results) -> None:
    tables = tuple(visit_tables(wrong).values())
    declared = wrong.sources.declared
    row = next(one for one in visit_tables(wrong)["treg"].records() if (one["subject"], one["visit"]) == AT)
    assert "odd_volume:treg_per_ul" in str(row["flags"]).split(";")
    others = flags_of_others(wrong)
    shown = measure_tables(tables, VISITS, declared, flags_of_others=others)
    flags = {one.measure: one.rows[0][1][1].flags for one in shown}
    assert flags["treg_percent_of_cd4"] == ""
    assert "odd_volume:treg_per_ul" in flags["treg_per_ul"].split(";")
    found = cell_phenotype(tables, VISITS, "D1", declared, study="S", collection=collection_of(wrong, STRATEGIES))
    tests = {
        str(one["CPSEQ"]): one["CPTESTCD"]
        for one in found.cp.records()
        if (one["USUBJID"], one["VISIT"]) == ("S-P1", "D8")
    }
    given = {
        tests[str(one["IDVARVAL"])]: str(one["QVAL"])
        for one in found.supplemental.records()
        if one["QNAM"] == "CPFLAGS" and one["USUBJID"] == "S-P1" and str(one["IDVARVAL"]) in tests
    }
    assert "TREGCD4" in tests.values()
    assert "TREGCD4" not in given
    assert any("odd_volume:treg_per_ul" in text for text in given.values())


def test_a_volume_is_a_finding_about_beads_and_not_their_doublets() -> None:
    tube = with_beads(record(*AT, "T", TETRA_T))
    assert tube.result is not None
    beads = tube.result.counts[0]
    doublets = replace(beads, population=PopulationName("bead doublets"), parent=beads.population)
    assert beads_of(replace(tube, result=replace(tube.result, counts=(doublets, *tube.result.counts)))) == "beads"


def test_a_gate_of_the_washed_tube_flags_both_treg_figures() -> None:
    doubt = Finding("gate_outlier", Severity.WARN, "far", "Treg")
    results = study(record(*AT, "TREG", TREG, findings=[doubt]))
    results = replace(results, findings=tuple(one for r in results.records for one in findings_of(r)))
    worst = worst_by_figure(results)
    assert worst["treg_percent_of_cd4", *AT] is worst["treg_per_ul", *AT] is Severity.WARN
    assert flags_of_others(results) == {}
