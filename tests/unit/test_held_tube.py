"""A tube that is gated again in memory has the counts, limits and intensities of a run."""

from dataclasses import replace
from pathlib import Path

import pytest

from tregate.fixtures.tube import make_tube
from tregate.gating.events import PlacedGate
from tregate.gating.geometry.shapes import Range
from tregate.gating.held_tube import hold
from tregate.gating.intensities import IntensityAsked
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask, analyse
from tregate.gating.units import PopulationName

CD3 = PopulationName("CD3+")
ASKED = (IntensityAsked("CD3+", "CD3"),)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> TubeTask:
    """A tube with a third of its gated T cells dead, which widen the limits of a run."""
    path: Path = tmp_path_factory.mktemp("held") / "tube.fcs"
    make_tube("tetrachrome_nk", "varied_lymphopenia", seed=5000, events=100_000).write(path)
    return TubeTask(path, load_strategy("tetrachrome_nk"), no_beads="no load", intensities=ASKED)


def test_a_tube_of_dead_cells_has_the_limits_of_a_run(crowded: TubeTask) -> None:
    run, held = analyse(crowded), hold(crowded)
    assert any(found.check == "low_scatter" for found in run.findings), "or the tube shows nothing"
    again = held.result(held.gated({}), run)
    assert (again.counts, again.intensities, again.coincidence) == (run.counts, run.intensities, run.coincidence)


def test_counts_and_intensities_follow_a_moved_gate_as_in_a_run(crowded: TubeTask) -> None:
    run, held = analyse(crowded), hold(crowded)
    gates = {gate.population: gate for gate in run.gates} | {CD3: raised(run.gates)}
    moved, expected = held.result(held.gated(gates), run), analyse(replace(crowded, replay=gates))
    assert moved.intensities == expected.intensities != run.intensities
    assert moved.counts == expected.counts != run.counts


def raised(gates: tuple[PlacedGate, ...]) -> PlacedGate:
    gate = next(one for one in gates if one.population == CD3)
    assert isinstance(gate.shape, Range)
    assert gate.shape.low is not None
    return replace(gate, shape=replace(gate.shape, low=3.0 * gate.shape.low))
