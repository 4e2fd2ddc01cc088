"""What must hold whatever the strategy: blocks, the order of events and of populations change nothing."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tregate.fixtures.fcs import Encoding, Parameter, write_fcs
from tregate.fixtures.tube import make_tube
from tregate.gating import event_subsets as frames
from tregate.gating.engine import gate
from tregate.gating.events import Gated, Prepared
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.load import load_strategy, shipped_names
from tregate.gating.strategy.schema import ALL, Strategy

STRATEGIES = shipped_names("strategies")


@pytest.fixture(scope="module", params=STRATEGIES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def path(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """38,111 events: no multiple of any block."""
    tube = make_tube(kind, seed=3, events=38_111)
    return tube.write(tmp_path_factory.mktemp("tube") / "tube.fcs")


@pytest.fixture(scope="module")
def usual(path: Path, kind: str) -> Gated:
    strategy = load_strategy(kind)
    return gate(prepare(read(path), strategy), strategy)


def same(first: Gated, second: Gated) -> None:
    assert dict(first.events) == dict(second.events)
    assert dict(first.parents) == dict(second.parents)
    assert dict(first.unmeasured) == dict(second.unmeasured)
    for name, bits in first.members.items():
        np.testing.assert_array_equal(bits, second.members[name], err_msg=name)


@pytest.mark.parametrize("block", [1 << 8, 1 << 12, 1 << 20])
def test_members_do_not_depend_on_the_size_of_blocks(
    block: int, path: Path, kind: str, usual: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "BLOCK", block)
    strategy = load_strategy(kind)
    same(usual, gate(prepare(read(path), strategy), strategy))
    known = {placed.population: placed for placed in usual.gates}
    same(usual, gate(prepare(read(path), strategy), strategy, known))


@pytest.mark.parametrize("seed", range(3))
def test_members_do_not_depend_on_the_order_in_which_populations_are_written(
    seed: int, path: Path, kind: str, usual: Gated
) -> None:
    strategy = load_strategy(kind)
    names = list(strategy.populations)
    random.Random(seed).shuffle(names)
    shuffled = strategy.model_copy(update={"populations": {name: strategy.populations[name] for name in names}})
    found = gate(prepare(read(path), shuffled), shuffled)
    assert found.order == tuple(names)
    same(usual, found)


def test_children_are_among_their_parents_and_events_are_counted(usual: Gated) -> None:
    for name, bits in usual.members.items():
        mask = usual.mask(name)
        assert usual.events[name] == int(mask.sum())
        assert not (mask & ~usual.mask(usual.parents[name])).any()
        assert not bits.flags.writeable


def test_the_bits_behind_the_last_event_are_zero(usual: Gated) -> None:
    """38,111 events leave one bit over; `none_of` must not set it."""
    for bits in usual.members.values():
        assert np.unpackbits(bits)[usual.n_events :].sum() == 0


# ---------------------------------------------------------------- any fixed strategy, any events

MARKERS = ("CD3", "CD4", "CD8")
EVENTS = st.lists(st.tuples(*[st.integers(-2, 20)] * 3), max_size=50)


@st.composite
def strategies(draw: st.DrawFn) -> Strategy:
    populations: dict[str, dict[str, object]] = {}
    for i in range(draw(st.integers(1, 8))):
        before = list(populations)
        some = st.lists(st.sampled_from(before), min_size=1, max_size=3, unique=True) if before else st.nothing()
        if before and draw(st.booleans()):
            keys = draw(st.sets(st.sampled_from(("all_of", "any_of", "none_of")), min_size=1))
            populations[f"P{i}"] = {
                **{key: draw(some) for key in sorted(keys)},
                "parent": draw(st.sampled_from((ALL, *before))),
            }
        else:
            gate_ = {"kind": "range", "low": draw(st.integers(-3, 10)), "high": draw(st.integers(11, 20))}
            populations[f"P{i}"] = {
                "parent": draw(st.sampled_from((ALL, *before))),
                "axes": [draw(st.sampled_from(MARKERS))],
                "gate": gate_,
            }
    return Strategy.model_validate(
        {
            "strategy": "drawn",
            "panel": {"markers": {marker: {} for marker in MARKERS}},
            "compensation": "none",
            "scales": {"default": {"kind": "linear", "top": 32}},
            "populations": populations,
        }
    )


def prepared(folder: Path, events: list[tuple[int, ...]], strategy: Strategy) -> Prepared:
    path = folder / "drawn.fcs"
    parameters = [Parameter(f"FL{i}-A", marker, 32) for i, marker in enumerate(MARKERS)]
    write_fcs(path, np.array(events, dtype=float).reshape(-1, 3), parameters, Encoding())
    return prepare(read(path), strategy)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drawn")


@given(strategies(), EVENTS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_set_by_set(folder: Path, strategy: Strategy, events: list[tuple[int, ...]]) -> None:
    """The engine against Python's own sets."""
    found = gate(prepared(folder, events, strategy), strategy)
    sets: dict[str, set[int]] = {ALL: set(range(len(events)))}
    for name, population in strategy.populations.items():
        inside = set(sets[population.parent or ALL])
        if population.gate is not None:
            at = MARKERS.index(population.axes[0])
            inside = {i for i in inside if population.gate.low <= events[i][at] < population.gate.high}  # type: ignore[union-attr,operator]
        for other in population.all_of:
            inside &= sets[other]
        if population.any_of:
            inside &= set.union(*(sets[other] for other in population.any_of))
        for other in population.none_of:
            inside -= sets[other]
        sets[name] = inside
    assert {str(name): set(np.flatnonzero(found.mask(name))) for name in found.order} == {
        name: sets[name] for name in strategy.populations
    }


@given(strategies(), EVENTS, st.randoms(use_true_random=False))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_events_in_another_order_are_the_same_events(
    folder: Path, strategy: Strategy, events: list[tuple[int, ...]], shuffle: random.Random
) -> None:
    order = list(range(len(events)))
    shuffle.shuffle(order)
    usual = gate(prepared(folder, events, strategy), strategy)
    shuffled = gate(prepared(folder, [events[i] for i in order], strategy), strategy)
    for name in usual.order:
        assert shuffled.mask(name).tolist() == [bool(usual.mask(name)[i]) for i in order]
