"""`diagonal`: cells with much CD25 and little CD127, cut by a slanted line."""

import numpy as np
import pytest
from placed_cells import GatedCells, cells, gated_cells, linear, position

from tregate.gating.geometry.shapes import Polygon

CONVENTIONAL = 15_000


def treg(
    n: int = 900, cd25: float = 0.60, cd127: float = 0.36, gate: str = ", guide: Foxp3", high: int = 0, seed: int = 1
) -> GatedCells:
    """Conventional cells, then n regulatory ones, then some with much of both (activated)."""
    columns = {
        "CD25": cells(seed, (CONVENTIONAL, 0.40, 0.05), (n, cd25, 0.04), (high, 0.80, 0.03)),
        "CD127": cells(seed + 1, (CONVENTIONAL, 0.56, 0.045), (n, cd127, 0.04), (high, 0.60, 0.02)),
        "Foxp3": cells(seed + 2, (CONVENTIONAL, 0.30, 0.04), (n, 0.52, 0.05), (high, 0.30, 0.04)),
    }
    return gated_cells(columns, f"  Treg: {{parent: all, axes: [CD25, CD127], gate: {{kind: diagonal{gate}}}}}")


def quality(tube: GatedCells, n: int = 900) -> tuple[float, float]:
    """Recall and precision."""
    inside = tube.mask("Treg")
    return inside[CONVENTIONAL : CONVENTIONAL + n].mean(), inside[CONVENTIONAL : CONVENTIONAL + n].sum() / inside.sum()


@pytest.mark.parametrize("gate", ["", ", guide: Foxp3"])
def test_the_line_parts_regulatory_from_conventional_cells(gate: str) -> None:
    tube = treg(gate=gate)
    recall, precision = quality(tube)
    assert recall > 0.95
    assert precision > 0.97
    assert tube.seen("Treg", "share") == pytest.approx(900 / 15_900, rel=0.1)
    assert tube.seen("Treg", "CD25_wanted") == pytest.approx(linear(0.60), rel=0.1)
    assert tube.seen("Treg", "CD127_rest") == pytest.approx(linear(0.56), rel=0.1)
    assert tube.doubt("Treg") == ""


@pytest.mark.parametrize("seed", [1, 11, 21])
def test_the_guide_finds_more_of_the_cells_where_two_axes_show_them_worse(seed: int) -> None:
    alone, guided = (treg(900, 0.52, 0.44, gate, seed=seed) for gate in ("", ", guide: Foxp3"))
    assert quality(guided)[0] > max(quality(alone)[0], 0.94)


def test_the_line_is_slanted() -> None:
    """Where there is more CD127 it asks for more CD25; no part of it is at the conventional cells' centre."""
    shape = treg().gate("Treg").shape
    assert isinstance(shape, Polygon)
    corners = [(position(x), position(y)) for x, y in shape.vertices]
    edges = zip(corners, corners[1:] + corners[:1], strict=True)
    slanted = [(b[0] - a[0]) * (b[1] - a[1]) for a, b in edges if abs(b[0] - a[0]) > 1e-3 and abs(b[1] - a[1]) > 1e-3]
    assert len(slanted) == 1
    assert slanted[0] > 0
    assert min(x for x, _ in corners) > 0.40 + 0.05


def test_cells_with_much_cd127_are_beyond_the_upper_edge() -> None:
    tube = treg(high=400)
    activated = tube.mask("Treg")[CONVENTIONAL + 900 :]
    assert activated.mean() < 0.02
    assert quality(tube)[0] > 0.93


def test_conventional_cells_that_leak_in_are_reported() -> None:
    tube = treg(700, cd25=0.50, cd127=0.46)
    assert tube.seen("Treg", "leak") > 0.15
    assert "of the gated events are estimated to be conventional cells" in tube.doubt("Treg")


def test_a_clear_line_leaks_little() -> None:
    assert treg().seen("Treg", "leak") < 0.05


def test_no_cell_where_the_wanted_ones_should_be() -> None:
    """CD127 that goes with CD25 leaves the wanted corner empty."""
    rng = np.random.default_rng(4)
    along = rng.normal(0, 1, 6000)
    columns = {
        name: np.array([linear(at) for at in 0.45 + 0.05 * along + rng.normal(0, 0.008, 6000)])
        for name in ("CD25", "CD127")
    }
    tube = gated_cells(columns, "  Treg: {parent: all, axes: [CD25, CD127], gate: {kind: diagonal}}")
    assert tube.why("Treg") == "too few events where the population is expected"


def test_an_implausible_share_is_refused() -> None:
    assert treg(gate=", guide: Foxp3, prior: [0.1, 0.4]").why("Treg").endswith("of its parent, expected 10 % to 40 %")


def test_too_few_events_are_refused() -> None:
    columns = {"CD25": cells(1, (199, 0.4, 0.05)), "CD127": cells(2, (199, 0.5, 0.05))}
    tube = gated_cells(columns, "  Treg: {parent: all, axes: [CD25, CD127], gate: {kind: diagonal}}")
    assert tube.why("Treg") == "too few events to separate the populations (199, at least 200 required)"
