"""Every check on one tube: quiet on a nominal one, and saying what is wrong at its limit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from counted_tubes import FLOW_COUNT, TOP, gated, prepared, strategy

from tregate.gating.count.coincidence import Coincidence
from tregate.gating.count.estimates import CountingInput
from tregate.gating.count.populations import count
from tregate.gating.events import PlacedGate
from tregate.gating.findings import Finding, Severity
from tregate.gating.geometry.scales import LinearScale
from tregate.gating.geometry.shapes import Axis, Range
from tregate.gating.qc.bead_quality import arrivals_of
from tregate.gating.qc.inspected import Inspected
from tregate.gating.qc.registry import CHECKS, check
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Marker, PopulationName

YAML = """
strategy: tube
panel: {markers: {CD45: , CD3: , CD4: , CD25: , CD56: }}
beads: {population: beads, doublets: two, doublet_population: bead doublets}
populations:
  bead region: {parent: all, axes: [CD45], gate: {kind: range, low: 100}}
  steady: {parent: all, axes: [Time], gate: {kind: steady, of: bead region}, optional: true}
  beads: {all_of: [bead region, steady]}
  bead doublets: {parent: beads, axes: [CD45], gate: {kind: range, low: 200}}
  lymphocytes: {parent: steady, none_of: [bead region]}
  CD4+: {parent: lymphocytes, axes: [CD4], gate: {kind: range, low: 1}}
  Treg: {parent: CD4+, axes: [CD25], gate: {kind: range, low: 1}}
  NK: {parent: lymphocytes, axes: [CD56], gate: {kind: range, low: 1}}
  NK bright: {parent: NK, axes: [CD56], gate: {kind: range, low: 1}}
checks:
"""
PLAUSIBLE = """
  - {check: events, of: CD4+, needed_for: Treg, name: treg_parent_events}
  - {check: percent, of: Treg, within: CD4+, at_least: 1, at_most: 25, name: treg_percent}
  - {check: percent, of: NK bright, within: NK, at_least: 0.5, at_most: 30, name: bright_percent}
  - {check: margin, of: lymphocytes}
