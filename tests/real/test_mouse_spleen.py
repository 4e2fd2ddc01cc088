"""A strategy for a mouse spleen against the labels that an expert gave to every event of the file."""

from pathlib import Path

import numpy as np
import pytest
from real_data import needs_real, real_file

from tregate.gating.engine import gate
from tregate.gating.events import Gated
from tregate.gating.placement import FIXED
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.load import load_strategy
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import PopulationName

pytestmark = needs_real

FILE = "SofieVG+FlowSOM/inst/extdata/68983.fcs"
LABELS = "SofieVG+FlowSOM/inst/extdata/gatingResult.csv"


@pytest.fixture(scope="module")
def strategy() -> Strategy:
    return load_strategy("mouse_spleen", Path(__file__).parent / "strategies")


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    """(n_events,) the expert's population of each event."""
    return np.array([line.strip().strip('"') for line in real_file(LABELS).read_text().splitlines()])


@pytest.fixture(scope="module")
def gated(strategy: Strategy) -> Gated:
    return gate(prepare(read(real_file(FILE)), strategy), strategy)


def f1(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(2 * (ours & theirs).sum() / (ours.sum() + theirs.sum()))


@pytest.mark.parametrize(
    ("population", "label", "at_least"),
    [
        ("CD4 T", "CD4 T cells", 0.95),
        ("CD8 T", "CD8 T cells", 0.95),
        ("NK", "NK cells", 0.95),
        ("gd T", "gd T cells", 0.95),
        ("B", "B cells", 0.95),
        ("NKT", "NK T cells", 0.95),
    ],
)
def test_f1_against_the_expert(population: str, label: str, at_least: float, gated: Gated, labels: np.ndarray) -> None:
    assert f1(gated.mask(PopulationName(population)), labels == label) >= at_least


def test_every_place_was_found_in_the_data(strategy: Strategy, gated: Gated) -> None:
    """No number of the strategy is an intensity, and no fallback was used."""
    assert gated.unmeasured == {}
    assert [placed.fallback for placed in gated.gates] == [""] * len(gated.gates)
    assert not any(spec.kind in FIXED for p in strategy.populations.values() for _, spec in p.choices())
