"""Frames: the events of a population in one block, compensated on demand."""

import numpy as np
import pytest

from tregate.fixtures.fcs import Encoding, Parameter, write_fcs
from tregate.gating.event_subsets import BLOCK, Block, EventSubset, blocks
from tregate.gating.events import Prepared
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Marker

SPILL = np.array([[1.0, 0.2, 0.05], [0.1, 1.0, 0.0], [0.0, 0.03, 1.0]])
MARKERS = ("CD3", "CD4", "CD8")
N = 1000


@pytest.fixture(scope="module")
def raw() -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.normal(500, 300, (N, 4)).astype(np.float32).astype(float)


@pytest.fixture(scope="module")
def prepared(raw: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    path = tmp_path_factory.mktemp("frames") / "frames.fcs"
    names = [f"FL{i}-A" for i in range(3)]
    parameters = [Parameter("FSC-A", "", 4096)] + [Parameter(n, m, 4096) for n, m in zip(names, MARKERS, strict=True)]
    write_fcs(path, raw, parameters, Encoding(), (names, SPILL))
    populations = {m: {"parent": "all", "axes": [m], "gate": {"kind": "range", "low": 1}} for m in (*MARKERS, "FSC-A")}
    strategy = {"strategy": "s", "panel": {"markers": {m: {} for m in MARKERS}}, "populations": populations}
    return prepare(read(path), Strategy.model_validate(strategy))


@pytest.mark.parametrize("n", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5])
def test_blocks_tile_the_events(n: int) -> None:
    spans = list(blocks(n))
    assert [i for start, stop in spans for i in (start, stop)] == [
        edge for start in range(0, n, BLOCK) for edge in (start, min(start + BLOCK, n))
    ]
    assert sum(stop - start for start, stop in spans) == n
    assert BLOCK % 8 == 0


def test_values_are_compensated_by_solving_for_the_dyes(prepared: Prepared, raw: np.ndarray) -> None:
    """row = dye, column = detector: detected = dyes @ spill."""
    dyes = np.linalg.solve(SPILL.T, raw[:, 1:].T).T
    frame = EventSubset(Block(prepared, 0, N))
    for i, marker in enumerate(MARKERS):
        np.testing.assert_allclose(frame.values(Marker(marker)), dyes[:, i], rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(frame.values(Marker("FSC-A")), raw[:, 0])


def test_children_hold_the_same_values(prepared: Prepared) -> None:
    rng = np.random.default_rng(2)
    frame = EventSubset(Block(prepared, 100, 900))
    keep = rng.random(800) < 0.4
    before = frame.child(keep)
    whole = frame.values(Marker("CD4"))
    after = frame.child(keep)
    again = rng.random(len(after)) < 0.5
    for child in (before, after):
        np.testing.assert_allclose(child.values(Marker("CD4")), whole[keep], rtol=1e-12)
        np.testing.assert_allclose(child.child(again).values(Marker("CD4")), whole[keep][again], rtol=1e-12)
        np.testing.assert_array_equal(child.rows, np.flatnonzero(keep))
    assert (len(frame), frame.size, len(after), after.size) == (800, 800, keep.sum(), 800)


def test_a_thinned_frame_holds_the_chosen_events(prepared: Prepared) -> None:
    frame = EventSubset(Block(prepared, 0, 500)).child(np.arange(500) % 2 == 0)
    chosen = np.array([0, 3, 7, 249])
    thinned = frame.thinned(chosen)
    assert thinned.rows is not None
    assert thinned.rows.tolist() == [0, 6, 14, 498]
    np.testing.assert_allclose(thinned.values(Marker("CD8")), frame.values(Marker("CD8"))[chosen], rtol=1e-12)


def test_a_child_of_nothing_is_empty(prepared: Prepared) -> None:
    empty = EventSubset(Block(prepared, 0, 500)).child(np.zeros(500, dtype=bool))
    assert len(empty) == 0
    assert empty.values(Marker("CD3")).shape == (0,)
    assert empty.values(Marker("FSC-A")).shape == (0,)
