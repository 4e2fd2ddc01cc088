"""A gated tube of twelve events, drawn by hand, held against a truth drawn by hand."""

import numpy as np
import pytest

from tregate.gating.count.estimates import CountingInput
from tregate.gating.count.populations import count
from tregate.gating.events import Binding, Compensation, DataSet, Gated
from tregate.gating.findings import Finding, Severity
from tregate.gating.strategy.schema import Strategy
from tregate.gating.tube import TubeResult
from tregate.gating.units import BeadsPerMicrolitre, Microlitre, PopulationName
from tregate.pipelines.validation.compare_with_truth import compare_with_truth, nothing, populations, time_kept
from tregate.pipelines.validation.comparison import Comparison
from tregate.pipelines.validation.truth import Truth

N = 12
ABOVE = {"kind": "range", "low": 1}


def strategy(*, washed: bool = False) -> Strategy:
    made = {
        "beads": {"parent": "all", "axes": ["FSC-A"], "gate": ABOVE},
        "steady": {"parent": "all", "axes": ["Time"], "gate": {"kind": "steady", "of": "beads"}},
        "lymphocytes": {"parent": "steady", "axes": ["SSC-A"], "gate": ABOVE},
        "CD4+": {"parent": "lymphocytes", "axes": ["CD4"], "gate": ABOVE},
        "Treg": {"parent": "CD4+", "axes": ["Foxp3"], "gate": ABOVE},
        "own name": {"parent": "CD4+", "axes": ["Foxp3"], "gate": ABOVE},
    }
    panel = {"markers": {"CD4": ["CD4"], "Foxp3": ["Foxp3"]}}
    beads = {} if washed else {"beads": {"population": "beads"}}
    return Strategy.model_validate(
        {"strategy": "by_hand", "panel": panel, "populations": made, "washed": washed, **beads}
    )


def mask(*events: int) -> np.ndarray:
    made = np.zeros(N, dtype=bool)
    made[list(events)] = True
    return made


