"""Sampled events: every population keeps an even choice of its own, whatever others keep."""

import tempfile
from pathlib import Path

import numpy as np
import pytest

from tregate.fixtures.tube import make_tube
from tregate.gating.events import Gated, Prepared
from tregate.gating.geometry.scaled import to_scaled
from tregate.gating.sampled_events import sampled_events
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask, analyse, gate_tube


@pytest.fixture(scope="module")
def tube() -> tuple[Prepared, Gated]:
    with tempfile.TemporaryDirectory() as folder:
        path = make_tube("tetrachrome_t", seed=3, events=70_000).write(Path(folder) / "tube.fcs")
        prepared, gated = gate_tube(TubeTask(path, load_strategy("tetrachrome_t"), densities=True))
        yield prepared, gated


def axes_of(gated: Gated) -> list:
    return list({axis.marker: axis for one in gated.densities for axis in (one.x, one.y)}.values())


def test_every_population_keeps_its_share_and_nothing_else(tube: tuple[Prepared, Gated]) -> None:
    prepared, gated = tube
    some = sampled_events(prepared, gated, axes_of(gated), 100)
    assert some.positions.shape == (len(axes_of(gated)), next(iter(some.members.values())).size)
    for name, member in some.members.items():
        assert member.sum() >= min(100, gated.events[name]), name
    assert some.positions.shape[1] < 100 * (len(some.members) + 1)


def test_positions_and_members_are_those_of_whole_events(tube: tuple[Prepared, Gated]) -> None:
    prepared, gated = tube
    axes = axes_of(gated)
    some = sampled_events(prepared, gated, axes, 50)
    whole = sampled_events(prepared, gated, axes, gated.n_events)
    assert whole.positions.shape[1] == gated.n_events
    known = {tuple(column) for column in whole.positions.T}
    assert all(tuple(column) in known for column in some.positions.T)
    for gate in gated.gates:
        if gate.population == "CD4+" and gate.shape is not None:
            k = next(k for k, axis in enumerate(axes) if axis.marker == "CD4")
            edge = to_scaled(axes[k].scale, np.array([gate.shape.low]))[0]
            assert (some.positions[k][some.members["CD4+"]] >= edge - 1e-5).all()


def test_the_first_of_a_population_are_an_even_choice(tube: tuple[Prepared, Gated]) -> None:
    """The median of the first hundred is that of the whole population, within its standard error."""
    prepared, gated = tube
    axes = axes_of(gated)
    k = next(k for k, axis in enumerate(axes) if axis.marker == "CD45")
    whole = sampled_events(prepared, gated, axes, gated.n_events)
    some = sampled_events(prepared, gated, axes, 100)
    for name in ("cells", "lymphocytes", "CD3+"):
        mine, all_of_it = (one.positions[k][one.members[name]] for one in (some, whole))
        spread = np.std(all_of_it) / np.sqrt(100)
        assert abs(mine[:100].mean() - all_of_it.mean()) < 4 * spread, name


def test_a_result_without_pictures_has_none(tmp_path: Path) -> None:
    path = make_tube("treg", seed=4, events=3_000).write(tmp_path / "tube.fcs")
    task = TubeTask(path, load_strategy("treg"), no_beads="washed")
    assert analyse(task).sampled is None
