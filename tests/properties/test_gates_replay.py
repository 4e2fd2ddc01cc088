"""gates.csv of one run, read back as fixed places, gives the same run: events, counts, findings, pictures."""

from pathlib import Path

import numpy as np
import pytest

from tregate.fixtures.tube import Tube, make_tube
from tregate.gating.count.estimates import CountingInput
from tregate.gating.engine import gate
from tregate.gating.events import Gated, PlacedGate
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.load import load_strategy, shipped_names
from tregate.gating.tube import TubeTask, analyse
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.interchange.gates_file import Gates, gates_table, read_gates

CONDITIONS = ("nominal", "top_2_18", "integer_10bit_log", "beads_clogged")
PLACE = ("P01", "D1", "tube", "tube.fcs")


@pytest.fixture(scope="module", params=CONDITIONS)
def condition(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=shipped_names("strategies"))
def tube(request: pytest.FixtureRequest, condition: str) -> Tube:
    return make_tube(request.param, condition, seed=11, events=30_000)


@pytest.fixture(scope="module")
def path(tube: Tube, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tube.write(tmp_path_factory.mktemp("tube") / "tube.fcs")


def gated(path: Path, kind: str, replay: Gates | None = None, draw: bool = False) -> Gated:
    strategy = load_strategy(kind)
    return gate(prepare(read(path), strategy), strategy, replay, draw)


def through_the_file(gates: tuple[PlacedGate, ...], folder: Path) -> Gates:
    write_csv(gates_table([(PLACE, gates)]), folder / "gates.csv")
    return read_gates(folder / "gates.csv")[PLACE[:3]]


def same_members(first: Gated, second: Gated) -> None:
    assert first.order == second.order
    assert first.parents == second.parents
    assert first.events == second.events
    assert set(first.unmeasured) == set(second.unmeasured)
    for name, bits in first.members.items():
        np.testing.assert_array_equal(bits, second.members[name], err_msg=name)


def test_gates_csv_keeps_every_gate(tube: Tube, path: Path, tmp_path: Path) -> None:
    first = gated(path, tube.kind)
    back = through_the_file(first.gates, tmp_path)
    assert list(back) == [placed.population for placed in first.gates]
    for placed in first.gates:
        read_back = back[placed.population]
        assert read_back.shape == placed.shape
        assert (read_back.parent, read_back.method, read_back.fallback) == (
            placed.parent,
            placed.method,
            placed.fallback,
        )


def test_replay_gives_the_same_members(tube: Tube, path: Path, tmp_path: Path) -> None:
    first = gated(path, tube.kind)
    assert sum(placed.shape is not None for placed in first.gates) >= 4
    same_members(first, gated(path, tube.kind, through_the_file(first.gates, tmp_path)))


def test_a_replay_is_its_own_replay(tube: Tube, path: Path, tmp_path: Path) -> None:
    first = gated(path, tube.kind)
    second = gated(path, tube.kind, through_the_file(first.gates, tmp_path))
    assert [p.shape for p in second.gates] == [p.shape for p in first.gates]
    assert [p.method for p in second.gates] == [p.method for p in first.gates]


def test_drawing_pictures_moves_no_gate(tube: Tube, path: Path) -> None:
    plain, drawn = gated(path, tube.kind), gated(path, tube.kind, draw=True)
    same_members(plain, drawn)
    assert plain.gates == drawn.gates
    assert {d.population for d in drawn.densities} == {p.population for p in drawn.gates if p.shape is not None}


def test_replay_gives_the_same_counts_and_findings(tube: Tube, path: Path, tmp_path: Path) -> None:
    strategy = load_strategy(tube.kind)
    beads = CountingInput("lot", 100.0, tube.beads_per_ul, 100.0) if tube.beads_per_ul else None
    why = "" if beads else "washed"
    first = analyse(TubeTask(path, strategy, counted_by=beads, no_beads=why))
    back = through_the_file(first.gates, tmp_path)
    second = analyse(TubeTask(path, strategy, counted_by=beads, no_beads=why, replay=back))
    assert second.counts == first.counts
    assert second.findings == first.findings
