"""Signals along the run, and lymphocytes outside their gate."""

import numpy as np
import pytest
from counted_tubes import FLOW_COUNT, gated, prepared, strategy

from tregate.gating.count.populations import count
from tregate.gating.events import PlacedGate
from tregate.gating.findings import Severity
from tregate.gating.geometry.scales import LogicleScale
from tregate.gating.geometry.shapes import Axis, Range
from tregate.gating.qc.drift import signal_drift
from tregate.gating.qc.inspected import Inspected
from tregate.gating.qc.lymphocyte_gate import lymphocyte_recovery
from tregate.gating.units import Marker, PopulationName

STRATEGY = strategy("""
strategy: two gates
panel: {markers: {CD45: [], CD3: []}}
coincidence: {reference: lymphocytes}
populations:
  lymphocytes: {parent: all, axes: [CD45], gate: {kind: range, low: 1000}}
  CD3+: {parent: lymphocytes, axes: [CD3], gate: {kind: range, low: 3000}}
""")
EVENTS = 20_000
IS_T = np.arange(EVENTS) % 4 == 0


def inspected(cd3_factor: np.ndarray | float, outside: float = 0.0) -> Inspected:
    """A quarter of the events are T cells; `outside` of them lie below the lymphocyte gate."""
    rng = np.random.default_rng(3)
    cd3 = np.where(IS_T, rng.lognormal(np.log(30_000), 0.4, EVENTS), rng.normal(0, 100, EVENTS)) * cd3_factor
    lost = IS_T & (rng.random(EVENTS) < outside)
    cd45 = np.where(lost, 500.0, 50_000.0)
    masks = {"lymphocytes": cd45 >= 1000, "CD3+": IS_T & ~lost}
    axes = {"lymphocytes": ("CD45", 1000.0), "CD3+": ("CD3", 3000.0)}
    gates = [
        PlacedGate(
            PopulationName(name),
            PopulationName("all"),
            "fixed",
            Range(Axis(Marker(m), LogicleScale(1048576.0)), low, None),
        )
        for name, (m, low) in axes.items()
    ]
    tube = gated(STRATEGY, masks, gates)
    events = prepared({"CD45": cd45, "CD3": cd3})
    return Inspected(events, tube, STRATEGY, count(tube, STRATEGY, FLOW_COUNT, ""), FLOW_COUNT, "")


def falling(by: float, over: float) -> np.ndarray:
    """Factor of the signal that is lower by a share in the last part of the run."""
    return np.where(np.arange(EVENTS) > (1 - over) * EVENTS, 1 - by, 1.0)


@pytest.mark.parametrize(("by", "severity"), [(0.0, None), (0.05, None), (0.2, Severity.WARN), (0.5, Severity.FAIL)])
def test_a_signal_that_falls_along_the_run(by: float, severity: Severity | None) -> None:
    found = list(signal_drift(inspected(falling(by, 0.4))))
    assert [one.severity for one in found] == ([] if severity is None else [severity])
    if found:
        assert found[0].value == pytest.approx(-by, abs=0.05)
        assert found[0].population == "CD3+"


def test_chance_is_no_drift() -> None:
    assert not list(signal_drift(inspected(1.0)))


@pytest.mark.parametrize(("outside", "reported"), [(0.0, 0), (0.05, 0), (0.2, 1)])
def test_bright_t_cells_outside_the_lymphocyte_gate(outside: float, reported: int) -> None:
    found = list(lymphocyte_recovery(inspected(1.0, outside)))
    assert len(found) == reported
    if found:
        assert found[0].value == pytest.approx(1 - outside, abs=0.02)
