"""Gates written as a FlowJo 10 workspace hold the same events by FlowKit, which reads workspace and file itself."""

import warnings
from pathlib import Path

import flowkit
import numpy as np
import pytest
from exported_gates import CONDITIONS, DRAWN, QUICK, drawn_file, synthetic_treg
from hypothesis import given
from test_gating_ml_export import learned

from tregate.gating.engine import gate
from tregate.gating.events import Gated, PlacedGate, Prepared
from tregate.gating.geometry.scales import BiexScale, LogScale
from tregate.gating.geometry.shapes import Axis, Ellipse, Polygon, Slices
from tregate.gating.prepare import matrix_of
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Marker, PopulationName
from tregate.pipelines.interchange.flowjo_document import SamplePlace, flowjo_sample
from tregate.pipelines.interchange.flowjo_workspace import sample_text, workspace_members, workspace_text
from tregate.pipelines.interchange.imported import import_file
from tregate.pipelines.interchange.tree_writer import Document

NAME = "CD25hi CD127lo"


def written(prepared: Prepared, strategy: Strategy, gated: Gated, path: Path) -> tuple[str, Document]:
    place = SamplePlace(1, path.name, path.as_uri(), "matrix")
    element, document = flowjo_sample(prepared, strategy, gated, matrix_of(prepared), place)
    return workspace_text([sample_text(element)], {"tubes": [1]}), document


def differing(path: Path, text: str, document: Document, gated: Gated) -> dict[str, int]:
    """Population -> events that FlowKit, reading workspace and file by itself, places otherwise."""
    wsp = path.with_suffix(".wsp")
    wsp.write_text(text, encoding="utf-8")
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore")
        workspace = flowkit.Workspace(wsp, fcs_samples=[str(path)], filename_as_id=True)
        workspace.analyze_samples(use_mp=False)
        results = workspace.get_gating_results(path.name)
    counts = {}
    for name, one in document.ids.items():
        *outer, last = one.split("/")
        theirs = results.get_gate_membership(last, ("root", *outer))
        counts[name] = int((gated.mask(PopulationName(name)) != theirs).sum())
    return {name: count for name, count in counts.items() if count}


@QUICK
@given(DRAWN)
def test_every_drawn_strategy_holds_the_same_events_or_says_why_not(drawn: tuple) -> None:
    with drawn_file(drawn) as (path, strategy, prepared, gated):
        text, document = written(prepared, strategy, gated, path)
        assert {*document.ids, *document.refused} == set(strategy.populations)
        assert all(document.refused.values())
        if document.ids:
            assert differing(path, text, document, gated) == {}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_synthetic_blood_holds_the_same_events(condition: str, tmp_path: Path) -> None:
    path, strategy, prepared, gated = synthetic_treg(tmp_path, condition, seed=8, events=40_000)
    text, document = written(prepared, strategy, gated, path)
    assert dict(document.refused) == {}
    assert differing(path, text, document, gated) == {}
    assert min(gated.events.values()) > 50


def test_the_workspace_comes_back_through_import_with_the_same_counts(
    blood: tuple[Path, Strategy, Prepared], tmp_path: Path
) -> None:
    path, strategy, prepared = blood
    gated = gate(prepared, strategy)
    text, document = written(prepared, strategy, gated, path)
    file = tmp_path / "gates.wsp"
    file.write_text(text, encoding="utf-8")
    imported = import_file(file, path.parent, tmp_path / "imported")
    lines = {line.gate.path: line for line in imported.lines}
    for name, one in document.ids.items():
        assert lines[one].count == lines[one].stored == gated.events[PopulationName(name)], name


def gated_with(
    blood: tuple[Path, Strategy, Prepared], name: str, placed: PlacedGate
) -> tuple[str, Document, Gated, dict[str, int]]:
    path, strategy, prepared = blood
    gated = gate(prepared, strategy, {PopulationName(name): placed})
    text, document = written(prepared, strategy, gated, path)
    return text, document, gated, differing(path, text, document, gated)


