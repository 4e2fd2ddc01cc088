"""A mixture over all markers agrees with good gates, and sees a gate that cuts through a cluster."""

from dataclasses import replace

import pytest

from tregate.fixtures.tube import make_tube
from tregate.gating.events import PlacedGate
from tregate.gating.geometry.shapes import Quadric, Range
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
    assert isinstance(shape, Quadric)
    cd56 = next(axis for axis in shape.axes if axis.marker == "CD56")
    gates[NK] = replace(gates[NK], shape=Range(cd56, 4.0 * 2500.0, None))
    assert opinions(analyse(replace(task, replay=gates))), "dim cells above no gate are among the others"
