"""Gates written as Gating-ML 2.0 hold the same events by FlowKit, which reads document and file itself."""

from io import BytesIO
from pathlib import Path

import flowkit
import numpy as np
import pytest
from exported_gates import CONDITIONS, DRAWN, QUICK, drawn_file, synthetic_treg
from flowkit_oracle import flowkit_sample
from hypothesis import given
from lxml import etree
from test_engine_against_flowkit import FIXED_TREG

from tregate.fixtures.tube import make_tube
from tregate.gating.engine import gate
from tregate.gating.events import Gated, PlacedGate, Prepared, Spillover
from tregate.gating.geometry.shapes import Quadric, Slices
from tregate.gating.prepare import matrix_of, prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Channel, Marker, PopulationName
from tregate.pipelines.interchange.flowkit_members import flowkit_members
from tregate.pipelines.interchange.gating_ml_document import Document, gating_ml_document
from tregate.pipelines.interchange.imported import import_file

SCHEMA = Path(flowkit.__file__).parent / "_resources" / "Gating-ML.v2.0.xsd"


def differing(path: Path, document: Document, gated: Gated) -> dict[str, int]:
    """Population -> events that FlowKit, reading the file by itself, places otherwise."""
    gml = flowkit.parse_gating_xml(BytesIO(document.text.encode()))
    with np.errstate(divide="ignore", invalid="ignore"):
        results = gml.gate_sample(flowkit_sample(path))
    paths = dict(gml.get_gate_ids())
    assert document.ids
    counts = {
        name: int((gated.mask(PopulationName(name)) != results.get_gate_membership(one, paths[one])).sum())
        for name, one in document.ids.items()
    }
    return {name: count for name, count in counts.items() if count}


def assert_valid(document: Document) -> None:
    schema = etree.XMLSchema(etree.parse(str(SCHEMA)))
    schema.assertValid(etree.fromstring(document.text.encode()))


@QUICK
@given(DRAWN)
def test_every_drawn_strategy_holds_the_same_events(drawn: tuple) -> None:
    with drawn_file(drawn) as (path, strategy, prepared, gated):
        spillover = matrix_of(prepared)
        assert (spillover is None) == (drawn[0].spill is None)
        document = gating_ml_document(prepared, strategy, gated, spillover, "drawn")
        assert_valid(document)
        assert {*document.ids, *document.refused} == set(strategy.populations)
        if document.ids:
            assert differing(path, document, gated) == {}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_synthetic_blood_holds_the_same_events(condition: str, tmp_path: Path) -> None:
    path, strategy, prepared, gated = synthetic_treg(tmp_path, condition, seed=8, events=40_000)
    document = gating_ml_document(prepared, strategy, gated, matrix_of(prepared), "a -- comment --")
    assert_valid(document)
    assert dict(document.refused) == {}
    assert list(document.ids) == list(strategy.populations)
    assert differing(path, document, gated) == {}
    assert min(gated.events.values()) > 50


def test_the_document_comes_back_through_import_with_the_same_counts(
    blood: tuple[Path, Strategy, Prepared], tmp_path: Path
) -> None:
    path, strategy, prepared = blood
    gated = gate(prepared, strategy)
    document = gating_ml_document(prepared, strategy, gated, matrix_of(prepared), "round trip")
    file = tmp_path / "gates.xml"
    file.write_text(document.text, encoding="utf-8")
    imported = import_file(file, path.parent, tmp_path / "imported")
    counts = {line.gate.path.rpartition("/")[2]: line.count for line in imported.lines}
    assert {name: counts[one] for name, one in document.ids.items()} == dict(gated.events)


def test_stretches_of_a_run_are_a_union_of_ranges(blood: tuple[Path, Strategy, Prepared]) -> None:
    path, strategy, prepared = blood
    fsc = prepared.axis(Marker("FSC-A"))
    stretches = Slices(fsc, ((None, 200e3), (250e3, 300e3), (400e3, None)))
    document, gated = replaced(prepared, strategy, "lymphocytes", PlacedGate(
        PopulationName("lymphocytes"), PopulationName("all"), "steady", stretches))  # fmt: skip
    assert document.forms["lymphocytes"] == "BooleanGate"
    assert_valid(document)
    assert differing(path, document, gated) == {}
    assert 0 < gated.events[PopulationName("lymphocytes")] < prepared.n_events