def test_stretches_of_a_run_are_a_union_of_ranges(blood: tuple[Path, Strategy, Prepared]) -> None:
    fsc = blood[2].axis(Marker("FSC-A"))
    stretches = Slices(fsc, ((None, 200e3), (250e3, 300e3), (400e3, None)))
    placed = PlacedGate(PopulationName("lymphocytes"), PopulationName("all"), "steady", stretches)
    _, document, _, wrong = gated_with(blood, "lymphocytes", placed)
    assert document.forms["lymphocytes"] == "OrNode of 3 ranges"
    assert wrong == {}


def test_an_ellipse_becomes_a_polygon_of_as_many_corners_as_hold_its_events(
    blood: tuple[Path, Strategy, Prepared],
) -> None:
    axes = (blood[2].axis(Marker("CD25")), blood[2].axis(Marker("CD127")))
    ellipse = Ellipse(axes, (4_000.0, 900.0), ((0.004, 0.001), (0.001, 0.003)), 2.0)
    placed = PlacedGate(PopulationName(NAME), PopulationName("CD4+"), "template", ellipse)
    _, document, gated, wrong = gated_with(blood, NAME, placed)
    assert "an ellipse as" in document.forms[NAME]
    assert 50 < gated.events[PopulationName(NAME)] < gated.events[PopulationName("CD4+")]
    assert wrong == {}


@pytest.mark.parametrize(("first", "second"), [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0)])
def test_a_learned_boundary_on_two_axes_becomes_polygons(
    first: float, second: float, blood: tuple[Path, Strategy, Prepared]
) -> None:
    _, document, gated, wrong = gated_with(blood, NAME, learned(blood[2], first, second))
    assert "corners" in document.forms[NAME] or "ranges" in document.forms[NAME]
    assert gated.events[PopulationName(NAME)] > 0
    assert wrong == {}


@pytest.mark.parametrize("scale", [BiexScale(262_144.0, 4.42, 0.0, -100.0), LogScale(262_144.0, 4.0)])
def test_a_polygon_keeps_its_scale(scale: BiexScale | LogScale, blood: tuple[Path, Strategy, Prepared]) -> None:
    axes = Axis(Marker("CD25"), scale), Axis(Marker("CD127"), scale)
    polygon = Polygon(*axes, ((300.0, 100.0), (60_000.0, 200.0), (90_000.0, 3_000.0), (800.0, 1_500.0)))
    placed = PlacedGate(PopulationName(NAME), PopulationName("CD4+"), "by hand", polygon)
    text, document, gated, wrong = gated_with(blood, NAME, placed)
    assert document.forms[NAME] == "PolygonGate"
    assert ("transforms:biex" if isinstance(scale, BiexScale) else "transforms:log ") in text
    assert gated.events[PopulationName(NAME)] > 20
    assert wrong == {}


def test_a_limit_beyond_the_end_of_a_logarithmic_axis_is_refused_where_events_lie_there(
    blood: tuple[Path, Strategy, Prepared],
) -> None:
    axes = Axis(Marker("CD25"), LogScale(262_144.0, 2.0)), Axis(Marker("CD127"), LogScale(262_144.0, 2.0))
    polygon = Polygon(*axes, ((300.0, 100.0), (60_000.0, 200.0), (90_000.0, 3_000.0), (800.0, 1_500.0)))
    placed = PlacedGate(PopulationName(NAME), PopulationName("CD4+"), "by hand", polygon)
    _, document, _, wrong = gated_with(blood, NAME, placed)
    assert "beyond the end of FlowJo's axis" in document.refused[NAME]
    assert document.refused["Treg"] == f"{NAME}, on which it rests, is not in the document"
    assert wrong == {}


def test_a_workspace_with_another_threshold_does_not_pass_the_check(blood: tuple[Path, Strategy, Prepared]) -> None:
    path, strategy, prepared = blood
    gated = gate(prepared, strategy)
    text, document = written(prepared, strategy, gated, path)
    ours = gated.mask(PopulationName("CD3+"))
    assert np.array_equal(workspace_members(text, prepared.sample, path.name, document.ids)["CD3+"], ours)
    moved = text.replace('min="6000.0"', 'min="60000.0"')
    assert moved != text
    assert not np.array_equal(workspace_members(moved, prepared.sample, path.name, document.ids)["CD3+"], ours)
