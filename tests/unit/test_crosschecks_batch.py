"""The second look at a batch: odd tubes, moved days, and what a batch can lend."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from counted_tubes import TREG, record

from tregate.gating.events import PlacedGate
from tregate.gating.findings import Finding, Severity
from tregate.gating.geometry.scaled import to_linear, to_scaled
from tregate.gating.geometry.scales import LogicleScale
from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Range
from tregate.gating.strategy.load import load_strategy
from tregate.gating.units import Marker, PopulationName
from tregate.pipelines.crosschecks import CHECKS, findings_between
from tregate.pipelines.crosschecks.batch import thresholds
from tregate.pipelines.study.crosscheck_limits import DEFAULT
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tabulate import Results, resolve
from tregate.pipelines.tubes.batch_gates import batch_gates
from tregate.pipelines.tubes.clip_polygon import visible_centre
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

SUBJECTS = tuple(f"P{i}" for i in range(1, 10))
VISITS = ("D1", "D8", "D15", "M1", "M3", "M6")
COURSE = {"D1": 1.0, "D8": 1.8, "D15": 1.35, "M1": 1.15, "M3": 1.0, "M6": 1.05}
"""Treg % of CD4+ against baseline, as published."""
SOURCES = resolve(load_tables("treg_nk"), {"TREG": load_strategy("treg")})
SCALE = LogicleScale(1048576.0)


def threshold(population: str, scaled: float, fallback: str = "", scale: LogicleScale = SCALE) -> PlacedGate:
    linear = float(to_linear(scale, np.array([scaled]))[0])
    shape = Range(Axis(Marker("Foxp3"), scale), linear, None)
    return PlacedGate(PopulationName(population), PopulationName("CD4+"), "reference", shape, {}, fallback)


def trial(
    seed: int,
    moved: Callable[[str, str], float] = lambda subject, visit: 0.0,
    shrunk: Callable[[str, str], float] = lambda subject, visit: 1.0,
) -> Results:
    """Nine subjects who differ, six visits that respond to treatment, noise of repeatability."""
    rng = np.random.default_rng(seed)
    own = {subject: float(np.exp(rng.normal(0, 0.2))) for subject in SUBJECTS}
    records: list[TubeRecord] = []
    for subject in SUBJECTS:
        for visit in VISITS:
            share = 0.06 * own[subject] * COURSE[visit] * float(np.exp(rng.normal(0, 0.05))) * shrunk(subject, visit)
            treg = int(rng.binomial(16_000, share))
            events = {**TREG, "CD25hi CD127lo": int(treg / 0.8), "Treg": treg}
            gate = threshold("Treg", 0.5 + float(rng.normal(0, 0.01)) + moved(subject, visit))
            records.append(record(subject, visit, "TREG", events, gates=[gate]))
    return Results(SUBJECTS, VISITS, "D1", tuple(records), SOURCES)


def found(check: str, results: Results) -> list[TubeFinding]:
    return list(CHECKS[check](results, DEFAULT))


@pytest.mark.parametrize("seed", range(6))
def test_a_trial_that_responds_to_treatment_is_quiet(seed: int) -> None:
    """Nothing but chance, patients and interleukin-2: at most one tube of 54 may stand out."""
    reported = {(one.subject, one.visit) for one in findings_between(trial(seed))}
    assert len(reported) <= 1
    assert not found("batch_shift", trial(seed))


@pytest.mark.parametrize("seed", range(3))
def test_one_threshold_that_jumped_is_found(seed: int) -> None:
    """More than a third of a decade on one tube."""
    results = trial(seed, moved=lambda s, v: 0.085 if (s, v) == ("P4", "M1") else 0.0)
    reported = [one for one in found("gate_outlier", results) if (one.subject, one.visit) == ("P4", "M1")]
    assert [one.finding.population for one in reported] == ["Treg"]
    assert abs(reported[0].finding.value or 0) > DEFAULT.robust_z


def test_rows_are_flagged_only_far_out_so_that_another_tube_in_the_batch_decides_nothing() -> None:
    severities = {}
    for jump in (0.07, 0.15):
        reported = found(
            "gate_outlier", trial(0, moved=lambda s, v, jump=jump: jump if (s, v) == ("P4", "M1") else 0.0)
        )
        severities[jump] = [one.finding.severity for one in reported]
    assert severities == {0.07: [Severity.INFO], 0.15: [Severity.WARN]}


@pytest.mark.parametrize("seed", range(3))
def test_one_share_that_fell_is_found_although_subjects_and_visits_differ_more(seed: int) -> None:
    """Treg 45 % low on one tube; its batch spans more than threefold."""
    results = trial(seed, shrunk=lambda s, v: 0.55 if (s, v) == ("P7", "M3") else 1.0)
    reported = {(one.subject, one.visit, one.finding.population) for one in found("percent_outlier", results)}
    assert ("P7", "M3", "CD25hi CD127lo") in reported, "Treg stay four fifths of a gate that became small"


@pytest.mark.parametrize("visit", ["M1", "M3"])
def test_a_visit_that_is_forty_percent_low_with_tight_replicates_is_a_shift(visit: str) -> None:
    reported = found("batch_shift", trial(1, shrunk=lambda s, v: 0.6 if v == visit else 1.0))
    assert {(one.subject, one.visit, one.tube) for one in reported} == {("", visit, "TREG")}
    assert {one.finding.population for one in reported} <= {"Treg", "CD25hi CD127lo", "CD4+ non-Treg"}


def test_a_visit_whose_thresholds_moved_together_is_a_shift() -> None:
    reported = found("batch_shift", trial(2, moved=lambda s, v: 0.08 if v == "D15" else 0.0))
    assert [(one.visit, one.finding.population) for one in reported] == [("D15", "Treg")]
    assert reported[0].finding.value == pytest.approx(0.08, abs=0.02)


@pytest.mark.parametrize("baseline", ["D1", "D8"])
def test_a_blinded_study_takes_no_visit_for_the_baseline(baseline: str) -> None:
    """Codes do not say which visit is the first, so its lower shares are what treatment at the others explains."""
    treated = trial(1, shrunk=lambda s, v: 1.0 if v == "D1" else 2.2)
    assert not found("batch_shift", treated)
    coded = replace(treated, baseline=baseline)
    assert not [one for one in findings_between(coded, blind=True) if one.finding.check == "batch_shift"]
    low = replace(trial(1, shrunk=lambda s, v: 0.2 if v == "M1" else 1.0), baseline=baseline)
    shifts = [one for one in findings_between(low, blind=True) if one.finding.check == "batch_shift"]
    assert {one.visit for one in shifts} == {"M1"}
    moved = replace(trial(2, moved=lambda s, v: 0.08 if v == "D15" else 0.0), baseline=baseline)
    shifts = [one for one in findings_between(moved, blind=True) if one.finding.check == "batch_shift"]
    assert [(one.visit, one.finding.population) for one in shifts] == [("D15", "Treg")]


def test_no_finding_of_a_blinded_study_says_which_lot_a_visit_had() -> None:
    plain = trial(2, moved=lambda s, v: 0.08 if v == "D15" else 0.0)
    lots = {visit: "FC-B" if visit == "D15" else "FC-A" for visit in VISITS}
    unwashed = (replace(one, washed=False, bead_lot=lots[one.visit]) for one in plain.records)
    results = replace(plain, records=tuple(unwashed))
    assert "They alone share bead lot FC-B" in found("batch_shift", results)[0].finding.message
    blind = findings_between(results, blind=True)
    assert [one.visit for one in blind if one.finding.check == "batch_shift"] == ["D15"]
    assert not [one for one in blind if "FC-" in one.finding.message]


def test_tubes_that_failed_their_own_checks_do_not_move_the_batch() -> None:
    results = trial(0, moved=lambda s, v: 0.085 if (s, v) == ("P4", "M1") else 0.0)
    failed = Finding("bead_events", Severity.FAIL, "37 beads", "beads")
    bad = tuple(
        record(f"F{i}", "D1", "TREG", TREG, gates=[threshold("Treg", 0.58)], findings=[failed]) for i in range(60)
    )
    more = Results((*SUBJECTS, *(one.subject for one in bad)), VISITS, "D1", (*results.records, *bad), SOURCES)
    assert findings_between(more) == findings_between(results) != ()


def test_few_tubes_are_no_batch() -> None:
    results = trial(1, moved=lambda s, v: 0.3 if (s, v) == ("P1", "D8") else 0.0)
    few = Results(SUBJECTS, VISITS, "D1", results.records[:4], SOURCES)
    assert found("gate_outlier", few) == []


def test_a_tight_batch_does_not_make_every_tube_odd() -> None:
    """Thresholds that agree to a thousandth of the scale."""
    gates = [threshold("Treg", 0.5 + 0.001 * (i % 3) + (0.01 if i == 0 else 0.0)) for i in range(12)]
    tubes = tuple(record(f"P{i}", "D1", "TREG", TREG, gates=[gate]) for i, gate in enumerate(gates))
    results = Results(tuple(f"P{i}" for i in range(12)), ("D1",), "D1", tubes, SOURCES)
    assert found("gate_outlier", results) == []


@pytest.mark.parametrize(("top", "compared"), [(4 * SCALE.top, 12), (0.99 * SCALE.top, 13)])
def test_tubes_of_another_top_of_scale_are_not_compared(top: float, compared: int) -> None:
    """One intensity lies at another place of a scale with another top; a top a little lower makes no difference."""
    intensity = float(to_linear(SCALE, np.array([0.5]))[0])
    other = LogicleScale(top)
    moved = float(to_scaled(other, np.array([intensity]))[0])
    gates = [threshold("Treg", 0.5 + 0.001 * (i % 3)) for i in range(12)] + [threshold("Treg", moved, scale=other)]
    batch = tuple(record(f"P{i}", "D1", "TREG", TREG, gates=[gate]) for i, gate in enumerate(gates))
    results = Results(tuple(f"P{i}" for i in range(13)), ("D1",), "D1", batch, SOURCES)
    assert found("gate_outlier", results) == []
    assert [len(series.entries) for series in thresholds(results, DEFAULT)] == [compared]


def test_a_polygon_lies_where_its_visible_part_lies_however_far_out_it_is_drawn() -> None:
    """The lower right half of the plot as a triangle, and as a four-cornered one that reaches far beyond it."""
    triangle = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    far = np.array([[-3.0, -3.0], [-2.0, -9.0], [40.0, -9.0], [40.0, 40.0]])
    assert visible_centre(triangle) == pytest.approx((2 / 3, 1 / 3))
    assert visible_centre(far) == pytest.approx((2 / 3, 1 / 3))
    assert visible_centre(far[::-1]) == pytest.approx((2 / 3, 1 / 3))
    assert visible_centre(triangle + 2.0) is None


# ---------------------------------------------------------------- what a batch can lend


def tubes(gates: list[PlacedGate]) -> list[TubeRecord]:
    return [record(f"P{i}", "D1", "TREG", TREG, gates=[gate]) for i, gate in enumerate(gates)]


def test_the_batch_lends_on_the_top_of_scale_that_most_tubes_have() -> None:
    other = threshold("Treg", 0.6, scale=LogicleScale(4 * SCALE.top))
    lent = batch_gates(tubes([other, *(threshold("Treg", 0.5) for _ in range(4))]))["treg"]
    shape = lent[PopulationName("Treg")].shape
    assert isinstance(shape, Range)
    assert shape.axis.scale == SCALE


def test_the_batch_lends_the_median_threshold_of_tubes_that_found_one() -> None:
    gates = [threshold("Treg", at) for at in (0.40, 0.50, 0.52)] + [threshold("Treg", 0.9, fallback="no valley")]
    lent = batch_gates(tubes(gates))["treg"][PopulationName("Treg")]
    assert isinstance(lent.shape, Range)
    assert lent.shape.low == pytest.approx(to_linear(SCALE, np.array([0.5]))[0], rel=1e-5)
    assert lent.shape.high is None
    assert lent.evidence == {"tubes": 3}
    assert lent.fallback == ""


def test_two_tubes_lend_nothing() -> None:
    assert batch_gates(tubes([threshold("Treg", 0.4), threshold("Treg", 0.5)])) == {}


def test_boxes_and_polygons_are_lent_edge_by_edge_and_ellipses_whole() -> None:
    x, y = Axis(Marker("CD25"), SCALE), Axis(Marker("CD127"), SCALE)
    name, parent = PopulationName("CD25hi CD127lo"), PopulationName("CD4+")

    def lent(shapes: list) -> object:
        gates = [PlacedGate(name, parent, "diagonal", shape) for shape in shapes]
        return batch_gates(tubes(gates))["treg"][name].shape

    box = lent([Box((Range(x, low, None), Range(y, None, high))) for low, high in ((1e3, 9e3), (2e3, 5e3), (4e3, 7e3))])
    assert box == Box((Range(x, 2000.0, None), Range(y, None, 7000.0)))

    polygons = [Polygon(x, y, ((a, 0.0), (9e5, 0.0), (9e5, b))) for a, b in ((1e3, 1e4), (3e3, 3e4), (2e3, 9e4))]
    polygon = lent(polygons)
    assert isinstance(polygon, Polygon)
    assert np.allclose(polygon.vertices, [(2e3, 0.0), (9e5, 0.0), (9e5, 3e4)], rtol=1e-5, atol=1e-6)

    ellipses = [Ellipse((x, y), (c, 1e3), ((0.01, 0.0), (0.0, 0.01)), 4.0) for c in (1e3, 5e3, 9e4)]
    assert lent(ellipses) is ellipses[1]