"""
N = 24_000
TUBE = strategy(YAML + PLAUSIBLE)


@dataclass(frozen=True)
class Laid:
    """Events laid out by hand; what is left out is nominal."""

    beads: float = 0.1
    """Share of events that are beads."""
    doublets: float = 0.03
    removed: float = 0.0
    """Share of the run, at its end, that time cleaning takes out."""
    clogged: slice | None = None
    """Events among which no bead arrives."""
    cd4: int = 5000
    treg: int = 300
    nk: int = 2000
    bright: int = 160
    bead_cv: float = 0.02
    at_top: float = 0.0
    """Share of lymphocytes at the top of CD3."""
    events: int = N
    load: CountingInput | None = FLOW_COUNT
    no_beads: str = ""
    of: Strategy = TUBE
    gates: Sequence[PlacedGate] = ()
    missing: tuple[tuple[str, str], ...] = ()


def inspected(laid: Laid) -> Inspected:
    rng = np.random.default_rng(7)
    n = laid.events
    is_bead = rng.random(n) < laid.beads
    if laid.clogged is not None:
        is_bead[laid.clogged] = False
    steady = np.arange(n) < n * (1 - laid.removed)
    doublet = is_bead & steady & (rng.random(n) < laid.doublets)
    cells = np.flatnonzero(steady & ~is_bead)
    rng.shuffle(cells)

    def first(k: int, start: int = 0) -> np.ndarray:
        mask = np.zeros(n, dtype=bool)
        mask[cells[start : start + k]] = True
        return mask

    masks = {
        "bead region": is_bead,
        "steady": steady,
        "beads": is_bead & steady,
        "bead doublets": doublet,
        "lymphocytes": steady & ~is_bead,
        "CD4+": first(laid.cd4),
        "Treg": first(laid.treg),
        "NK": first(laid.nk, 12_000),
        "NK bright": first(laid.bright, 12_000),
    }
    masks = {name: mask for name, mask in masks.items() if name in laid.of.populations}
    columns = {}
    for marker in ("CD45", "CD3", "CD4", "CD25", "CD56"):
        values = rng.lognormal(7, 1, n)
        values[is_bead] = 300_000 * rng.normal(1, laid.bead_cv, int(is_bead.sum()))
        values[doublet] *= 2
        columns[marker] = values
    high = cells[: int(laid.at_top * len(cells))]
    columns["CD3"][high] = TOP
    columns["Time"] = np.arange(n, dtype=float)
    tube = gated(laid.of, masks, laid.gates)
    counts = count(tube, laid.of, laid.load, laid.no_beads)
    return Inspected(prepared(columns, dict(laid.missing)), tube, laid.of, counts, laid.load, laid.no_beads)


def found(laid: Laid) -> dict[str, Finding]:
    reported = check(inspected(laid))
    assert len({one.check for one in reported}) == len(reported), "one finding a check here"
    return {one.check: one for one in reported}


def washed() -> Strategy:
    text = YAML.replace("beads: {population: beads, doublets: two, doublet_population: bead doublets}", "washed: true")
    return strategy(text + PLAUSIBLE)


def test_a_nominal_tube_raises_nothing() -> None:
    assert found(Laid()) == {}


@pytest.mark.parametrize(("factor", "severity"), [(1.005, None), (1.06, Severity.WARN), (1.2, Severity.FAIL)])
def test_pairs_are_reported_where_they_change_a_concentration(factor: float, severity: Severity | None) -> None:
    pairs = Coincidence(factor, 0.1, "tube", 500.0)
    counted = replace(inspected(Laid()), coincidence=pairs)
    reported = {one.check: one.severity for one in check(counted)}
    assert reported.get("doublets") == severity
    uncounted = replace(inspected(Laid(load=None, no_beads="no lot")), coincidence=pairs)
    assert "doublets" not in {one.check for one in check(uncounted)}, "pairs cancel in percentages"


# ---------------------------------------------------------------- beads


@pytest.mark.parametrize(
    ("share", "severity"), [(0.05, None), (0.035, Severity.WARN), (0.015, Severity.FAIL), (0.0, None)]
)
def test_bead_events(share: float, severity: Severity | None) -> None:
    answer = found(Laid(beads=share)).get("bead_events")
    assert (answer and answer.severity) == severity
    if answer is not None:
        assert answer.population == "beads"
        assert answer.value == inspected(Laid(beads=share)).counts[0].bead_events


def test_no_beads_is_its_own_finding() -> None:
    reported = found(Laid(beads=0.0))
    assert set(reported) == {"no_beads"}
    assert reported["no_beads"].severity is Severity.FAIL


@pytest.mark.parametrize(
    ("why", "reported"), [("", {"bead_load_missing"}), ("bead_lot_unknown", {"bead_lot_unknown", "no_beads"})]
)
def test_undeclared_beads_may_be_absent(why: str, reported: set[str]) -> None:
    assert set(found(Laid(beads=0.0, load=None, no_beads=why))) == reported


@pytest.mark.parametrize("why", ["bead_lot_unknown", "bead_volume_missing", "blood_volume_missing"])
def test_a_load_that_is_not_known_says_what_to_fill_in(why: str) -> None:
    reported = found(Laid(load=None, no_beads=why))
    assert set(reported) == {why}
    assert "bead_lots.csv" in reported[why].message or "samples.csv" in reported[why].message
    assert reported[why].severity is Severity.FAIL


def test_beads_declared_for_a_washed_tube_are_reported() -> None:
    assert found(Laid(of=washed(), load=None, no_beads="washed")) == {}
    reported = found(Laid(of=washed()))
    assert set(reported) == {"washed_beads_refused"}
    assert "FC-1" in reported["washed_beads_refused"].message


@pytest.mark.parametrize(("doublets", "reported"), [(0.08, False), (0.15, True)])
def test_bead_singlets(doublets: float, reported: bool) -> None:
    assert ("bead_singlets" in found(Laid(doublets=doublets))) is reported


@pytest.mark.parametrize(("cv", "reported"), [(0.05, False), (0.12, True)])
def test_bead_cv_leaves_doublets_out(cv: float, reported: bool) -> None:
    result = found(Laid(bead_cv=cv, doublets=0.09))
    assert ("bead_cv" in result) is reported
    if reported:
        assert result["bead_cv"].value == pytest.approx(12, abs=1.5)


def test_beads_that_stay_away_for_a_tenth_of_the_run() -> None:
    reported = found(Laid(clogged=slice(4000, 7000)))
    assert reported["bead_arrival"].severity is Severity.WARN


def test_a_clog_that_time_cleaning_took_out_is_reported_and_doubts_nothing() -> None:
    reported = found(Laid(clogged=slice(int(N * 0.8), N), removed=0.2))
    assert reported["bead_arrival"].severity is Severity.INFO
    assert reported["time_removed"].severity is Severity.WARN
    assert set(reported) == {"bead_arrival", "time_removed"}


def test_arrivals_are_beads_of_equal_stretches() -> None:
    tube = inspected(Laid())
    arrivals = arrivals_of(tube)
    assert len(arrivals) == 30
    assert sum(arrivals) == int(tube.gated.mask(PopulationName("beads"))[: N // 30 * 30].sum())
    assert arrivals_of(inspected(Laid(beads=0.003))) == (), "too few to say anything"


def test_steady_beads_are_hardly_ever_called_unsteady() -> None:
    rng = np.random.default_rng(3)
    tube = inspected(Laid())
    calls = 0
    for _ in range(300):
        mask = rng.random(N) < 0.1
        members = {
            **tube.gated.members,
            PopulationName("beads"): np.packbits(mask),
            PopulationName("bead region"): np.packbits(mask),
        }
        calls += bool(list(CHECKS["bead_arrival"](replace(tube, gated=replace(tube.gated, members=members)))))
    assert calls == 0


# ---------------------------------------------------------------- cells


@pytest.mark.parametrize(("cd4", "reported"), [(1000, False), (999, True)])
def test_treg_need_a_thousand_cd4(cd4: int, reported: bool) -> None:
    result = found(Laid(cd4=cd4, treg=60))
    assert ("treg_parent_events" in result) is reported
    if reported:
        assert result["treg_parent_events"].severity is Severity.WARN
        assert result["treg_parent_events"].population == "CD4+"


def test_a_strategys_own_limit_takes_the_place_of_the_default() -> None:
    own = strategy(
        YAML
        + "  - {check: events, of: CD4+, at_least: 6000, severity: fail, needed_for: Treg, name: treg_parent_events}\n"
    )
    reported = found(Laid(of=own))
    assert set(reported) == {"treg_parent_events"}
    assert reported["treg_parent_events"].severity is Severity.FAIL
    assert reported["treg_parent_events"].limit == "at least 6000"


@pytest.mark.parametrize(
    ("limit", "name"),
    [
        ("{check: events, of: NK, at_least: 3000}", "few_events"),
        ("{check: events, of: NK, at_most: 1000}", "many_events"),
        ("{check: percent, of: NK bright, at_least: 20}", "percent_low"),
        ("{check: percent, of: NK bright, at_most: 5, severity: fail}", "percent_high"),
    ],
)
def test_limits_that_a_strategy_sets(limit: str, name: str) -> None:
    reported = found(Laid(of=strategy(YAML + f"  - {limit}\n")))
    assert set(reported) == {name}
    assert reported[name].severity == ("fail" if "fail" in limit else "warn")


@pytest.mark.parametrize(
    ("at_least", "advice"),
    [(2_500, "NK and of the populations above it."), (90_000, " required). Acquire more events.")],
)
def test_more_events_are_asked_for_only_where_the_parent_is_short_too(at_least: int, advice: str) -> None:
    own = strategy(YAML + f"  - {{check: events, of: NK, at_least: {at_least}}}\n")
    message = found(Laid(of=own))["few_events"].message
    assert message.endswith(advice)
    assert ("review the gates" in message) != ("Acquire" in message)


@pytest.mark.parametrize(("treg", "reported"), [(45, True), (55, False), (1240, False), (1260, True)])
def test_treg_between_1_and_25_percent_of_cd4(treg: int, reported: bool) -> None:
    assert ("treg_percent" in found(Laid(treg=treg))) is reported


@pytest.mark.parametrize(("bright", "reported"), [(9, True), (11, False), (590, False), (610, True)])
def test_bright_between_half_and_30_percent_of_nk(bright: int, reported: bool) -> None:
    assert ("bright_percent" in found(Laid(bright=bright))) is reported


def test_a_study_may_set_the_limits_of_a_named_percentage() -> None:
    tube = inspected(Laid(treg=1400))
    own = replace(tube, limits=replace(tube.limits, named={"treg_percent_high": 30.0}))
    assert [one.check for one in check(tube)] == ["treg_percent"]
    assert check(own) == ()


def test_a_handful_of_cells_has_no_implausible_percentage() -> None:
    assert "bright_percent" not in found(Laid(nk=40, bright=0))


@pytest.mark.parametrize(("removed", "severity"), [(0.04, None), (0.08, Severity.WARN), (0.35, Severity.FAIL)])
def test_share_of_the_run_that_was_taken_out(removed: float, severity: Severity | None) -> None:
    answer = found(Laid(removed=removed)).get("time_removed")
    assert (answer and answer.severity) == severity
    if answer is not None:
        assert answer.value == pytest.approx(removed, abs=0.001)


@pytest.mark.parametrize(("share", "reported"), [(0.03, False), (0.08, True)])
def test_lymphocytes_at_the_top_of_a_scale(share: float, reported: bool) -> None:
    result = found(Laid(at_top=share))
    assert ("margin_events" in result) is reported
    if reported:
        assert "CD3" in result["margin_events"].message


def test_a_file_with_next_to_nothing() -> None:
    reported = found(Laid(events=900, cd4=200, treg=20, nk=30, bright=2, beads=0.7))
    assert reported["few_events"].population == ""


# ---------------------------------------------------------------- gates


def placed(fallback: str = "", **evidence: str) -> PlacedGate:
    shape = Range(Axis(Marker("CD4"), LinearScale(TOP)), 6000.0, None)
    return PlacedGate(PopulationName("CD4+"), PopulationName("lymphocytes"), "fixed", shape, evidence, fallback)


def test_a_fallback_names_its_gate_and_why() -> None:
    reported = found(Laid(gates=[placed("no valley between 2000 and 25000")]))
    assert set(reported) == {"gate_fallback"}
    assert reported["gate_fallback"].population == "CD4+"
    assert "no valley between 2000 and 25000" in reported["gate_fallback"].message


def test_a_place_that_doubts_itself_is_reported() -> None:
    reported = found(Laid(gates=[placed(doubt="the valley is shallow")]))
    assert {name: one.severity for name, one in reported.items()} == {"gate_doubtful": Severity.WARN}
    assert "the valley is shallow" in reported["gate_doubtful"].message


def test_a_gate_in_its_place_is_quiet() -> None:
    assert found(Laid(gates=[placed()])) == {}


def test_a_missing_marker_is_a_note_and_the_gate_that_does_without_it_is_none() -> None:
    reported = found(
        Laid(gates=[placed(instead="CD16 x CD56 not in this file")], missing=(("CD16", "no stain is CD16"),))
    )
    assert {name: one.severity for name, one in reported.items()} == {"marker_missing": Severity.INFO}


def test_a_population_without_a_number_is_reported_with_its_reason() -> None:
    tube = inspected(Laid())
    bright = PopulationName("NK bright")
    members = {name: bits for name, bits in tube.gated.members.items() if name != bright}
    events = {name: n for name, n in tube.gated.events.items() if name != bright}
    lost = replace(tube.gated, unmeasured={bright: "no CD56 in this file"}, members=members, events=events)
    counts = count(lost, TUBE, FLOW_COUNT, "")
    reported = check(replace(tube, gated=lost, counts=counts))
    assert [(one.check, one.population) for one in reported] == [("unmeasured", "NK bright")]
    assert "no CD56 in this file" in reported[0].message


def test_a_long_run_is_sampled_from_end_to_end() -> None:
    tube = inspected(Laid(events=200_000))
    rows = tube.sample_of(np.ones(200_000, dtype=bool))
    assert (rows[0], rows[-1], len(rows)) == (0, 199_999, 16 * 2048)
    assert np.all(np.diff(rows) > 0)
