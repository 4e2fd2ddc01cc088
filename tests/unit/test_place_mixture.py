"""`mixture`: one population among Gaussians, whatever its shape, as far as its neighbours allow."""

import numpy as np
import pytest
from placed_cells import GatedCells, cells, gated_cells, linear

SIZES = {"lymphocytes": 6000, "monocytes": 1500, "granulocytes": 5000, "debris": 2000}
CD45 = {"lymphocytes": (0.75, 0.02), "monocytes": (0.70, 0.03), "granulocytes": (0.58, 0.03), "debris": (0.3, 0.06)}
SSC = {"lymphocytes": (0.35, 0.03), "monocytes": (0.52, 0.03), "granulocytes": (0.68, 0.04), "debris": (0.3, 0.06)}
GATE = "kind: mixture, components: 8, take: {highest: CD45, lowest: SSC-A}, mass: 0.99"


def blood(sizes: dict[str, int] | None = None, seed: int = 1) -> dict[str, np.ndarray]:
    n = SIZES | (sizes or {})
    return {
        "CD45": cells(seed, *((n[name], *CD45[name]) for name in SIZES)),
        "SSC-A": cells(seed + 1, *((n[name], *SSC[name]) for name in SIZES)),
    }


def found(columns: dict[str, np.ndarray], gate: str = GATE, axes: str = "CD45, SSC-A") -> GatedCells:
    return gated_cells(columns, f"  lymphocytes: {{parent: all, axes: [{axes}], gate: {{{gate}}}}}")


def quality(tube: GatedCells, truly: np.ndarray) -> tuple[float, float]:
    """Recall and precision."""
    inside = tube.mask("lymphocytes")
    both = (inside & truly).sum()
    return both / truly.sum(), both / inside.sum()


def first(n: int, of: int) -> np.ndarray:
    return np.arange(of) < n


def test_take_says_which_population() -> None:
    columns = blood()
    recall, precision = quality(found(columns), first(6000, 14_500))
    assert recall > 0.97
    assert precision > 0.99
    other = found(columns, GATE.replace("highest: CD45, lowest: SSC-A", "highest: SSC-A"))
    granulocytes = np.repeat([False, False, True, False], list(SIZES.values()))
    assert (other.mask("lymphocytes") & granulocytes).sum() > 0.97 * 5000
    assert (other.mask("lymphocytes") & ~granulocytes).sum() < 100


def test_evidence_tells_where_it_is_and_how_clear() -> None:
    tube = found(blood())
    assert tube.seen("lymphocytes", "CD45_mean") == pytest.approx(linear(0.75), rel=0.1)
    assert tube.seen("lymphocytes", "share") == pytest.approx(6000 / 14_500, abs=0.02)
    assert tube.seen("lymphocytes", "dip") > 0.9
    assert tube.doubt("lymphocytes") == ""


def test_mass_is_the_share_taken_in_where_no_neighbour_is() -> None:
    columns = {
        "CD45": cells(3, (20_000, 0.75, 0.02), (5000, 0.3, 0.03)),
        "SSC-A": cells(4, (20_000, 0.35, 0.03), (5000, 0.6, 0.03)),
    }
    for mass in (0.8, 0.95):
        tube = found(columns, GATE.replace("0.99", str(mass)).replace("8", "2", 1))
        assert quality(tube, first(20_000, 25_000))[0] == pytest.approx(mass, abs=0.02)


def test_a_population_that_is_no_gaussian_is_one() -> None:
    """A skewed population takes several components; no dip parts them, so they are one."""
    rng = np.random.default_rng(5)
    long = 0.34 + 0.04 * rng.gamma(1.5, 1.0, 6000)
    columns = blood()
    columns["SSC-A"] = np.concatenate([[linear(at) for at in long], columns["SSC-A"][6000:]])
    tube = found(columns)
    assert tube.seen("lymphocytes", "components") >= 2
    recall, precision = quality(tube, first(6000, 14_500))
    assert recall > 0.9
    assert precision > 0.95


def test_two_populations_with_a_dip_between_them_are_two() -> None:
    assert found(blood({"monocytes": 6000})).events("lymphocytes") < 6400


def test_a_neighbour_close_by_raises_doubt() -> None:
    columns = {
        "CD45": cells(6, (6000, 0.75, 0.02), (6000, 0.75, 0.02)),
        "SSC-A": cells(7, (6000, 0.35, 0.03), (6000, 0.45, 0.03)),
    }
    tube = found(columns, GATE.replace("highest: CD45, ", ""))
    assert 0.2 < tube.seen("lymphocytes", "dip") < 0.5
    assert tube.doubt("lymphocytes").startswith("gate poorly separated from neighbouring populations (dip ")


