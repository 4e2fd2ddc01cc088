"""Stains that were left out of a tube: the other markers still place the gate, and the finding says what is missing."""

from pathlib import Path

import pytest

from tregate.fixtures.tube import make_tube
from tregate.gating.findings import Finding, Severity
from tregate.gating.read.survey import survey
from tregate.gating.strategy.load import load_strategy
from tregate.gating.strategy.schema import Strategy
from tregate.gating.tube import TubeTask, analyse

KIND = {"CD25": "treg", "CD127": "treg", "Foxp3": "treg", "CD56": "tetrachrome_nk"}
POPULATION = {"CD25": "Treg", "CD127": "Treg", "Foxp3": "Treg", "CD56": "NK"}


def found(path: Path, strategy: Strategy, check: str) -> list[Finding]:
    result = analyse(TubeTask(path, strategy, counted_by=None, no_beads="no load"))
    return [one for one in result.findings if one.check == check]


def read_by(strategy: Strategy, marker: str, channel: str) -> Strategy:
    """The strategy with a marker read from a detector, whatever the file calls its stain."""
    entry = strategy.panel.markers[marker].model_copy(update={"channel": channel})
    panel = strategy.panel.model_copy(update={"markers": {**strategy.panel.markers, marker: entry}})
    return strategy.model_copy(update={"panel": panel})


def detector(path: Path, marker: str) -> str:
    return next(
        one.name for one in survey(path).data_sets[0].parameters if one.stain.upper().startswith(f"{marker.upper()}-")
    )


@pytest.mark.parametrize("marker", KIND)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_stain_that_was_left_out_is_reported_on_what_it_defines(marker: str, seed: int, tmp_path: Path) -> None:
    path = tmp_path / "tube.fcs"
    make_tube(KIND[marker], "nominal", seed, 2_000).write(path)
    strategy = read_by(load_strategy(KIND[marker]), marker, detector(path, marker))
    make_tube(KIND[marker], "nominal", seed, 60_000, without=marker).write(path)
    (one,) = found(path, strategy, "stain_missing")
    assert (one.population, one.severity) == (POPULATION[marker], Severity.FAIL)
    assert f": {marker} does not distinguish these cells" in one.message


@pytest.mark.parametrize(
    "condition", ["nominal", "cd25_dim", "foxp3_dim_broad", "activated_cd4", "few_events", "varied_activated_15pct"]
)
@pytest.mark.parametrize("kind", ["treg", "treg_nk"])
def test_weak_stains_and_activated_cells_are_no_missing_stain(kind: str, condition: str, tmp_path: Path) -> None:
    make_tube(kind, condition, 3, 30_000).write(tmp_path / "tube.fcs")
    assert found(tmp_path / "tube.fcs", load_strategy(kind), "stain_missing") == []


@pytest.mark.parametrize("name", ["FMO FoxP3", "FoxP3 iso", "no FoxP3", "FoxP3-FMO"])
def test_a_stain_called_a_control_is_reported(name: str, tmp_path: Path) -> None:
    path = tmp_path / "tube.fcs"
    make_tube("treg", "nominal", 1, 20_000).write(path)
    strategy = load_strategy("treg")
    assert found(path, strategy, "control_stain") == []
    data, written = path.read_bytes(), b"/FoxP3-AF647/"
    assert written in data
    path.write_bytes(data.replace(written, b"/" + name.ljust(len(written) - 2).encode() + b"/"))
    (one,) = found(path, strategy, "control_stain")
    assert (one.severity, one.population) == (Severity.FAIL, "")
    assert f'called "{name}"' in one.message
