"""`borrow`, `control` and `lock_at_baseline`: places that other tubes lend."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from placed_cells import SCALE, SCALES, TOP, GatedCells, cells, gated_cells, linear

from tregate.fixtures.fcs import Encoding, Parameter, write_fcs
from tregate.gating.events import PlacedGate
from tregate.gating.geometry.scales import LogicleScale
from tregate.gating.geometry.shapes import Axis, Polygon, Range
from tregate.gating.placement.view import ReferenceTubes
from tregate.gating.reference_gates import ControlTube, ReferenceGates
from tregate.gating.reference_tubes import KnownTubes
from tregate.gating.strategy.load import strategy_from
from tregate.gating.strategy.schema import Strategy
from tregate.gating.strategy.yaml_source import parse_yaml
from tregate.gating.tube import TubeTask, analyse
from tregate.gating.units import Marker, PopulationName
from tregate.pipelines.tubes.batch_plan import batch_borrowers, waits_for_batch

BRIGHT = PopulationName("bright")
CD56 = Axis(Marker("CD56"), SCALE)
LENT = Range(CD56, 7777.0, None)

LOCK = "lock_at_baseline: [bright]"
VALLEY = "kind: valley, keep: above"
BORROWS = f"{VALLEY}, otherwise: {{kind: borrow, source: batch, otherwise: 3000}}"
TWO_GROUPS = ((4000, 0.35, 0.03), (2000, 0.65, 0.04))
ONE_GROUP = ((3000, 0.4, 0.05),)


def known(elsewhere: ReferenceGates) -> Callable[[Strategy], ReferenceTubes]:
    return lambda strategy: KnownTubes(strategy, elsewhere)


def lent(
    shape: Range | Polygon | None = LENT, fallback: str = "", name: str = "bright"
) -> dict[PopulationName, PlacedGate]:
    population = PopulationName(name)
    return {population: PlacedGate(population, PopulationName("all"), "valley", shape, {}, fallback)}


def tube(
    gate: str, elsewhere: ReferenceGates, more: str = "", groups: tuple[tuple[int, float, float], ...] = ()
) -> GatedCells:
    data = {"CD56": cells(1, *(groups or ((4000, 0.35, 0.03), (2000, 0.65, 0.04))))}
    return gated_cells(
        data, f"  bright: {{parent: all, axes: [CD56], gate: {{{gate}}}}}", more=more, others=known(elsewhere)
    )


# ---------------------------------------------------------------- borrow


@pytest.mark.parametrize(
    ("gate", "elsewhere", "said"),
    [
        ("source: baseline", ReferenceGates(baseline=lent()), "baseline"),
        ("source: batch", ReferenceGates(batch=lent()), "batch"),
        ("source: tube, tube: NK", ReferenceGates(tubes={"NK": lent()}), "tube NK"),
        (
            "source: tube, tube: NK, population: NK bright",
            ReferenceGates(tubes={"NK": lent(name="NK bright")}),
            "tube NK",
        ),
    ],
)
def test_the_place_is_another_tube_s(gate: str, elsewhere: ReferenceGates, said: str) -> None:
    found = tube(f"kind: borrow, {gate}", elsewhere)
    assert found.threshold("bright") == 7777.0
    assert found.events("bright") == int((cells(1, (4000, 0.35, 0.03), (2000, 0.65, 0.04)) >= 7777.0).sum())
    evidence = found.gate("bright").evidence
    assert (evidence["borrowed_from"], evidence["found_by"]) == (said, "valley")
    assert found.gate("bright").fallback == ""


@pytest.mark.parametrize(
    ("elsewhere", "why"),
    [
        (ReferenceGates(), "bright has no gate in the baseline to borrow"),
        (ReferenceGates(batch=lent()), "bright has no gate in the baseline to borrow"),
        (ReferenceGates(baseline=lent(None)), "bright has no gate in the baseline to borrow"),
        (ReferenceGates(baseline=lent(fallback="too few")), "bright of the baseline is itself a fallback (too few)"),
        (
            ReferenceGates(baseline=lent(Range(Axis(Marker("CD16"), SCALE), 1.0, None))),
            "the gate of the baseline uses other axes (CD16)",
        ),
        (
            ReferenceGates(baseline=lent(Polygon(CD56, Axis(Marker("CD16"), SCALE), ((0, 0), (1, 0), (1, 1))))),
            "the gate of the baseline uses other axes (CD56 x CD16)",
        ),
        (
            ReferenceGates(baseline=lent(Range(Axis(Marker("CD56"), LogicleScale(TOP / 4, 4.5, 0.75)), 1.0, None))),
            "the baseline was recorded on another scale",
        ),
    ],
)
def test_what_cannot_be_borrowed_is_refused_or_replaced_and_reported(elsewhere: ReferenceGates, why: str) -> None:
    assert tube("kind: borrow, source: baseline", elsewhere).why("bright") == why
    replaced = tube("kind: borrow, source: baseline, otherwise: {kind: valley, keep: above}", elsewhere)
    assert replaced.gate("bright").method == "valley"
    assert replaced.gate("bright").fallback == f"borrow: {why}; used valley instead"
    assert replaced.events("bright") == 2000


def test_a_gate_that_finds_no_place_borrows_one() -> None:
    gate = "kind: valley, keep: above, otherwise: {kind: borrow, source: batch}"
    own = tube(gate, ReferenceGates(batch=lent()))
    assert (own.gate("bright").method, own.gate("bright").fallback) == ("valley", "")
    poor = tube(gate, ReferenceGates(batch=lent()), groups=((3000, 0.4, 0.05),))
    assert poor.threshold("bright") == 7777.0
    assert poor.gate("bright").method == "borrow"
    assert poor.gate("bright").fallback.startswith("valley: no valley between two populations on CD56")


@pytest.mark.parametrize(
    ("gate", "more", "groups", "waits"),
    [
        (BORROWS, "", TWO_GROUPS, False),
        (BORROWS, "", ONE_GROUP, True),
        (BORROWS, LOCK, TWO_GROUPS, True),
        ("kind: borrow, source: batch", "", TWO_GROUPS, True),
        ("kind: borrow, source: baseline, otherwise: 3000", "", TWO_GROUPS, False),
        (VALLEY, "", ONE_GROUP, False),
    ],
)
def test_a_tube_waits_for_the_batch_where_its_strategy_borrows_and_its_first_pass_needed_it(
    gate: str, more: str, groups: tuple[tuple[int, float, float], ...], waits: bool, tmp_path: Path
) -> None:
    written = (
        "strategy: one\npanel: {markers: {CD56: [CD56]}}\ncompensation: none\nscales: " + SCALES + "\n"
        f"{more}\npopulations:\n  bright: {{parent: all, axes: [CD56], gate: {{{gate}}}}}\n"
    )
    strategy = strategy_from(parse_yaml(written, "one.yaml"), tmp_path)
    parameter = Parameter("FL1-A", "CD56", TOP)
    write_fcs(tmp_path / "a.fcs", cells(1, *groups)[:, None], [parameter], Encoding())
    assert waits_for_batch(strategy, analyse(TubeTask(tmp_path / "a.fcs", strategy))) is waits
    assert (batch_borrowers(strategy) == {"bright"}) is ("batch" in gate)


# ---------------------------------------------------------------- lock_at_baseline


def test_later_visits_use_the_baseline_s_gate_and_keep_their_own_beside_it() -> None:
    free = tube(VALLEY, ReferenceGates(baseline=lent()))
    found = tube(VALLEY, ReferenceGates(baseline=lent()), LOCK)
    gate = found.gate("bright")
    assert found.threshold("bright") == 7777.0 != free.threshold("bright")
    assert (gate.method, gate.fallback) == ("locked", "")
    assert gate.evidence["own_low"] == free.threshold("bright")
    assert gate.evidence["own_high"] is None
    assert (gate.evidence["borrowed_from"], gate.evidence["found_by"]) == ("baseline", "valley")


def test_the_baseline_itself_keeps_its_own() -> None:
    found = tube(VALLEY, ReferenceGates(baseline=lent(), is_baseline=True), LOCK)
    assert (found.gate("bright").method, found.gate("bright").fallback) == ("valley", "")
    assert found.threshold("bright") != 7777.0


@pytest.mark.parametrize(
    "baseline",
    [
        {},
        lent(None),
        lent(fallback="too few"),
        lent(Range(Axis(Marker("CD56"), LogicleScale(TOP / 4, 4.5, 0.75)), 1.0, None)),
    ],
    ids=["no tube", "no place", "a fallback", "another scale"],
)
def test_without_a_gate_to_lock_to_the_tube_s_own_is_used_and_reported(
    baseline: dict[PopulationName, PlacedGate],
) -> None:
    found = tube(VALLEY, ReferenceGates(baseline=baseline), LOCK)
    assert (
        found.gate("bright").fallback == "the subject's baseline has no gate to lock to; the tube's own gate was used"
    )
    assert found.gate("bright").method == "valley"
    assert found.events("bright") == 2000


# ---------------------------------------------------------------- control


def control(
    folder: Path,
    n: int = 4000,
    at: float = 0.40,
    sd: float = 0.03,
    top: float = TOP,
    cd3: float = 0.7,
    noise: float = 0.0,
) -> ReferenceGates:
    """An FMO of CD56, on disk: T cells and as many others, negative throughout."""
    rng = np.random.default_rng(5)
    dark = cells(6, (2 * n, at, sd)) + rng.normal(0, noise, 2 * n)
    values = np.column_stack([cells(7, (n, cd3, 0.02), (n, 0.25, 0.02)), dark]) * (top / TOP)
    path = folder / "fmo.fcs"
    write_fcs(path, values, [Parameter("D0-A", "CD3", top), Parameter("D1-A", "CD56", top)], Encoding())
    return ReferenceGates(controls={"FMO": ControlTube(path)})


def controlled(elsewhere: ReferenceGates, more: str = "") -> GatedCells:
    """T cells at 0.5 on CD56, part bright; the others far brighter, so that the parent matters."""
    columns = {
        "CD3": cells(1, (4000, 0.7, 0.02), (4000, 0.25, 0.02)),
        "CD56": cells(2, (3000, 0.40, 0.03), (1000, 0.65, 0.03), (4000, 0.8, 0.02)),
    }
    return gated_cells(
        columns,
        "  T: {parent: all, axes: [CD3], gate: {kind: range, low: 10000}}\n"
        f"  bright: {{parent: T, axes: [CD56], gate: {{kind: control, tube: FMO, keep: above{more}}}}}",
        others=known(elsewhere),
    )


@pytest.mark.parametrize("quantile", [0.9, 0.995])
def test_the_threshold_is_a_quantile_of_the_same_parent_in_the_control(tmp_path: Path, quantile: float) -> None:
    found = controlled(control(tmp_path), f", quantile: {quantile}")
    parent = cells(6, (8000, 0.40, 0.03))[:4000]
    assert found.threshold("bright") == pytest.approx(np.quantile(parent, quantile), rel=2e-3)
    assert found.events("bright") == pytest.approx(1000 + 3000 * (1 - quantile), abs=60)
    assert found.gate("bright").evidence["control"] == "FMO"
    assert found.seen("bright", "control_events") == 4000
    assert found.seen("bright", "control_median") == pytest.approx(linear(0.40), rel=0.02)


def test_a_noisier_control_is_read_in_intensities_not_in_places_on_its_own_wider_scale(tmp_path: Path) -> None:
    noisy = control(tmp_path, at=0.25, noise=3000.0)
    found = controlled(noisy, ", quantile: 0.9")
    rng = np.random.default_rng(5)
    parent = (cells(6, (8000, 0.25, 0.03)) + rng.normal(0, 3000.0, 8000))[:4000]
    assert found.threshold("bright") == pytest.approx(np.quantile(parent, 0.9), rel=5e-3)


def test_a_control_recorded_on_another_scale_counts_in_parts_of_its_top(tmp_path: Path) -> None:
    same, quarter = controlled(control(tmp_path)), controlled(control(tmp_path, top=TOP / 4))
    assert quarter.threshold("bright") == pytest.approx(same.threshold("bright"), rel=5e-3)


def test_no_control_tube(tmp_path: Path) -> None:
    assert controlled(ReferenceGates()).why("bright") == "there is no control tube FMO for this visit or batch"


def test_a_control_of_few_events_is_refused(tmp_path: Path) -> None:
    why = controlled(control(tmp_path, n=99)).why("bright")
    assert why == "the control FMO contains too few events (99, at least 100 required)"


def test_a_control_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    elsewhere = control(tmp_path)
    (tmp_path / "fmo.fcs").write_bytes(b"")
    assert controlled(elsewhere).why("bright").startswith("the control tube FMO cannot be used: ")


def test_out_of_bounds_is_refused(tmp_path: Path) -> None:
    why = controlled(control(tmp_path), f", between: [{linear(0.6)}, {linear(0.7)}]").why("bright")
    assert why.startswith("the threshold by FMO is ")
    assert why.endswith("outside the allowed range")
