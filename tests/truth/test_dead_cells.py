"""Dead cells within a gate: the limits widen with them, and where they are many the figure is flagged."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tregate.fixtures.tube import Tube, make_tube
from tregate.gating.count.low_scatter import LEAST_EVENTS, excess
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeResult, TubeTask, analyse_gated
from tregate.gating.units import PopulationName

SPREAD = 0.10
"""Of ln forward scatter of living lymphocytes."""


def scatter(living: int, dead: int, seed: int = 1) -> npt.NDArray[np.float64]:
    """Living cells about 1, dead ones shrunk to 0.7."""
    rng = np.random.default_rng(seed)
    shrunk = np.log(0.7) + SPREAD * rng.standard_normal(dead)
    return np.exp(np.concatenate([SPREAD * rng.standard_normal(living), shrunk]))


@pytest.mark.parametrize("seed", range(5))
def test_living_cells_have_no_excess_of_low_scatter(seed: int) -> None:
    assert excess(scatter(10_000, 0, seed)) == 0.0


@pytest.mark.parametrize(("dead", "share"), [(500, 0.05), (1000, 0.10), (2000, 0.20)])
def test_most_of_the_dead_cells_show(dead: int, share: float) -> None:
    """What is allowed to clean populations, and those that shrank little, are missing."""
    assert share - 0.035 < excess(scatter(10_000 - dead, dead)) <= share


def test_too_few_or_equal_events_say_nothing() -> None:
    assert excess(scatter(LEAST_EVENTS - 50, 10)) == 0.0
    assert excess(np.full(1000, 7.0)) == 0.0
    assert excess(np.zeros(1000)) == 0.0


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tube, TubeResult, dict[str, float]]:
    """A tube with a third of its gated T cells dead, and the error of each population's count."""
    tube = make_tube("tetrachrome_nk", "varied_lymphopenia", seed=5000, events=100_000)
    path: Path = tmp_path_factory.mktemp("dead") / "tube.fcs"
    tube.write(path)
    result, gated = analyse_gated(TubeTask(path, load_strategy("tetrachrome_nk"), counted_by=None, no_beads="no load"))
    errors = {name: gated.events[PopulationName(name)] / tube.members[name].sum() - 1 for name in ("CD3+", "B")}
    return tube, result, errors


@pytest.mark.parametrize("name", ["CD3+", "B"])
def test_a_population_full_of_dead_cells_is_flagged_and_its_limits_hold_the_error(
    crowded: tuple[Tube, TubeResult, dict[str, float]], name: str
) -> None:
    _, result, errors = crowded
    assert errors[name] > 0.3, "or the tube shows nothing"
    assert name in {str(found.population) for found in result.findings if found.check == "low_scatter"}
    row = next(row for row in result.counts if row.population == name)
    assert 3.0 * row.gate.own > np.log1p(errors[name])