@pytest.mark.parametrize(("sign", "form"), [(-1.0, "EllipsoidGate"), (1.0, "BooleanGate")])
def test_a_closed_learned_boundary_is_an_ellipsoid_or_what_lies_outside_it(
    sign: float, form: str, blood: tuple[Path, Strategy, Prepared]
) -> None:
    path, strategy, prepared = blood
    document, gated = replaced(prepared, strategy, "CD25hi CD127lo", learned(prepared, sign, sign))
    assert document.forms["CD25hi CD127lo"] == form
    assert_valid(document)
    assert differing(path, document, gated) == {}
    parent = gated.events[PopulationName("CD4+")]
    assert 20 < gated.events[PopulationName("CD25hi CD127lo")] < parent - 20


def test_an_open_learned_boundary_is_refused_with_all_that_rests_on_it(
    blood: tuple[Path, Strategy, Prepared],
) -> None:
    path, strategy, prepared = blood
    document, gated = replaced(prepared, strategy, "CD25hi CD127lo", learned(prepared, 1.0, -1.0))
    assert set(document.refused) == {"CD25hi CD127lo", "Treg", "either", "CD4+ non-Treg"}
    assert "learned boundary that is open" in document.refused["CD25hi CD127lo"]
    assert document.refused["Treg"] == "CD25hi CD127lo, on which it rests, is not in the document"
    assert_valid(document)
    assert differing(path, document, gated) == {}


def test_a_document_with_another_threshold_does_not_pass_the_check(
    blood: tuple[Path, Strategy, Prepared],
) -> None:
    _, strategy, prepared = blood
    gated = gate(prepared, strategy)
    document = gating_ml_document(prepared, strategy, gated, matrix_of(prepared), "")
    ours = gated.mask(PopulationName("CD3+"))
    assert np.array_equal(flowkit_members(document.text, prepared.sample, document.ids)["CD3+"], ours)
    moved = document.text.replace('min="6000.0"', 'min="60000.0"')
    assert moved != document.text
    assert not np.array_equal(flowkit_members(moved, prepared.sample, document.ids)["CD3+"], ours)


def test_a_matrix_that_samples_csv_names_is_the_one_that_is_written(tmp_path: Path) -> None:
    path = make_tube("treg", "nominal", seed=3, events=2_000).write(tmp_path / "treg.fcs")
    strategy = Strategy.model_validate(FIXED_TREG)
    stated = matrix_of(prepare(read(path), strategy))
    assert stated is not None
    values = np.eye(len(stated.channels)) + 0.01 * (1 - np.eye(len(stated.channels)))
    csv = tmp_path / "own.csv"
    lines = [",".join(stated.channels), *(",".join(f"{v:g}" for v in row) for row in values)]
    csv.write_text("\n".join(lines) + "\n", encoding="utf-8")
    prepared = prepare(read(path), strategy, csv)
    own = matrix_of(prepared, csv)
    assert isinstance(own, Spillover)
    assert np.array_equal(own.matrix, values)
    document = gating_ml_document(prepared, strategy, gate(prepared, strategy), own, "")
    stored = flowkit.parse_gating_xml(BytesIO(document.text.encode())).get_comp_matrix("spillover")
    assert list(map(Channel, stored.detectors)) == list(own.channels)
    assert np.array_equal(stored.matrix, values)


def replaced(prepared: Prepared, strategy: Strategy, name: str, placed: PlacedGate) -> tuple[Document, Gated]:
    gated = gate(prepared, strategy, {PopulationName(name): placed})
    return gating_ml_document(prepared, strategy, gated, matrix_of(prepared), "replaced"), gated


def learned(prepared: Prepared, first: float, second: float) -> PlacedGate:
    """A quadric about the middle of both scales, with these signs of curvature."""
    axes = (prepared.axis(Marker("CD25")), prepared.axis(Marker("CD127")))
    x, y = 0.45, 0.35
    constant = first * x * x + second * y * y
    shape = Quadric(
        axes, constant, (-2 * first * x, -2 * second * y), ((first, 0.0), (0.0, second)),
        0.01 if first > 0 else -0.03, (1000.0, 1000.0),
    )  # fmt: skip
    return PlacedGate(PopulationName("CD25hi CD127lo"), PopulationName("CD4+"), "learned", shape)
