"""Axes that are computed from markers: ratios, and values before compensation."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tregate.fixtures.tube import make_tube
from tregate.gating.engine import gate
from tregate.gating.errors import ConfigurationError, PanelError
from tregate.gating.events import Gated, Prepared
from tregate.gating.prepare import matrix_of, prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.load import strategy_from
from tregate.gating.strategy.schema import Strategy
from tregate.gating.strategy.yaml_source import parse_yaml
from tregate.gating.units import Marker, PopulationName
from tregate.pipelines.interchange.flowkit_members import flowkit_members
from tregate.pipelines.interchange.gating_ml_document import gating_ml_document


@pytest.fixture(scope="module")
def tube(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tube("treg", "nominal", seed=5, events=12_000).write(tmp_path_factory.mktemp("tube") / "treg.fcs")


def plain(computed: dict[str, Any], **populations: Any) -> dict[str, Any]:
    return {
        "strategy": "computed",
        "panel": {"markers": {name: [name] for name in ("CD3", "CD4", "CD25", "CD127", "CD19")}},
        "scales": {name: {"kind": "log", "top": 1000, "decades": 6} for name in computed if "ratio" in computed[name]},
        "computed": computed,
        "populations": populations,
    }


def above(axis: str, low: float, parent: str = "all") -> dict[str, Any]:
    return {"parent": parent, "axes": [axis], "gate": {"kind": "range", "low": low}}


def gated(tube: Path, computed: dict[str, Any], **populations: Any) -> tuple[Prepared, Strategy, Gated]:
    strategy = Strategy.model_validate(plain(computed, **populations))
    prepared = prepare(read(tube), strategy)
    return prepared, strategy, gate(prepared, strategy)


def values(tube: Path, marker: str, *, compensated: bool) -> np.ndarray:
    """Of every event, independently of the engine."""
    sample = read(tube)
    (index,) = [p.index for p in sample.parameters if p.stain.startswith(f"{marker}-") or p.stain == marker]
    events = sample.events(0, sample.n_events)
    if compensated:
        spillover = sample.data_set.spillovers[0]
        names = [str(p.name) for p in sample.parameters]
        mixed = [names.index(str(channel)) for channel in spillover.channels]
        events[:, mixed] = np.linalg.solve(spillover.matrix.T, events[:, mixed].T).T
    return events[:, index]


@pytest.mark.parametrize("compensated", [True, False])
def test_a_ratio_is_that_of_the_values(tube: Path, compensated: bool) -> None:
    axis = {"ratio": ["CD25", "CD127"], "factor": 2.0, "minus": [10.0, -5.0], "compensated": compensated}
    _, _, found = gated(tube, {"ratio": axis}, high=above("ratio", 1.5))
    x, y = (values(tube, marker, compensated=compensated) for marker in ("CD25", "CD127"))
    ratio = 2.0 * (x - 10.0) / (y + 5.0)
    assert 100 < found.events[PopulationName("high")] < len(ratio) - 100
    clear = np.abs(ratio - 1.5) > 1e-9
    assert np.array_equal(found.mask(PopulationName("high"))[clear], (ratio >= 1.5)[clear])


def test_recorded_values_stand_beside_compensated_ones(tube: Path) -> None:
    raw = {"recorded": {"raw": "CD4"}}
    _, _, found = gated(
        tube, raw, compensated=above("CD4", 3000.0), recorded=above("recorded", 3000.0), other=above("CD3", 1.0)
    )
    assert found.events[PopulationName("recorded")] == int((values(tube, "CD4", compensated=False) >= 3000).sum())
    wanted = int((values(tube, "CD4", compensated=True) >= 3000).sum())
    assert abs(found.events[PopulationName("compensated")] - wanted) <= 1
    assert found.events[PopulationName("recorded")] != found.events[PopulationName("compensated")]


def test_methods_that_look_for_places_use_them_too(tube: Path) -> None:
    valley = {"parent": "all", "axes": ["ratio"], "gate": {"kind": "split", "keep": "above", "otherwise": 1.0}}
    _, _, found = gated(tube, {"ratio": {"ratio": ["CD25", "CD127"]}}, high=valley)
    assert 0 < found.events[PopulationName("high")] < found.n_events


def test_a_divisor_of_nought_is_in_no_closed_range(tube: Path) -> None:
    sample = read(tube)
    index = {str(parameter.name): parameter.index for parameter in sample.parameters}
    fsc, ssc = sample.linear(index["FSC-A"]), sample.linear(index["SSC-A"])
    nought = float(ssc[0])
    computed = {"ratio": {"ratio": ["FSC-A", "SSC-A"], "minus": [0.0, nought]}}
    closed = {"parent": "all", "axes": ["ratio"], "gate": {"kind": "range", "low": 0.5, "high": 2}}
    _, _, found = gated(tube, computed, one=closed)
    mask = found.mask(PopulationName("one"))
    with np.errstate(divide="ignore"):
        ratio = fsc / (ssc - nought)
    assert np.isinf(ratio[0])
    assert not mask[0]
    assert np.array_equal(mask, (ratio >= 0.5) & (ratio < 2))
    assert mask.any()


def test_what_is_only_recorded_needs_no_matrix(tube: Path) -> None:
    strategy = Strategy.model_validate(
        plain({"a": {"raw": "CD4"}, "b": {"raw": "CD3"}}, high=above("a", 1.0), low=above("b", 1.0))
    )
    prepared = prepare(read(tube), strategy)
    assert Marker("CD4") not in prepared.binding.channels
    assert Marker("a") in prepared.binding.channels


def test_a_missing_part_is_missing_with_its_reason(tube: Path) -> None:
    strategy = Strategy.model_validate(plain({"ratio": {"ratio": ["CD25", "CD19"]}}, high=above("ratio", 1.0)))
    with pytest.raises(PanelError, match="CD19"):
        prepare(read(tube), strategy)


@pytest.mark.parametrize(
    ("computed", "said"),
    [
        ({"CD4": {"raw": "CD3"}}, "is also the name of a marker"),
        ({"a": {"raw": "b"}, "b": {"raw": "CD3"}}, 'is computed from "b", which is computed itself'),
        ({"a": {"ratio": ["CD3", "CD99"]}}, 'is computed from "CD99", which is not in the panel'),
        ({"a": {"ratio": ["CD3", "CD4"], "raw": "CD3"}}, "either `ratio: [marker, marker]` or `raw: marker`"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(computed: dict[str, Any], said: str, tmp_path: Path) -> None:
    import yaml

    text = yaml.safe_dump(plain(computed, high=above("CD3", 1.0)), sort_keys=False)
    with pytest.raises(ConfigurationError) as refused:
        strategy_from(parse_yaml(text, "own.yaml"), tmp_path)
    (problem,) = [one for one in refused.value.problems if said in one.message]
    line = text.splitlines().index("computed:") + 1
    assert problem.line is not None
    assert line <= problem.line <= line + 8


def test_a_ratio_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="factor is 0"):
        Strategy.model_validate(plain({"a": {"ratio": ["CD3", "CD4"], "factor": 0}}, high=above("a", 1.0)))


def test_gating_ml_holds_them_and_flowkit_counts_the_same(tube: Path) -> None:
    computed = {
        "ratio": {"ratio": ["FSC-A", "SSC-A"], "factor": 1.5, "minus": [1.0, 2.0], "compensated": False},
        "recorded": {"raw": "CD4"},
    }
    prepared, strategy, found = gated(
        tube, computed, high=above("ratio", 2.0), bright=above("recorded", 3000.0, "high"), of=above("CD3", 2000.0)
    )
    document = gating_ml_document(prepared, strategy, found, matrix_of(prepared), "computed")
    assert dict(document.refused) == {}
    members = flowkit_members(document.text, prepared.sample, document.ids)
    for name, mask in members.items():
        assert np.array_equal(mask, found.mask(PopulationName(name))), name
        assert 50 < mask.sum() < len(mask) - 50