def test_odds_lean_outwards_only_as_far_as_neighbours_let_it() -> None:
    """Ten times more granulocytes than lymphocytes close by: the wish for more of ours must not bring theirs."""
    gate = GATE.replace("mass: 0.99", "mass: 0.999, odds: 10")
    free = found(blood(), gate)
    assert free.seen("lymphocytes", "odds") == 10
    columns = {
        "CD45": cells(8, (1500, 0.75, 0.02), (15_000, 0.70, 0.03)),
        "SSC-A": cells(9, (1500, 0.35, 0.03), (15_000, 0.47, 0.03)),
    }
    pressed = found(columns, gate)
    assert pressed.seen("lymphocytes", "odds") < 3.5
    assert pressed.doubt("lymphocytes").startswith("much denser neighbouring populations at the edge")
    assert quality(pressed, first(1500, 16_500))[1] > 0.92
    assert found(columns, GATE).seen("lymphocytes", "odds") == 1


def test_a_marker_beside_the_axes_tells_which_one_it_is() -> None:
    """The lymphocytes are the ones with CD3, wherever their scatter lies."""
    sizes = (5000, 3000, 6000)
    columns = {
        "FSC-A": np.concatenate(
            [
                np.random.default_rng(k).normal(m, 25_000, n)
                for k, (n, m) in enumerate(zip(sizes, (400_000, 150_000, 620_000), strict=True))
            ]
        ),
        "SSC-A": cells(11, (5000, 0.40, 0.02), (3000, 0.3, 0.03), (6000, 0.6, 0.03)),
        "CD3": cells(12, (3500, 0.7, 0.03), (1500, 0.25, 0.03), (9000, 0.25, 0.03)),
    }
    tube = found(columns, "kind: mixture, components: 4, take: {highest: CD3}, mass: 0.99", "FSC-A, SSC-A")
    recall, precision = quality(tube, first(5000, 14_000))
    assert recall > 0.96
    assert precision > 0.98


def test_a_handful_that_lies_a_hair_further_does_not_win() -> None:
    columns = {
        "CD45": cells(21, (6000, 0.72, 0.02), (400, 0.765, 0.008), (6000, 0.5, 0.03)),
        "SSC-A": cells(22, (6000, 0.35, 0.02), (400, 0.47, 0.008), (6000, 0.6, 0.03)),
    }
    tube = found(columns, "kind: mixture, components: 6, take: {highest: CD45}, mass: 0.98")
    recall, precision = quality(tube, first(6000, 12_400))
    assert recall > 0.95
    assert precision > 0.95


def test_an_implausible_share_is_refused() -> None:
    why = found(blood(), f"{GATE}, prior: [0.6, 0.9]").why("lymphocytes")
    assert why.startswith("the population contains 4")
    assert why.endswith("of its parent, expected 60 % to 90 %")


def test_too_few_events_are_refused() -> None:
    tube = found(blood({"lymphocytes": 30, "monocytes": 20, "granulocytes": 30, "debris": 19}))
    assert tube.why("lymphocytes") == "too few events (99, at least 100 required)"


# ---------------------------------------------------------------- one axis


def on_one_axis(gate: str, *groups: tuple[int, float, float]) -> GatedCells:
    return found({"CD19": cells(13, *groups)}, f"kind: mixture, {gate}", "CD19")


def test_on_one_axis_the_edge_runs_where_a_neighbour_is_as_likely() -> None:
    tube = on_one_axis("components: 2, take: {highest: CD19}", (6000, 0.4, 0.04), (6000, 0.6, 0.04))
    assert tube.at("lymphocytes") == pytest.approx(0.5, abs=0.01)
    assert tube.events("lymphocytes") == pytest.approx(6000, rel=0.02)


def test_on_one_axis_the_gate_may_end_on_both_sides_of_a_middle_component() -> None:
    """Recognised by a marker beside the axis, it has a neighbour on each side."""
    columns = {
        "CD56": cells(14, (4000, 0.3, 0.03), (4000, 0.5, 0.03), (4000, 0.7, 0.03)),
        "CD16": cells(15, (4000, 0.3, 0.03), (4000, 0.7, 0.03), (4000, 0.3, 0.03)),
    }
    tube = found(columns, "kind: mixture, components: 3, take: {highest: CD16}", "CD56")
    middle = np.repeat([False, True, False], 4000)
    assert (tube.mask("lymphocytes") & middle).sum() > 0.98 * 4000
    assert (tube.mask("lymphocytes") & ~middle).sum() < 40


def test_on_one_axis_between_bounds_the_edge() -> None:
    bounds = f"between: [{linear(0.6)}, {linear(0.7)}]"
    tube = on_one_axis(f"components: 2, take: {{highest: CD19}}, {bounds}", (6000, 0.4, 0.04), (6000, 0.6, 0.04))
    assert tube.why("lymphocytes").startswith("the gate edge is")


def test_values_far_beyond_the_top_of_their_scale_are_not_placed() -> None:
    """Rounding left no component a width, and the tube stopped with an internal error."""
    scales = "{default: {kind: logicle, linear: 0.75}, SSC-A: {kind: linear, top: 1}}"
    populations = f"  lymphocytes: {{parent: all, axes: [CD45, SSC-A], gate: {{{GATE}}}}}"
    tube = gated_cells(blood(), populations, scales=scales, top=1e18)
    assert "times the scale (at most 100); check the top of the scales" in tube.why("lymphocytes")
