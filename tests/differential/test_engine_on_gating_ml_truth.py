"""The published truth of the Gating-ML 2.0 compliance set, gate by gate, from tregate's own engine.

FlowKit parses the XML; its gates are then said in tregate's strategy language, where numbers are linear
intensities. Edges that the XML states on a transformed axis are brought back by `tregate.gating.geometry.scales`.

The three ratio gates (RatRange1, RatRange1a, RatRange2) are in test_gating_ml_suite_by_import.py. Said in other words:
a quadrant is a box; a range on a hyperlog axis is the same range of linear intensities (the inverse is FlowKit's, since
tregate has no hyperlog scale). Ellipsoid3D is stated with a matrix that is neither symmetric nor positive definite; an
`ellipse` of a strategy refuses that (`tregate import` makes it a `quadric`), the shape bears it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flowkit
import numpy as np
import pytest
from flowkit_oracle import flowkit_sample
from real_data import REAL, needs_real

from tregate.gating.engine import gate
from tregate.gating.events import Gated, PlacedGate
from tregate.gating.geometry.scaled import to_linear
from tregate.gating.geometry.scales import AsinhScale, LogicleScale, LogScale
from tregate.gating.geometry.shapes import Axis, Ellipse
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.schema import ALL, Strategy
from tregate.gating.units import Marker, PopulationName

pytestmark = needs_real

FOLDER = REAL / "whitews+FlowKit" / "data" / "gate_ref"
FILE = FOLDER / "data1.fcs"
ALL_GATES = "gml_all_gates.xml"
QUADRANT_PARENT = "gml_parent_quadrant_rect_gate.xml"
ELLIPSOID = "gml_ellipsoid3d_gate.xml"

RATIO = {"RatRange1", "RatRange1a", "RatRange2"}
COMPENSATED = {
    "Polygon4", "Rectangle3", "Rectangle4", "Rectangle5", "ScaleRect1", "ScalePar1",
    "ScaleRange1c", "ScaleRange2c", "ScaleRange3c", "ScaleRange4c", "ScaleRange5c",
    "ScaleRange6c", "ScaleRange7c", "ScaleRange8c",
}  # fmt: skip
PLAIN = {
    "Range1", "Range2", "Rectangle1", "Rectangle2", "Polygon1", "Polygon2", "Polygon3NS", "Ellipse1",
    "And1", "And2", "And3", "And4", "Not1", "Or1", "Or2", "ParAnd2", "ParAnd3",
    "ScaleRange1", "ScaleRange2", "ScaleRange3", "ScaleRange4", "ScaleRange5", "ScaleRange6",
    "FL2P-FL4P", "FL2N-FL4P", "FL2N-FL4N", "FL2P-FL4N",
    "FSCN-SSCN", "FSCD-SSCN-FL1N", "FSCP-SSCN-FL1N", "FSCD-FL1P", "FSCN-SSCP-FL1P",
}  # fmt: skip


def truth(name: str) -> np.ndarray:
    return np.loadtxt(FOLDER / "truth" / f"Results_{name}.txt", dtype=int).astype(bool)


def parsed(name: str) -> flowkit.GatingStrategy:
    with (FOLDER / "gml" / name).open("rb") as stream:
        return flowkit.parse_gating_xml(stream)


@pytest.fixture(scope="module")
def tops() -> dict[str, float]:
    """Channel -> top of its linear scale, so that the strategy's numbers stand as they are."""
    parameters = read(FILE).parameters
    return {str(parameter.name): parameter.top for parameter in parameters}


# ---------------------------------------------------------------- Gating-ML as a strategy


def strategy_of(gml: flowkit.GatingStrategy, tops: dict[str, float], compensation: str) -> Strategy:
    """Every gate that a strategy can say; Gating-ML's names are its populations."""
    populations = dict(_populations(gml, tops))
    return Strategy.model_validate(
        {
            "strategy": "Gating-ML 2.0 compliance set",
            "panel": {"markers": {channel: {"channel": channel} for channel in tops}},
            "compensation": compensation,
            "scales": {channel: {"kind": "linear", "top": top} for channel, top in tops.items()},
            "populations": populations,
        }
    )


