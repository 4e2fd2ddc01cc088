"""A gate without a form is a range on a channel of its own, and holds the same events by FlowKit to the last one."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import flowkit
import numpy as np
import pytest
from fcs_bytes import Fcs, words

from tregate.gating.engine import gate
from tregate.gating.event_subsets import Block, EventSubset
from tregate.gating.events import PlacedGate, Prepared
from tregate.gating.geometry.contains import contains
from tregate.gating.geometry.scales import BiexScale, LogScale
from tregate.gating.geometry.shapes import Axis, Ellipse, Polygon, Quadric, Shape
from tregate.gating.own_channels import own_channel, with_own_channels
from tregate.gating.prepare import matrix_of, prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Marker, PopulationName
from tregate.pipelines.datasets import flowjo, gating_ml
from tregate.pipelines.datasets.gates_on_file import OnFile, on_own_file
from tregate.pipelines.datasets.tubes_again import TubeAgain
from tregate.pipelines.interchange.flowjo_document import SamplePlace
from tregate.pipelines.interchange.flowkit_members import NotAppliedError
from tregate.pipelines.study.samples import TubeEntry

Blood = tuple[Path, Strategy, Prepared]
NAME = "CD25hi CD127lo"
KINDS = (
    "hyperboloid", "plane", "ellipse on three axes", "polygon beyond the end of an axis",
    "polygon on a biexponential scale",
)  # fmt: skip


def written(to: str, strategy: Strategy, prepared: Prepared, placed: Mapping[str, Shape], path: Path) -> OnFile:
    gates = {
        PopulationName(name): PlacedGate(PopulationName(name), PopulationName("CD4+"), "by hand", shape)
        for name, shape in placed.items()
    }
    gated = gate(prepared, strategy, gates)
    entry = TubeEntry("treg.fcs", prepared.sample.path, "S", "1", "TREG")
    tube = TubeAgain(entry, strategy, prepared, gated, matrix_of(prepared))
    place = SamplePlace(1, path.name, path.as_uri(), "m")
    write, members = {
        "gatingml": (partial(gating_ml._write, "", path.name), gating_ml._members),
        "flowjo": (partial(flowjo._write, place), partial(flowjo._members, place)),
    }[to]
    found = on_own_file(tube, path, "0", write, members)
    assert found is not None
    assert not isinstance(found.checked, NotAppliedError)
    assert not found.made.refused
    for name, mask in found.checked.items():
        assert np.array_equal(mask, gated.mask(PopulationName(name))), name
    assert set(found.checked) == set(strategy.populations)
    return found


def shapes(prepared: Prepared) -> dict[str, Shape]:
    cd25, cd127 = prepared.axis(Marker("CD25")), prepared.axis(Marker("CD127"))
    corners = ((300.0, 100.0), (60_000.0, 200.0), (90_000.0, 3_000.0), (800.0, 1_500.0))
    log = LogScale(262_144.0, 2.0)
    biex = BiexScale(262_144.0, 4.42, 0.0, -100.0)
    three = (cd25, cd127, prepared.axis(Marker("CD4")))
    bent = ((1.0, 0.3, 0.0), (0.0, -1.0, 0.2), (0.0, 0.0, 0.0))
    return {
        "hyperboloid": Quadric(three, 0.1, (-0.9, 0.7, 0.1), bent, 0.06, (1e3, 1e3, 1e4)),
        "plane": Quadric((cd25, cd127), 0.0, (1.0, -1.0), ((0.0, 0.0), (0.0, 0.0)), 0.1, (1e3, 1e3)),
        "ellipse on three axes": Ellipse(
            three, (3_000.0, 600.0, 20_000.0), ((0.02, 0.004, 0.0), (0.004, 0.02, 0.0), (0.0, 0.0, 0.05)), 2.0
        ),
        "polygon beyond the end of an axis": Polygon(Axis(Marker("CD25"), log), Axis(Marker("CD127"), log), corners),
        "polygon on a biexponential scale": Polygon(Axis(Marker("CD25"), biex), Axis(Marker("CD127"), biex), corners),
    }


@pytest.mark.parametrize("to", ["gatingml", "flowjo"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_shape_is_written(to: str, kind: str, blood: Blood, tmp_path: Path) -> None:
    _, strategy, prepared = blood
    shape = shapes(prepared)[kind]
    found = written(to, strategy, prepared, {NAME: shape}, tmp_path / "own.fcs")
    assert 20 < found.checked[NAME].sum() < found.checked["CD4+"].sum() - 20


def test_the_values_beside_the_limit_are_those_of_the_membership(blood: Blood) -> None:
    """The cut is the score of an event to the last bit, and then the next number above it."""
    prepared = blood[2]
    shape = shapes(prepared)["hyperboloid"]
    assert isinstance(shape, Quadric)
    placed = PlacedGate(PopulationName(NAME), PopulationName("CD4+"), "learned", replace(shape, cut=0.0))
    scores = np.sort(own_channel(placed, prepared, "").values.astype(np.float64) - 100.0)
    for cut in scores[[9_000, 15_000, 21_000]]:
        for moved in (cut, np.nextafter(cut, np.inf)):
            one = replace(placed, shape=replace(shape, cut=float(moved)))
            made = own_channel(one, prepared, "tregate ")
            gated = gate(with_own_channels(prepared, [made]), blood[1])
            assert made.name == f"tregate score {NAME}"
            assert made.values.dtype == np.float32
            inside = contained(prepared, one)
            assert np.array_equal(made.values >= np.float32(100.0), inside)
            assert gated.n_events == len(inside)
            assert (made.values >= 0).all()
            assert (made.values <= 200).all()


def contained(prepared: Prepared, placed: PlacedGate) -> np.ndarray:
    assert placed.shape is not None
    return contains(placed.shape, EventSubset(Block(prepared, 0, prepared.n_events)))


def test_an_event_without_a_score_is_outside(blood: Blood) -> None:
    prepared = blood[2]
    axes = tuple(Axis(Marker(name), LogScale(262_144.0, 4.0)) for name in ("CD25", "CD127"))
    shape = Quadric(axes, 5.0, (1.0, 1.0), ((0.0, 0.0), (0.0, 0.0)), 0.0, (1e3, 1e3))
    placed = PlacedGate(PopulationName(NAME), PopulationName("CD4+"), "learned", shape)
    values = own_channel(placed, prepared, "").values
    inside = contained(prepared, placed)
    assert np.count_nonzero(~inside) > 0
    assert np.array_equal(values >= 100, inside)
    assert np.isfinite(values).all()


@pytest.mark.parametrize("to", ["gatingml", "flowjo"])
def test_a_threshold_that_32_bits_would_move_becomes_a_channel(to: str, tmp_path: Path) -> None:
    """Integers with a gain: a third of 1,001 is rounded down, and the threshold is that very value."""
    values = np.random.default_rng(3).integers(0, 4_000, (5_000, 3))
    values[:500, 1] = 1_001
    keywords = {"$P2G": "3", "$TIMESTEP": "0.01"}
    file = Fcs(words(values, "<u2"), len(values), [16] * 3, [4096] * 3, names=("FSC-A", "PE/A", "Time"),
               keywords=keywords, delimiter="|")  # fmt: skip
    path = tmp_path / "integers.fcs"
    path.write_bytes(file.build())
    plain = {
        "strategy": "threshold", "panel": {"markers": {"PE": {"channel": "PE/A"}}}, "compensation": "none",
        "scales": {"PE": {"kind": "linear", "top": 4_096 / 3}, "Time": {"kind": "linear", "top": 40.96}},
        "populations": {
            "early": {"parent": "all", "axes": ["Time"], "gate": {"kind": "range", "low": None, "high": 27.01}},
            "bright": {"parent": "early", "axes": ["PE"], "gate": {"kind": "range", "low": 1_001 / 3, "high": None}},
        },
    }  # fmt: skip
    strategy = Strategy.model_validate(plain)
    prepared = prepare(read(path), strategy)
    found = written(to, strategy, prepared, {}, tmp_path / "own.fcs")
    assert found.made.forms == {"early": "RectangleGate", "bright": "RectangleGate on tregate in bright"}
    sample = flowkit.Sample(tmp_path / "own.fcs")
    assert sample.pnn_labels == ["FSC-A", "PE_A", "Time", "tregate in bright"]
    assert np.array_equal(sample.get_events("raw")[:, 2], values[:, 2] * 0.01)
