"""A learned gate that does not agree with its second method."""

import numpy as np
import pytest
from counted_tubes import gated, prepared

from tregate.gating.count.estimates import PopulationCount
from tregate.gating.events import PlacedGate, Scalar
from tregate.gating.findings import Finding, Severity
from tregate.gating.qc.inspected import Inspected
from tregate.gating.qc.second_gate import gates_disagree
from tregate.gating.strategy.load import load_strategy
from tregate.gating.units import PopulationName

STRATEGY = load_strategy("tetrachrome_nk")


def found(nk: int, by_valley: int, evidence: dict[str, Scalar] | None = None, **placed: str) -> list[Finding]:
    """What is found where the learned gate and the valley hold so many events; `placed`: of the valley's gate."""
    events = {PopulationName("NK"): nk, PopulationName("NK by valley"): by_valley}
    parent = PopulationName("CD3-")
    counts = tuple(PopulationCount(n, parent, k, 5_000, None, None, None, None, None) for n, k in events.items())
    gates = (
        PlacedGate(PopulationName("NK"), parent, "learned", None),
        PlacedGate(PopulationName("NK by valley"), parent, "valley", None, evidence or {}, **placed),
    )
    tube = Inspected(
        prepared({"CD56": np.zeros(10)}),
        gated(STRATEGY, {"CD3-": np.ones(10, dtype=bool)}, gates),
        STRATEGY,
        counts,
        None,
        "",
    )
    return list(gates_disagree(tube))


@pytest.mark.parametrize(
    ("nk", "by_valley", "number"), [(1000, 1000, 0), (880, 1000, 0), (840, 1000, 1), (1200, 1000, 1)]
)
def test_nk_cells_by_both_methods_agree_within_15_percent(nk: int, by_valley: int, number: int) -> None:
    findings = found(nk, by_valley)
    assert [(one.population, one.severity) for one in findings] == [("NK", Severity.WARN)] * number
    if findings:
        assert f"{nk} events by the learned gate and {by_valley} by NK by valley" in findings[0].message


def test_a_second_gate_in_doubt_says_nothing_of_the_learned_one() -> None:
    assert found(500, 1000)
    assert found(500, 1000, {"doubt": "the valley is shallow"}) == []
    assert found(500, 1000, fallback="used reference instead") == []
    assert found(500, 1000, placed_by="A. Reader") == []


def test_few_events_are_set_apart_by_counting_alone() -> None:
    assert found(30, 49) == []
