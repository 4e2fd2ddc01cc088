"""Treg that are larger than the other CD4+, as blasts under IL-2 are: what the lymphocyte gate loses is reported."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tregate.fixtures.tube import Tube, make_tube
from tregate.gating.findings import Finding
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask, analyse


def larger(tube: Tube, share: float, times: float) -> Tube:
    """The tube with a share of its Treg larger in both scatters."""
    rng = np.random.default_rng(3)
    chosen = tube.members["Treg"] & (rng.random(len(tube.events)) < share)
    scatter = [i for i, channel in enumerate(tube.channels) if channel.name.startswith(("FSC-A", "FSC-H", "SSC-A"))]
    events = tube.events.copy()
    events[np.ix_(chosen, scatter)] *= times
    return replace(tube, events=events)


def found(tube: Tube, path: Path) -> list[Finding]:
    tube.write(path)
    result = analyse(TubeTask(path, load_strategy("treg"), counted_by=None, no_beads="no load"))
    return [one for one in result.findings if one.check == "lymphocyte_recovery"]


@pytest.mark.parametrize("seed", [1, 2])
def test_treg_that_are_lost_from_the_lymphocyte_gate_are_reported(seed: int, tmp_path: Path) -> None:
    tube = make_tube("treg", "nominal", seed, 100_000)
    assert found(tube, tmp_path / "right.fcs") == []
    (one,) = found(larger(tube, 0.5, 2.2), tmp_path / "large.fcs")
    assert one.population == "Treg"
    assert one.value == pytest.approx(0.5, abs=0.15)
