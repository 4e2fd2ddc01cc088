"""`reference`: where another population, negative on the axis, ends."""

import pytest
from placed_cells import GatedCells, cells, gated_cells, linear


def referred(gate: str, negatives: int = 5000) -> GatedCells:
    """Negatives at 0.3 show where the others, part bright, are cut."""
    columns = {
        "CD25": cells(1, (negatives, 0.25, 0.02), (4000, 0.7, 0.02)),
        "Foxp3": cells(2, (negatives, 0.30, 0.03), (1000, 0.30, 0.03), (3000, 0.6, 0.04)),
    }
    return gated_cells(
        columns,
        "  CD25-: {parent: all, axes: [CD25], gate: {kind: range, high: 10000}}\n"
        "  CD25+: {parent: all, none_of: [CD25-]}\n"
        f"  Treg: {{parent: CD25+, axes: [Foxp3], gate: {{kind: reference, of: CD25-, keep: above, {gate}}}}}",
    )


@pytest.mark.parametrize("quantile", [0.9, 0.99, 0.995])
def test_a_quantile_of_the_negatives(quantile: float) -> None:
    tube = referred(f"quantile: {quantile}")
    negatives = tube.mask("CD25-")
    foxp3 = tube.prepared.sample.linear(1)
    beyond = (foxp3[negatives] >= tube.threshold("Treg")).mean()
    assert beyond == pytest.approx(1 - quantile, abs=0.0005)
    assert tube.events("Treg") == pytest.approx(3000 + 1000 * (1 - quantile), abs=25)
    assert tube.gate("Treg").evidence["reference"] == "CD25-"
    assert tube.seen("Treg", "reference_events") == 5000


def test_a_spread_takes_the_place_of_the_quantile() -> None:
    tube = referred("quantile: 0.5, spread: 4")
    assert tube.at("Treg") == pytest.approx(0.30 + 4 * 0.03, abs=0.006)
    assert tube.seen("Treg", "reference_sd") == pytest.approx(0.03, rel=0.06)


def test_out_of_bounds_is_refused() -> None:
    why = referred(f"quantile: 0.99, between: [{linear(0.5)}, {linear(0.6)}]").why("Treg")
    assert why.startswith("the threshold on Foxp3 by CD25- is")
    assert why.endswith("outside the allowed range")


def test_too_few_negatives_are_refused() -> None:
    assert referred("quantile: 0.99", negatives=99).why("Treg") == (
        "the reference CD25- contains too few events (99, at least 100 required)"
    )
    assert referred("quantile: 0.99, at_least: 90", negatives=99).why("Treg") == ""
