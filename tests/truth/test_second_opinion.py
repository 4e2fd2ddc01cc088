"""A mixture over all markers agrees with good gates, and sees a gate that cuts through a cluster."""

from dataclasses import replace

import pytest

from tregate.fixtures.tube import make_tube
from tregate.gating.events import PlacedGate
from tregate.gating.geometry.shapes import Range
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeResult, TubeTask, analyse
from tregate.gating.units import PopulationName

NK = PopulationName("NK")


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> TubeTask:
    path = tmp_path_factory.mktemp("tube") / "nk.fcs"
    make_tube("tetrachrome_nk", seed=3, events=60_000).write(path)
    return TubeTask(path, load_strategy("tetrachrome_nk"), second_opinion=True)


def opinions(result: TubeResult) -> set[str]:
    return {finding.population for finding in result.findings if finding.check == "second_opinion"}


def test_good_gates_are_not_doubted(task: TubeTask) -> None:
    assert opinions(analyse(task)) == set()


def test_a_threshold_within_the_dim_cells_is_seen(task: TubeTask) -> None:
    gates: dict[PopulationName, PlacedGate] = {gate.population: gate for gate in analyse(task).gates}
    shape = gates[NK].shape
    assert isinstance(shape, Range)
    assert shape.low is not None
    gates[NK] = replace(gates[NK], shape=replace(shape, low=4.0 * shape.low))
    assert opinions(analyse(replace(task, replay=gates))) & {"NK dim", "NK bright"}
