"""`tail`: the end of the negatives, by their mode and the spread below it."""

import pytest
from placed_cells import GatedCells, cells, gated_cells, linear

NEGATIVES = (10_000, 0.35, 0.03)


def ended(*groups: tuple[int, float, float], gate: str = "keep: above") -> GatedCells:
    return gated_cells(
        {"CD25": cells(1, *groups)}, f"  CD25+: {{parent: all, axes: [CD25], gate: {{kind: tail, {gate}}}}}"
    )


@pytest.mark.parametrize("spread", [0.5, 3.0, 4.0])
def test_the_negatives_end_so_many_standard_deviations_above_their_mode(spread: float) -> None:
    tube = ended(NEGATIVES, gate=f"keep: above, spread: {spread}")
    assert tube.at("CD25+") == pytest.approx(0.35 + spread * 0.03, abs=0.008)
    assert tube.seen("CD25+", "mode") == pytest.approx(linear(0.35), rel=0.06)
    assert tube.seen("CD25+", "robust_sd") == pytest.approx(0.03, rel=0.08)


def test_bright_cells_do_not_move_it() -> None:
    alone, among = ended(NEGATIVES), ended(NEGATIVES, (3000, 0.6, 0.06))
    assert among.at("CD25+") == pytest.approx(alone.at("CD25+"), abs=0.006)
    assert among.events("CD25+") == pytest.approx(3000, rel=0.02)


def test_the_main_mode_or_the_lowest() -> None:
    groups = ((2000, 0.3, 0.02), (8000, 0.6, 0.03))
    assert ended(*groups).at("CD25+") > 0.6
    assert ended(*groups, gate="keep: above, mode: lowest").at("CD25+") == pytest.approx(0.36, abs=0.012)


def test_keep_below() -> None:
    assert ended(NEGATIVES, (3000, 0.6, 0.03), gate="keep: below").events("CD25+") == pytest.approx(10_000, rel=0.01)


def test_out_of_bounds_is_refused() -> None:
    tube = ended(NEGATIVES, gate=f"keep: above, between: [{linear(0.5)}, {linear(0.6)}]")
    assert tube.why("CD25+").startswith("the upper end of the CD25 negatives is")
    assert tube.why("CD25+").endswith("outside the allowed range")


def test_too_few_events_are_refused() -> None:
    assert ended((49, 0.35, 0.03)).why("CD25+") == "too few events (49, at least 50 required)"
