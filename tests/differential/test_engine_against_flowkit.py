"""The engine against FlowKit: every event of every population, on drawn tubes and drawn fixed strategies."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from drawn_strategies import DETECTORS, DrawnTube, fixed_strategies, tubes
from flowkit_oracle import differing, flowkit_members, flowkit_sample
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tregate.fixtures.tube import make_tube
from tregate.gating.engine import gate
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.schema import Strategy

WITHOUT = st.tuples(tubes(compensated=False), fixed_strategies(compensated=False))
WITH = st.tuples(tubes(compensated=True), fixed_strategies(compensated=True))


def members(path: Path, strategy: Strategy, matrix: Path | None = None) -> dict[str, np.ndarray]:
    gated = gate(prepare(read(path), strategy, matrix), strategy)
    assert not gated.unmeasured
    return {name: gated.mask(name) for name in strategy.populations}


def agree(tube: DrawnTube, strategy: Strategy) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = tube.write(Path(folder) / "drawn.fcs")
        spill = None if tube.spill is None else (DETECTORS, tube.spill)
        assert differing(members(path, strategy), flowkit_members(strategy, flowkit_sample(path), spill)) == {}


QUICK = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
LONG = settings(QUICK, max_examples=2000, derandomize=False)


@QUICK
@given(WITHOUT)
def test_members_are_flowkits(drawn: tuple[DrawnTube, Strategy]) -> None:
    agree(*drawn)


@QUICK
@given(WITH)
def test_members_are_flowkits_when_compensated(drawn: tuple[DrawnTube, Strategy]) -> None:
    agree(*drawn)


@pytest.mark.slow
@LONG
@given(st.one_of(WITHOUT, WITH))
def test_members_are_flowkits_over_thousands_of_draws(drawn: tuple[DrawnTube, Strategy]) -> None:
    agree(*drawn)


# ---------------------------------------------------------------- synthetic blood, shipped panels


FIXED_TREG = {
    "strategy": "treg as fixed shapes",
    "panel": {
        "markers": {
            "CD25": {"channel": "FL2-A"},
            "CD4": {"channel": "FL4-A"},
            "CD127": {"channel": "FL5-A"},
            "Foxp3": {"channel": "FL6-A"},
            "CD3": {"channel": "FL8-A"},
        }
    },
    "scales": {
        "default": {"kind": "logicle", "top": 2**20},
        "FSC-A": {"kind": "linear", "top": 2**20},
        "SSC-A": {"kind": "asinh", "top": 2**20, "decades": 4.0, "negative": 0.5},
        "Foxp3": {"kind": "log", "top": 2**20, "decades": 5.0},
    },
    "populations": {
        "lymphocytes": {
            "parent": "all", "axes": ["FSC-A", "SSC-A"],
            "gate": {"kind": "polygon", "vertices": [[150e3, 15e3], [450e3, 20e3], [430e3, 190e3], [200e3, 150e3]]},
        },
        "CD3+": {"parent": "lymphocytes", "axes": ["CD3"], "gate": {"kind": "range", "low": 6000}},
        "CD4+": {"parent": "CD3+", "axes": ["CD3", "CD4"],
                 "gate": {"kind": "box", "sides": [[6000, None], [9000, 400e3]]}},
        "CD25hi CD127lo": {
            "parent": "CD4+", "axes": ["CD25", "CD127"],
            "gate": {"kind": "ellipse", "center": [9000, 1200], "covariance": [[0.008, 0.003], [0.003, 0.012]],
                     "distance_square": 5.0},
        },
        "Foxp3+": {"parent": "CD4+", "axes": ["Foxp3"], "gate": {"kind": "range", "low": 1800}},
        "Treg": {"all_of": ["CD25hi CD127lo", "Foxp3+"]},
        "either": {"any_of": ["CD25hi CD127lo", "Foxp3+"], "parent": "CD4+"},
        "CD4+ non-Treg": {"parent": "CD4+", "none_of": ["Treg"]},
    },
}  # fmt: skip


@pytest.mark.parametrize("condition", ["nominal", "top_2_18", "integer_10bit_log"])
def test_members_of_synthetic_blood_are_flowkits(condition: str, tmp_path: Path) -> None:
    tube = make_tube("treg", condition, seed=5, events=70_000)
    path = tube.write(tmp_path / "treg.fcs")
    strategy = Strategy.model_validate(FIXED_TREG)
    ours = members(path, strategy)
    sample = flowkit_sample(path)
    matrix = np.round(tube.spill, 8)
    assert differing(ours, flowkit_members(strategy, sample, (tube.spill_channels, matrix))) == {}
    assert min(mask.sum() for mask in ours.values()) > 50
