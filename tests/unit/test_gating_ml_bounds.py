"""A scale with boundMin or boundMax places all that lies beyond at its ends: gates that reach there are refused."""

from pathlib import Path

import pytest

from tregate.pipelines.interchange.programs import drawn_of

NAMESPACES = " ".join(
    f'xmlns:{name}="http://www.isac-net.org/std/Gating-ML/v2.0/{of}"'
    for name, of in (("gating", "gating"), ("transforms", "transformations"), ("data-type", "datatypes"))
)
BOUNDS = 'transforms:boundMin="0.1" transforms:boundMax="0.9"'


def refused(gate: str, tmp_path: Path, bounds: str = BOUNDS) -> str:
    """Why the one gate of a document is refused; "" where it is taken over."""
    path = tmp_path / "gates.xml"
    path.write_text(
        f'<gating:Gating-ML {NAMESPACES}><transforms:transformation transforms:id="lin" {bounds}>'
        f'<transforms:flin transforms:T="1024" transforms:A="0"/></transforms:transformation>{gate}</gating:Gating-ML>',
        encoding="utf-8",
    )
    (sample,) = drawn_of(path).samples
    (drawn,) = sample.gates
    assert (drawn.what is None) == bool(drawn.refused)
    return drawn.refused


def dimension(channel: str, limits: str = "") -> str:
    scale = 'gating:compensation-ref="uncompensated" gating:transformation-ref="lin"'
    name = f'<data-type:fcs-dimension data-type:name="{channel}"/>'
    return f"<gating:dimension {scale} {limits}>{name}</gating:dimension>"


def range_gate(limits: str) -> str:
    return f'<gating:RectangleGate gating:id="r">{dimension("A", limits)}</gating:RectangleGate>'


def polygon(*corners: tuple[float, float]) -> str:
    values = [[f'<gating:coordinate data-type:value="{at}"/>' for at in corner] for corner in corners]
    vertices = "".join(f"<gating:vertex>{x}{y}</gating:vertex>" for x, y in values)
    return f'<gating:PolygonGate gating:id="p">{dimension("A")}{dimension("B")}{vertices}</gating:PolygonGate>'


@pytest.mark.parametrize(
    "limits",
    ['gating:min="0.95"', 'gating:min="0.05" gating:max="0.5"', 'gating:min="0.5" gating:max="0.95"'],
)
def test_a_range_that_reaches_beyond_the_bounds_is_refused(limits: str, tmp_path: Path) -> None:
    assert "beyond boundMin or boundMax" in refused(range_gate(limits), tmp_path)
    assert not refused(range_gate(limits), tmp_path, bounds="")


@pytest.mark.parametrize("limits", ['gating:min="0.2"', 'gating:max="0.8"', 'gating:min="0.2" gating:max="0.8"'])
def test_a_range_within_the_bounds_holds_the_same_events_without_them(limits: str, tmp_path: Path) -> None:
    assert not refused(range_gate(limits), tmp_path)


def test_a_polygon_is_refused_where_a_corner_lies_beyond(tmp_path: Path) -> None:
    assert "beyond boundMin" in refused(polygon((0.2, 0.2), (0.95, 0.2), (0.5, 0.8)), tmp_path)
    assert not refused(polygon((0.2, 0.2), (0.8, 0.2), (0.5, 0.8)), tmp_path)