MEMBERS = {
    "beads": mask(0, 1),
    "steady": mask(*range(10)),
    "lymphocytes": mask(2, 3, 4, 5, 6),
    "CD4+": mask(3, 4, 5, 6),
    "Treg": mask(5, 6),
    "own name": mask(6),
}
TRUTH = Truth(
    members={
        "lymphocytes": mask(2, 3, 4, 5, 6, 7),
        "CD4+": mask(4, 5, 6, 7, 11),
        "Treg": mask(6, 7, 11),
    },
    beads=np.array([1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
    cells_per_ul={"lymphocytes": 600.0, "CD4+": 400.0, "Treg": 100.0},
    beads_per_ul=200.0,
    bead_volume_ul=100.0,
    blood_volume_ul=100.0,
)
LOAD = CountingInput("lot", Microlitre(100.0), BeadsPerMicrolitre(200.0), Microlitre(100.0))


def confronted(
    plan: Strategy, *findings: Finding, unmeasured: tuple[str, ...] = (), beads: bool = True
) -> dict[str, Comparison]:
    members = {PopulationName(name): np.packbits(m) for name, m in MEMBERS.items() if name not in unmeasured}
    gated = Gated(
        n_events=N,
        order=tuple(PopulationName(name) for name in plan.populations),
        parents={PopulationName(name): PopulationName(plan.parents[name]) for name in plan.populations},
        gates=(),
        unmeasured={PopulationName(name): "no place" for name in unmeasured},
        members=members,
        events={name: int(np.bitwise_count(bits).sum()) for name, bits in members.items()},
    )
    counts = count(gated, plan, LOAD if beads else None, "" if beads else "washed")
    data_set = DataSet(1, "FCS3.1", "", N, (), "F", "1,2,3,4")
    result = TubeResult(data_set, "", Binding({}), Compensation("none"), counts, (), findings)
    return {row.population: row for row in compare_with_truth(plan, TRUTH, result, gated)}


def test_known_populations_in_gating_order_with_the_beads() -> None:
    assert populations(strategy(), frozenset(TRUTH.members)) == ("beads", "lymphocytes", "CD4+", "Treg")
    assert populations(strategy(washed=True), frozenset({"Treg"})) == ("Treg",)


def test_events_are_compared_where_time_cleaning_left_them() -> None:
    rows = confronted(strategy())
    cd4 = rows["CD4+"].overlap
    assert cd4 is not None
    assert (cd4.found, cd4.true, cd4.both) == (4, 4, 3), "event 11 was taken out with its time"
    treg = rows["Treg"].overlap
    assert treg is not None
    assert (treg.found, treg.true, treg.both) == (2, 2, 1)


def test_cells_per_ul_by_the_tubes_beads() -> None:
    treg = confronted(strategy())["Treg"]
    assert treg.unit == "cells/µL"
    assert treg.figure is not None
    assert treg.figure.value == pytest.approx(2 / 2 * 200.0)
    assert treg.truth == 100.0
    assert treg.error == pytest.approx(1.0)


def test_beads_against_those_that_went_through_the_laser() -> None:
    beads = confronted(strategy())["beads"]
    assert beads.unit == "beads"
    assert beads.figure is not None
    assert (beads.figure.value, beads.truth) == (2.0, 3.0)
    assert beads.covered is None


def test_a_washed_tube_tells_shares_of_cd4() -> None:
    rows = confronted(strategy(washed=True), beads=False)
    treg, cd4 = rows["Treg"], rows["CD4+"]
    assert treg.unit == "% of CD4+"
    assert treg.figure is not None
    assert (treg.figure.value, treg.truth) == (50.0, 25.0)
    assert treg.figure.low < 50.0 < treg.figure.high
    assert cd4.unit == "% of lymphocytes"
    assert cd4.figure is not None
    assert cd4.figure.value == 80.0
    assert cd4.truth == pytest.approx(100 * 400 / 600)
    assert rows["lymphocytes"].unit == ""
    assert rows["lymphocytes"].figure is None


def test_an_unmeasured_population_has_no_figure_and_says_why() -> None:
    treg = confronted(strategy(), unmeasured=("Treg",))["Treg"]
    assert treg.overlap is None
    assert treg.figure is None
    assert "unmeasured" in treg.flags


def test_few_events_flag_themselves() -> None:
    assert confronted(strategy())["Treg"].flags == ("below_detection", "imprecise")


def finding(population: str, severity: Severity = Severity.WARN, check: str = "gate_fallback") -> Finding:
    return Finding(check, severity, "look", population)


def test_a_doubt_about_a_parent_is_one_about_its_children_only() -> None:
    rows = confronted(strategy(), finding("CD4+"))
    assert "gate_fallback" in rows["CD4+"].flags
    assert "gate_fallback" in rows["Treg"].flags
    assert "gate_fallback" not in rows["lymphocytes"].flags


def test_a_doubt_about_the_tube_is_about_every_figure() -> None:
    assert all("time_removed" in r.flags for r in confronted(strategy(), finding("", check="time_removed")).values())


def test_a_doubt_about_beads_is_about_concentrations_only() -> None:
    doubt = finding("beads", check="bead_events")
    assert "bead_events" in confronted(strategy(), doubt)["Treg"].flags
    assert "bead_events" not in confronted(strategy(washed=True), doubt, beads=False)["Treg"].flags


def test_what_is_merely_reported_flags_nothing() -> None:
    assert confronted(strategy(), finding("CD4+", Severity.INFO))["CD4+"].flags == ("below_detection", "imprecise")


def test_a_tube_that_could_not_be_gated_has_a_row_a_population() -> None:
    rows = nothing(strategy(), TRUTH, "read")
    assert [row.population for row in rows] == ["beads", "lymphocytes", "CD4+", "Treg"]
    assert all(row.flags == ("failed_read",) and row.figure is None for row in rows)


def test_without_a_steady_step_every_event_counts() -> None:
    members = {PopulationName("lymphocytes"): np.packbits(MEMBERS["lymphocytes"])}
    assert time_kept(strategy(), Gated(N, (), {}, (), {}, members)).all()
