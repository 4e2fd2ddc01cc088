"""`split`: two overlapping populations; whatever the overlap, the count is right."""

import numpy as np
import pytest
from placed_cells import GatedCells, cells, gated_cells, linear

DIM, SD = 0.40, 0.04


def divided(bright: int, distance: float, gate: str = "", seed: int = 1, n: int = 20_000, sd: float = SD) -> GatedCells:
    """n cells on Foxp3, some of them `distance` standard deviations brighter; negatives beside them."""
    negatives = 4000
    columns = {
        "CD25": cells(seed, (negatives, 0.25, 0.02), (n, 0.7, 0.02)),
        "Foxp3": cells(seed + 100, (negatives, DIM, SD), (n - bright, DIM, SD), (bright, DIM + distance * SD, sd)),
    }
    return gated_cells(
        columns,
        "  CD25-: {parent: all, axes: [CD25], gate: {kind: range, high: 10000}}\n"
        "  CD25+: {parent: all, none_of: [CD25-]}\n"
        "  quantile: {parent: CD25+, axes: [Foxp3], gate: {kind: reference, of: CD25-, quantile: 0.99, keep: above}}\n"
        f"  Treg: {{parent: CD25+, axes: [Foxp3], gate: {{kind: split, keep: above{gate}}}}}",
    )


@pytest.mark.parametrize(("share", "distance"), [(0.1, 4.0), (0.3, 3.5), (0.5, 3.0), (0.8, 3.0)])
def test_the_count_is_right_although_the_populations_overlap(share: float, distance: float) -> None:
    bright = int(20_000 * share)
    found = [divided(bright, distance, ", of: CD25-", seed) for seed in range(1, 7)]
    off = np.array([tube.events("Treg") / bright - 1 for tube in found])
    assert abs(off.mean()) < 0.02, off
    assert np.abs(off).max() < 0.05, off


def test_a_quantile_of_the_negatives_is_not_right_there() -> None:
    """Why there is a `split`: bright events that the quantile loses stay lost."""
    tube = divided(10_000, 3.0, ", of: CD25-")
    assert tube.events("quantile") / 10_000 < 0.85
    assert tube.events("Treg") / 10_000 == pytest.approx(1, abs=0.03)


def test_it_needs_no_negatives_where_both_show() -> None:
    tube = divided(8000, 4.0)
    assert tube.events("Treg") == pytest.approx(8000, rel=0.02)
    assert tube.gate("Treg").evidence["reference"] == ""


def test_evidence_is_what_was_put_in() -> None:
    tube = divided(6000, 4.0, ", of: CD25-")
    assert tube.seen("Treg", "bright_share") == pytest.approx(0.3, abs=0.01)
    assert tube.seen("Treg", "dim") == pytest.approx(linear(DIM), rel=0.04)
    assert tube.seen("Treg", "bright") == pytest.approx(linear(DIM + 4 * SD), rel=0.04)
    assert tube.seen("Treg", "separation") == pytest.approx(4.0, abs=0.2)
    assert tube.doubt("Treg") == ""


def test_much_overlap_is_reported() -> None:
    tube = divided(8000, 2.8, ", of: CD25-")
    assert 0.05 < tube.seen("Treg", "wrong_share") < 0.25
    assert tube.doubt("Treg").startswith("the two populations on Foxp3 overlap (")


def test_more_overlap_than_the_strategy_allows_is_refused() -> None:
    assert "overlap too much" in divided(8000, 2.8, ", of: CD25-, overlap: 0.05").why("Treg")


def test_one_population_is_no_two() -> None:
    for n in (500, 20_000):
        for seed in (1, 2, 3):
            assert divided(0, 0.0, ", of: CD25-", seed, n).why("Treg") in (
                "no second population on Foxp3",
                "a second population on Foxp3 may be chance",
            )


def test_an_implausible_share_is_refused() -> None:
    for prior in ("[0.002, 0.1]", "[0.5, 1.0]"):
        why = divided(6000, 4.0, f", of: CD25-, prior: {prior}").why("Treg")
        assert "of the parent would be bright, expected" in why


def test_populations_nearer_than_distance_are_refused() -> None:
    assert divided(6000, 4.0, ", of: CD25-, distance: 6").why("Treg") == "no second population on Foxp3"


def test_out_of_bounds_is_refused() -> None:
    why = divided(6000, 4.0, f", of: CD25-, between: [{linear(0.6)}, {linear(0.7)}]").why("Treg")
    assert why.endswith("outside the allowed range")


def test_few_bright_ones_do_not_swell() -> None:
    """Without the belief in their spread they would reach down into the dim ones' tail."""
    yaml = "  bright: {parent: all, axes: [CD56], gate: {kind: split, keep: above, prior: [0.002, 0.7]}}"
    dim, bright, counts = 500, 8, []
    for seed in range(1, 9):
        tail = (dim // 20, DIM + SD, 0.06)
        cd56 = cells(seed, (dim, DIM, SD), tail, (bright, DIM + 7 * SD, SD))
        counts.append(gated_cells({"CD56": cd56}, yaml).events("bright"))
    assert max(counts) <= 14, counts
    assert np.mean(counts) == pytest.approx(bright, rel=0.25)


def test_too_few_events_or_negatives_are_refused() -> None:
    assert divided(20, 4.0, n=49).why("Treg") == "too few events (49, at least 50 required)"
    why = divided(6000, 4.0, ", of: CD25-, at_least: 5000").why("Treg")
    assert why == "the reference CD25- contains too few events (4000, at least 5000 required)"
