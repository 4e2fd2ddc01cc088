"""A fixed gate that cuts the cells of one tube is named itself, before the gates below it that show it."""

from dataclasses import replace

import numpy as np
import pytest
from report_records import record

from tregate.gating.events import PlacedGate
from tregate.gating.findings import Severity
from tregate.gating.geometry.scales import LogicleScale
from tregate.gating.geometry.shapes import Axis, Ellipse
from tregate.gating.strategy.load import load_strategy
from tregate.gating.units import Marker, PopulationName
from tregate.pipelines.crosschecks.outliers import gate_outlier
from tregate.pipelines.study.crosscheck_limits import DEFAULT
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tabulate import Results, resolve
from tregate.pipelines.tubes.records import TubeRecord

SOURCES = resolve(load_tables("treg_nk"), {"T": load_strategy("tetrachrome_t")})
SCALE = LogicleScale(1048576.0)


def tube(subject: str, cd4: float, method: str = "fixed", by: str = "") -> TubeRecord:
    """CD4+ cut at 8000, and within it a population whose centre on CD4 is `cd4`."""
    own = record(subject, low=8_000.0)
    assert own.result is not None
    cd4_gate = replace(own.result.gates[0], method=method, placed_by=by)
    shape = Ellipse(
        (Axis(Marker("CD4"), SCALE), Axis(Marker("CD8"), SCALE)), (cd4, 900.0), ((0.01, 0.0), (0.0, 0.01)), 4.0
    )
    below = PlacedGate(PopulationName("memory"), PopulationName("CD4+"), "mixture", shape, {}, "")
    count = replace(own.result.counts[1], population=PopulationName("memory"), parent=PopulationName("CD4+"))
    return replace(own, result=replace(own.result, counts=(*own.result.counts, count), gates=(cd4_gate, below)))


def reported(last: TubeRecord) -> list[tuple[str, Severity, str]]:
    rng = np.random.default_rng(5)
    records = [tube(f"S{k}", 21_000.0 * float(np.exp(rng.normal(0, 0.03)))) for k in range(7)]
    results = Results((*(f"S{k}" for k in range(7)), "S7"), ("D1",), "D1", (*records, last), SOURCES)
    found = [one for one in gate_outlier(results, DEFAULT) if one.subject == "S7"]
    assert [one for one in gate_outlier(results, DEFAULT) if one.subject != "S7"] == []
    return [(one.finding.population, one.finding.severity, one.finding.message) for one in found]


def test_the_fixed_gate_that_cuts_the_cells_comes_first() -> None:
    first, *below = reported(tube("S7", 9_000.0))
    assert first[:2] == ("CD4+", Severity.WARN)
    assert "the memory centre on CD4 is 9000; the batch median is" in first[2]
    assert {population for population, _, _ in below} == {"memory"}
    assert below[0][2].startswith("memory: the centre on CD4 is 9000")
    assert not any("edge (" in message for _, _, message in below)


@pytest.mark.parametrize(
    "last",
    [tube("S7", 60_000.0), tube("S7", 9_000.0, method="valley"), tube("S7", 9_000.0, by="A. Reader")],
    ids=["farther from the line", "placed from the data", "placed by a person"],
)
def test_a_gate_that_the_cells_do_not_near_is_not_named(last: TubeRecord) -> None:
    assert {population for population, _, _ in reported(last)} == {"memory"}
