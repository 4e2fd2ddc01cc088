"""`template`: a drawn polygon goes where the sample's own landmarks have gone."""

import numpy as np
import pytest
from placed_cells import GatedCells, cells, gated_cells, linear, position

from tregate.gating.geometry.shapes import Polygon

DRAWN = ((0.45, 0.45), (0.75, 0.45), (0.75, 0.75), (0.45, 0.75))
"""On the scale, about a population at 0.6, 0.6; the main one is at 0.3, 0.3."""


def drawn(moved: float, landmarks: str = "parent", more: str = "", main: int = 8000) -> GatedCells:
    vertices = ", ".join(f"[{linear(x)}, {linear(y)}]" for x, y in DRAWN)
    at = f"[{linear(0.3)}, {linear(0.3)}]"
    columns = {
        name: cells(seed, (main, 0.3 + moved, 0.03), (3000, 0.6 + moved, 0.03))
        for seed, name in enumerate(("CD4", "CD8"))
    }
    return gated_cells(
        columns,
        f"  dim: {{parent: all, axes: [CD4], gate: {{kind: range, high: {linear(0.45 + moved)}}}}}\n"
        f"  both: {{parent: all, axes: [CD4, CD8], gate: {{kind: template, vertices: [{vertices}],"
        f" landmarks: {{{landmarks}: {at}}}{more}}}}}",
    )


@pytest.mark.parametrize("moved", [-0.06, 0.0, 0.09])
def test_the_polygon_moves_with_its_landmark(moved: float) -> None:
    tube = drawn(moved, "dim")
    shape = tube.gate("both").shape
    assert isinstance(shape, Polygon)
    for (x, y), (was_x, was_y) in zip(shape.vertices, DRAWN, strict=True):
        assert position(x) - was_x == pytest.approx(moved, abs=0.004)
        assert position(y) - was_y == pytest.approx(moved, abs=0.004)
    assert tube.seen("both", "CD4_move") == pytest.approx(moved, abs=0.004)
    assert tube.events("both") == pytest.approx(3000, abs=2)


def test_the_parent_s_median_is_a_landmark_too() -> None:
    """The median of all, which the bright third pulls up a little."""
    assert drawn(0.05).seen("both", "CD4_move") == pytest.approx(0.05, abs=0.03)


def test_further_than_believable_is_refused() -> None:
    assert drawn(0.13, "dim").why("both") == "the landmarks moved more than is plausible"
    assert drawn(0.13, "dim", ", reach: 0.2").why("both") == ""
    assert (
        drawn(0.13, "dim", f", otherwise: {{kind: box, sides: [[{linear(0.5)}, null], [null, null]]}}").why("both")
        == ""
    )


def test_a_landmark_of_few_events_is_refused() -> None:
    assert (
        drawn(0.0, "dim", main=49).why("both") == "the landmark dim contains too few events (49, at least 50 required)"
    )


def test_median_of_nothing_is_not_asked() -> None:
    with np.errstate(all="raise"):
        assert drawn(0.0, "dim", main=0).why("both").startswith("the landmark dim contains too few events (0")
