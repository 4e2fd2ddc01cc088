"""`valley`: between two populations, where the strategy allows, and not where there is none."""

import numpy as np
import pytest
from placed_cells import GatedCells, cells, gated_cells, linear

TWO = ((6000, 0.35, 0.03), (4000, 0.65, 0.04))
THREE = ((5000, 0.25, 0.03), (3000, 0.52, 0.03), (3000, 0.70, 0.03))


def split_by(*groups: tuple[int, float, float], gate: str = "kind: valley, keep: above", seed: int = 1) -> GatedCells:
    return gated_cells({"CD3": cells(seed, *groups)}, f"  CD3+: {{parent: all, axes: [CD3], gate: {{{gate}}}}}")


def test_a_valley_between_two_populations_parts_them_cell_by_cell() -> None:
    tube = split_by(*TWO)
    assert tube.gate("CD3+").method == "valley"
    assert tube.events("CD3+") == 4000
    assert 0.44 < tube.at("CD3+") < 0.54
    assert tube.seen("CD3+", "depth") > 0.95
    assert tube.seen("CD3+", "left_mode") == pytest.approx(linear(0.35), rel=0.1)
    assert tube.seen("CD3+", "right_mode") == pytest.approx(linear(0.65), rel=0.1)
    assert tube.doubt("CD3+") == ""


def test_below_is_the_rest() -> None:
    above, below = split_by(*TWO), split_by(*TWO, gate="kind: valley, keep: below")
    assert (above.mask("CD3+") ^ below.mask("CD3+")).all()


def test_the_deepest_valley_unless_between_says_where() -> None:
    assert 0.33 < split_by(*THREE).at("CD3+") < 0.44
    bounds = f"kind: valley, keep: above, between: [{linear(0.55)}, {linear(0.68)}]"
    assert 0.57 < split_by(*THREE, gate=bounds).at("CD3+") < 0.66


def test_no_valley_where_between_allows_none() -> None:
    tube = split_by(*TWO, gate=f"kind: valley, keep: above, between: [{linear(0.7)}, {linear(0.8)}]")
    assert tube.why("CD3+") == "no valley between two populations on CD3"


def test_one_population_has_no_valley() -> None:
    assert split_by((8000, 0.5, 0.05)).why("CD3+") == "no valley between two populations on CD3"


def test_a_few_stragglers_are_no_population() -> None:
    assert split_by((8000, 0.4, 0.04), (3, 0.8, 0.01)).why("CD3+") == "no valley between two populations on CD3"


def test_the_chance_gaps_of_few_events_are_no_valley() -> None:
    found = [split_by((150, 0.5, 0.08), seed=seed).why("CD3+") == "" for seed in range(40)]
    assert sum(found) <= 2


def test_a_shallow_valley_is_used_and_reported() -> None:
    tube = split_by((10_000, 0.40, 0.05), (10_000, 0.555, 0.05))
    assert tube.at("CD3+") == pytest.approx(0.4775, abs=0.012)
    assert 0.25 <= tube.seen("CD3+", "depth") < 0.5
    assert tube.doubt("CD3+").startswith("the valley on CD3 is shallow")


def test_depth_says_how_deep_it_must_be() -> None:
    tube = split_by((10_000, 0.40, 0.05), (10_000, 0.555, 0.05), gate="kind: valley, keep: above, depth: 0.6")
    assert tube.why("CD3+")


@pytest.mark.parametrize(("events", "why"), [(49, "too few events (49, at least 50 required)"), (60, "")])
def test_fifty_events_show_a_valley_and_fewer_do_not(events: int, why: str) -> None:
    assert split_by((events // 2, 0.3, 0.02), (events - events // 2, 0.7, 0.02)).why("CD3+") == why


def test_a_number_instead_is_used_and_reported() -> None:
    tube = split_by((8000, 0.5, 0.05), gate="kind: valley, keep: above, otherwise: 3000")
    gate = tube.gate("CD3+")
    assert (gate.method, tube.threshold("CD3+")) == ("fixed", 3000)
    assert gate.fallback == "valley: no valley between two populations on CD3; used fixed instead"


def test_a_gate_instead_may_have_its_own_instead() -> None:
    chain = "kind: valley, keep: below, otherwise: {kind: split, keep: below, otherwise: 3000}"
    tube = split_by((8000, 0.5, 0.05), gate=chain)
    gate = tube.gate("CD3+")
    assert (gate.method, tube.threshold("CD3+")) == ("fixed", 3000)
    assert gate.fallback.startswith("valley: no valley")
    assert "; split: " in gate.fallback
    assert tube.events("CD3+") == int((cells(1, (8000, 0.5, 0.05)) < 3000).sum())


# ---------------------------------------------------------------- of: an internal negative

NK_LIKE = ((3000, 0.30, 0.03), (2500, 0.45, 0.035), (2500, 0.75, 0.03))
"""Negative, dim, bright: the dim ones lie near the negatives, so that the upper valley is the deeper."""


def against(*groups: tuple[int, float, float], of: str = ", of: T", t_cells: int = 4000) -> GatedCells:
    """CD3- cells on CD56; the T cells beside them are negative."""
    sizes = (t_cells, sum(n for n, _, _ in groups))
    columns = {
        "CD3": cells(2, (sizes[0], 0.7, 0.02), (sizes[1], 0.25, 0.02)),
        "CD56": np.concatenate([cells(3, (t_cells, 0.30, 0.03)), cells(4, *groups)]),
    }
    return gated_cells(
        columns,
        "  T: {parent: all, axes: [CD3], gate: {kind: range, low: 10000}}\n"
        "  rest: {parent: all, none_of: [T]}\n"
        f"  NK: {{parent: rest, axes: [CD56], gate: {{kind: valley, keep: above{of}}}}}",
    )


def test_the_first_valley_above_the_negatives_is_taken_and_the_deeper_one_reported() -> None:
    tube = against(*NK_LIKE)
    assert 0.35 < tube.at("NK") < 0.40
    assert tube.events("NK") == pytest.approx(5000, rel=0.02)
    assert tube.doubt("NK").startswith("a deeper valley is at")
    assert tube.doubt("NK").endswith("where T predicts none")


def test_without_the_negatives_the_deeper_one_is_taken() -> None:
    assert 0.53 < against(*NK_LIKE, of="").at("NK") < 0.68


def test_a_valley_where_the_negatives_say_and_nowhere_else_raises_no_doubt() -> None:
    assert against((3000, 0.30, 0.03), (2500, 0.6, 0.04)).doubt("NK") == ""


def test_nothing_above_the_negatives() -> None:
    assert against((5000, 0.30, 0.03)).why("NK") == "no population lies above the reference"


def test_too_few_negatives_say_nothing() -> None:
    assert (
        against(*NK_LIKE, t_cells=49).why("NK") == "the reference T contains too few events (49, at least 50 required)"
    )
