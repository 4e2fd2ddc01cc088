"""The walk itself: replays that hold no place, doubts reported once, events let go, parents for controls."""

from pathlib import Path

import numpy as np
import pytest
from spec_tables import gated_table

from tregate.fixtures.tube import make_tube
from tregate.gating import event_subsets as frames
from tregate.gating.engine import gate, parent_view
from tregate.gating.event_subsets import Block, EventSubset
from tregate.gating.events import PlacedGate, Prepared
from tregate.gating.geometry.scales import LinearScale
from tregate.gating.geometry.shapes import Axis, Range, Slices
from tregate.gating.placement import NotPlaced
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.load import load_strategy
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Marker, PopulationName

HEAD = """
strategy: unit
compensation: none
panel: {markers: {CD3: , CD4: }}
scales: {default: {kind: linear, top: 1000}}
populations:
"""
TABLE = """
event | FSC-A | FSC-H | CD3 | CD4
    1 |   400 |   390 | 500 | 500
    2 |   420 |   410 | 500 |   0
    3 |   410 |   400 |   0 |   0
"""


def prepared(folder: Path, yaml: str) -> tuple[Prepared, Strategy]:
    found = gated_table(TABLE, yaml, folder)
    return prepare(read(folder / "table.fcs"), found.strategy), found.strategy


def placed(name: str, shape: Range | Slices | None, fallback: str = "") -> PlacedGate:
    return PlacedGate(PopulationName(name), PopulationName("all"), "replay", shape, {}, fallback)


CD3 = Axis(Marker("CD3"), LinearScale(1000.0))


def test_a_replayed_place_is_used_whatever_the_strategy_says(tmp_path: Path) -> None:
    ready, strategy = prepared(tmp_path, f"{HEAD}  CD3+: {{parent: all, axes: [CD3], gate: {{kind: range, low: 900}}}}")
    name = PopulationName("CD3+")
    assert gate(ready, strategy).events[name] == 0
    known = {name: placed("CD3+", Range(CD3, 400.0, None))}
    assert gate(ready, strategy, known).mask(name).tolist() == [True, True, False]
    assert gate(ready, strategy, known).gates == (known[name],)


def test_a_replay_without_a_place_has_no_number_again(tmp_path: Path) -> None:
    yaml = f"""{HEAD}
  CD3+: {{parent: all, axes: [CD3], gate: {{kind: range, low: 100}}}}
  CD4+: {{parent: CD3+, axes: [CD4], gate: {{kind: range, low: 100}}}}
"""
    ready, strategy = prepared(tmp_path, yaml)
    found = gate(ready, strategy, {PopulationName("CD3+"): placed("CD3+", None, "no valley that day")})
    assert dict(found.unmeasured) == {"CD3+": "no valley that day", "CD4+": "CD3+ is not measured"}
    assert dict(found.events) == {}


def test_a_replayed_cleaning_step_without_a_place_is_left_out_again(tmp_path: Path) -> None:
    yaml = f"""{HEAD}
  singlets: {{parent: all, axes: [FSC-A, FSC-H], gate: {{kind: singlets}}, optional: true}}
  CD3+: {{parent: singlets, axes: [CD3], gate: {{kind: range, low: 100}}}}
"""
    ready, strategy = prepared(tmp_path, yaml)
    found = gate(ready, strategy, {PopulationName("singlets"): placed("singlets", None)})
    assert found.events[PopulationName("CD3+")] == 2
    assert [finding.check for finding in found.findings] == ["step_skipped"]


def test_slices_are_a_union(tmp_path: Path) -> None:
    ready, strategy = prepared(tmp_path, f"{HEAD}  CD3+: {{parent: all, axes: [CD3], gate: {{kind: range, low: 900}}}}")
    name = PopulationName("CD3+")
    for kept, inside in (
        (((None, 100.0), (400.0, 600.0)), [True, True, True]),
        (((None, 100.0),), [False, False, True]),
        ((), [False, False, False]),
        (((None, None),), [True, True, True]),
    ):
        found = gate(ready, strategy, {name: placed("CD3+", Slices(CD3, kept))})
        assert found.mask(name).tolist() == inside


def test_what_is_reported_is_reported_once_however_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay goes block by block, and leaves the step out in each."""
    yaml = f"""{HEAD}
  singlets: {{parent: all, axes: [FSC-A, FSC-W], gate: {{kind: singlets}}, optional: true}}
  CD3+: {{parent: singlets, axes: [CD3], gate: {{kind: range, low: 100}}}}
"""
    rows = "\n".join(f"{i} | {i} | {i}" for i in range(100))
    table = gated_table(f"event | FSC-A | CD3\n{rows}", yaml, tmp_path)
    monkeypatch.setattr(frames, "BLOCK", 8)
    ready = prepare(read(tmp_path / "table.fcs"), table.strategy)
    known = {PopulationName("singlets"): placed("singlets", None), PopulationName("CD3+"): table.placed("CD3+")}
    for found in (gate(ready, table.strategy), gate(ready, table.strategy, known)):
        assert [finding.check for finding in found.findings] == ["step_skipped"]
        assert found.events[PopulationName("singlets")] == 100


# ---------------------------------------------------------------- a tube of many events


@pytest.fixture(scope="module")
def tube(tmp_path_factory: pytest.TempPathFactory) -> tuple[Prepared, Strategy]:
    path = make_tube("tetrachrome_t", seed=2, events=70_000).write(tmp_path_factory.mktemp("tube") / "t.fcs")
    strategy = load_strategy("tetrachrome_t")
    return prepare(read(path), strategy), strategy


def test_the_parent_s_events_can_be_looked_at(tube: tuple[Prepared, Strategy]) -> None:
    """What a control tube shows of a population: its parent, gated up to there."""
    ready, strategy = tube
    found = gate(ready, strategy)
    view = parent_view(ready, strategy, PopulationName("CD4+"))
    frame = EventSubset(Block(ready, 0, ready.n_events))
    wanted = frame.values(Marker("CD4"))[found.mask(PopulationName("CD3+"))]
    np.testing.assert_allclose(view.linear("CD4"), wanted, rtol=1e-9, atol=1e-6)


def test_a_parent_that_is_not_measured_cannot_be_looked_at(tmp_path: Path) -> None:
    yaml = f"""{HEAD}
  CD3+: {{parent: all, axes: [CD3], gate: {{kind: valley, keep: above}}}}
  CD4+: {{parent: CD3+, axes: [CD4], gate: {{kind: range, low: 100}}}}
"""
    ready, strategy = prepared(tmp_path, yaml)
    with pytest.raises(NotPlaced, match=r"CD3\+ is not measured"):
        parent_view(ready, strategy, PopulationName("CD4+"))


def test_only_what_is_still_needed_is_kept(tube: tuple[Prepared, Strategy], monkeypatch: pytest.MonkeyPatch) -> None:
    """A large file must not hold the events of every population at once."""
    ready, strategy = tube
    alive: list[int] = []
    made: list[int] = []

    class Counted(EventSubset):
        def __init__(self, *args: object) -> None:
            super().__init__(*args)  # type: ignore[arg-type]
            alive.append(1)
            made.append(sum(alive))

        def __del__(self) -> None:
            alive.append(-1)

    monkeypatch.setattr("tregate.gating.engine.EventSubset", Counted)
    monkeypatch.setattr("tregate.gating.event_subsets.EventSubset", Counted)
    found = gate(ready, strategy)
    assert len(found.events) > 8
    spans = -(-ready.n_events // frames.BLOCK)
    generations = max(made) / spans
    assert generations <= 5