def _populations(gml: flowkit.GatingStrategy, tops: dict[str, float]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, path in gml.get_gate_ids():
        parent = ALL if path[-1] == "root" else path[-1]
        try:
            shape = gml.get_gate(name, path)
        except flowkit.exceptions.QuadrantReferenceError:
            continue
        if isinstance(shape, flowkit.gates.QuadrantGate):
            yield from _quadrants(shape, parent)
        elif isinstance(shape, flowkit.gates.BooleanGate):
            yield from _logic(name, shape, parent)
        elif not any(isinstance(dim, flowkit.RatioDimension) for dim in shape.dimensions):
            axes = [_channel(gml, dim) for dim in shape.dimensions]
            yield name, {"parent": parent, "axes": axes, "gate": _gate(gml, shape, [tops[axis] for axis in axes])}


def _channel(gml: flowkit.GatingStrategy, dim: flowkit.Dimension) -> str:
    matrix = gml.comp_matrices.get(dim.compensation_ref)
    return str(dim.id) if matrix is None else str(matrix.detectors[matrix.fluorochromes.index(dim.id)])


def _gate(gml: flowkit.GatingStrategy, shape: Any, tops: list[float]) -> dict[str, Any]:
    match shape:
        case flowkit.gates.RectangleGate():
            sides = [[_linear(gml, d, d.min), _linear(gml, d, d.max)] for d in shape.dimensions]
            if len(sides) == 1:
                return {"kind": "range", "low": sides[0][0], "high": sides[0][1]}
            return {"kind": "box", "sides": sides}
        case flowkit.gates.PolygonGate():
            return {"kind": "polygon", "vertices": shape.vertices}
        case flowkit.gates.EllipsoidGate():
            return {
                "kind": "ellipse",
                "center": shape.coordinates,
                "covariance": _on_unit_axes(shape.covariance_matrix, tops),
                "distance_square": shape.distance_square,
            }
    raise AssertionError(type(shape).__name__)


def _on_unit_axes(covariance: Any, tops: list[float]) -> list[list[float]]:
    return (np.array(covariance, dtype=float) / np.outer(tops, tops)).tolist()  # type: ignore[no-any-return]


def _linear(gml: flowkit.GatingStrategy, dim: flowkit.Dimension, edge: float | None) -> float | None:
    if edge is None or dim.transformation_ref is None:
        return edge
    transform = gml.get_transform(dim.transformation_ref)
    at = np.array([edge])
    match transform:
        case flowkit.transforms.AsinhTransform():
            scale = AsinhScale(transform.param_t, transform.param_m, transform.param_a)
            return float(to_linear(scale, at)[0])
        case flowkit.transforms.LogicleTransform():
            logicle = LogicleScale(transform.param_t, transform.param_m, transform.param_w, transform.param_a)
            return float(to_linear(logicle, at)[0])
        case flowkit.transforms.LogTransform():
            return float(to_linear(LogScale(transform.param_t, transform.param_m), at)[0])
        case flowkit.transforms.LinearTransform():
            return edge * (transform.param_t + transform.param_a) - transform.param_a
    return float(transform.inverse(at)[0])


def _quadrants(shape: flowkit.gates.QuadrantGate, parent: str) -> Iterator[tuple[str, dict[str, Any]]]:
    channels = {divider.id: divider.dimension_ref for divider in shape.dimensions}
    for name, quadrant in shape.quadrants.items():
        sides = [quadrant.get_divider_range(ref) for ref in quadrant.divider_refs]
        axes = [channels[ref] for ref in quadrant.divider_refs]
        yield name, {"parent": parent, "axes": axes, "gate": {"kind": "box", "sides": sides}}


def _logic(name: str, shape: flowkit.gates.BooleanGate, parent: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """`and` and `not` are all_of and none_of; a complement within `or` is a population of its own."""
    whole = [ref["ref"] for ref in shape.gate_refs if not ref["complement"]]
    without = [ref["ref"] for ref in shape.gate_refs if ref["complement"]]
    if shape.type == "or":
        for other in without:
            yield f"not {other}", {"parent": ALL, "none_of": [other]}
        yield name, {"parent": parent, "any_of": [*whole, *(f"not {other}" for other in without)]}
    elif shape.type == "and":
        yield name, {"parent": parent, "all_of": whole, "none_of": without}
    else:
        yield name, {"parent": parent, "none_of": whole}


def gated(strategy: Strategy, matrix: Path | None = None) -> Gated:
    return gate(prepare(read(FILE), strategy, matrix), strategy)


@pytest.fixture(scope="module")
def uncompensated(tops: dict[str, float]) -> Gated:
    return gated(strategy_of(parsed(ALL_GATES), tops, "none"))


@pytest.fixture(scope="module")
def compensated(tops: dict[str, float], tmp_path_factory: pytest.TempPathFactory) -> Gated:
    gml = parsed(ALL_GATES)
    stated = gml.comp_matrices["MySpill"]
    csv = tmp_path_factory.mktemp("matrix") / "MySpill.csv"
    rows = [",".join(stated.detectors), *(",".join(repr(float(v)) for v in row) for row in stated.matrix)]
    csv.write_text("\n".join(rows) + "\n")
    return gated(strategy_of(gml, tops, "file"), csv)


# ---------------------------------------------------------------- the truth


def test_every_truth_vector_is_spoken_for() -> None:
    named = {path.name.removeprefix("Results_").removesuffix(".txt") for path in (FOLDER / "truth").glob("*.txt")}
    assert named == PLAIN | COMPENSATED | RATIO | {"ParQuadRect", "Ellipsoid3D"}


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_uncompensated_gates(name: str, uncompensated: Gated) -> None:
    assert np.flatnonzero(uncompensated.mask(PopulationName(name)) != truth(name)).tolist() == []


@pytest.mark.parametrize("name", sorted(COMPENSATED))
def test_compensated_gates(name: str, compensated: Gated) -> None:
    assert np.flatnonzero(compensated.mask(PopulationName(name)) != truth(name)).tolist() == []


def test_rectangle_below_a_quadrant(tops: dict[str, float]) -> None:
    found = gated(strategy_of(parsed(QUADRANT_PARENT), tops, "none"))
    assert np.flatnonzero(found.mask(PopulationName("ParRectangle1")) != truth("ParQuadRect")).tolist() == []


def test_ellipsoid_whose_matrix_is_no_covariance(tops: dict[str, float]) -> None:
    """Placed as a shape, as a Gating-ML reader would: the language itself refuses such a matrix."""
    stated = parsed(ELLIPSOID).get_gate("Ellipsoid3D")
    markers = [Marker(dim.id) for dim in stated.dimensions]
    name = PopulationName("Ellipsoid3D")
    strategy = Strategy.model_validate(
        {
            "strategy": "one ellipsoid",
            "panel": {"markers": {m: {"channel": m} for m in markers}},
            "compensation": "none",
            "scales": {m: {"kind": "linear", "top": tops[m]} for m in markers},
            "populations": {
                name: {
                    "parent": ALL,
                    "axes": markers,
                    "gate": {
                        "kind": "ellipse",
                        "center": [1, 1, 1],
                        "covariance": np.eye(3).tolist(),
                        "distance_square": 1,
                    },
                }
            },
        }
    )
    prepared = prepare(read(FILE), strategy)
    axes = tuple(Axis(marker, prepared.scales[marker]) for marker in markers)
    covariance = tuple(tuple(row) for row in _on_unit_axes(stated.covariance_matrix, [tops[m] for m in markers]))
    shape = Ellipse(axes, tuple(stated.coordinates), covariance, stated.distance_square)
    found = gate(prepared, strategy, {name: PlacedGate(name, PopulationName(ALL), "gating-ml", shape)})
    assert np.flatnonzero(found.mask(name) != truth("Ellipsoid3D")).tolist() == []


def test_flowkit_reads_the_events_alike() -> None:
    """The truth is about linear intensities after gain and log amplification."""
    ours = read(FILE)
    theirs = flowkit_sample(FILE).get_events("raw")
    for parameter in ours.parameters:
        np.testing.assert_allclose(ours.linear(parameter.index), theirs[:, parameter.index], rtol=1e-12)
