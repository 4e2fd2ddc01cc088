"""Two kinds of counting beads in one tube: what is not counted is flagged on every concentration."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tregate.fixtures.tube import make_tube
from tregate.gating.count.estimates import CountingInput
from tregate.gating.findings import Finding
from tregate.gating.qc.second_beads import EVERY, tightest_cluster
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask, analyse

LOAD = CountingInput("L", 100.0, 1000.0, 100.0)  # type: ignore[arg-type]


def bead_findings(path: Path, kind: str, dim: float, detectors: slice) -> list[Finding]:
    """Half of the beads are dimmer by a factor in some fluorescence detectors."""
    tube = make_tube(kind, seed=2, events=15_000)
    names = np.array(tube.label_names)[tube.labels]
    half = np.flatnonzero(np.char.find(names.astype(str), "bead") >= 0)[::2]
    fluorescence = [i for i, channel in enumerate(tube.channels) if channel.name in tube.spill_channels][detectors]
    events = tube.events.copy()
    events[np.ix_(half, fluorescence)] *= dim
    file = replace(tube, events=events).write(path / "a.fcs")
    return [f for f in analyse(TubeTask(file, load_strategy(kind), counted_by=LOAD)).findings if "bead" in f.check]


@pytest.mark.parametrize("kind", ["tetrachrome_t", "tetrachrome_nk"])
@pytest.mark.parametrize(("dim", "detectors"), [(0.05, slice(1, 2)), (0.05, slice(1, 3)), (0.05, slice(None))])
def test_beads_that_are_dim_in_some_detectors_are_not_silent(
    tmp_path: Path, kind: str, dim: float, detectors: slice
) -> None:
    found = {f.check: f for f in bead_findings(tmp_path, kind, dim, detectors)}["bead_second_cluster"]
    assert found.value == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("kind", ["tetrachrome_t", "tetrachrome_nk", "treg_nk"])
def test_one_kind_of_beads_gives_no_finding(tmp_path: Path, kind: str) -> None:
    assert bead_findings(tmp_path, kind, 1.0, slice(None)) == []


def tightest(shares: npt.NDArray[np.float64]) -> int:
    return tightest_cluster(shares[:, ::EVERY], 50, lambda: shares)


def test_cells_of_one_kind_are_no_cluster_of_beads() -> None:
    rng = np.random.default_rng(1)
    cells = rng.normal(-1.5, 0.065, (4, 5_000))
    beads = rng.normal(-1.5, 0.02, (4, 5_000))
    assert tightest(10.0**cells) == 0
    assert tightest(10.0**beads) > 4_500
    assert tightest(np.full((4, 5_000), 1e-5)) == 0
