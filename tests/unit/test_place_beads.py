"""`beads` and `doublets`: a crowd that is bright on every axis and alike; twice the signal in it."""

import numpy as np
import pytest
from placed_cells import GatedCells, cells, gated_cells, linear

MARKERS = ("CD45", "CD56", "CD19", "CD3")
KINDS = {
    "T": (0.75, 0.25, 0.25, 0.70),
    "B": (0.75, 0.25, 0.65, 0.25),
    "NK": (0.75, 0.6, 0.25, 0.25),
    "debris": (0.3, 0.2, 0.2, 0.2),
}
BEAD = (0.80, 0.72, 0.76, 0.78)


def tube_of(
    beads: int = 1000,
    bead_sd: float = 0.008,
    at: tuple[float, ...] = BEAD,
    each: int = 2500,
    sticky: int = 0,
) -> dict[str, np.ndarray]:
    """Four kinds of cells, sticky cells bright on every axis but unlike, then the beads."""
    groups = [[(each, means[i], 0.04) for means in KINDS.values()] for i in range(4)]
    return {
        marker: cells(i, *groups[i], (sticky, 0.62, 0.09), (beads, at[i], bead_sd)) for i, marker in enumerate(MARKERS)
    }


def gated(columns: dict[str, np.ndarray], more: str = "") -> GatedCells:
    axes = ", ".join(MARKERS)
    return gated_cells(
        columns,
        f"  beads: {{parent: all, axes: [{axes}], gate: {{kind: beads{more}}}, optional: true}}\n"
        f"  doublets: {{parent: beads, axes: [{axes}], gate: {{kind: doublets}}, optional: true}}\n"
        "  cells: {parent: all, none_of: [beads]}",
    )


@pytest.mark.parametrize(("beads", "each"), [(1000, 2500), (60, 2500), (9000, 600)])
def test_every_bead_and_no_cell(beads: int, each: int) -> None:
    """Also where beads are rare, or most of the tube."""
    tube = gated(tube_of(beads, each=each))
    bead = np.arange(4 * each + beads) >= 4 * each
    assert tube.mask("beads")[bead].mean() > 0.99
    assert tube.mask("beads")[~bead].sum() == 0
    assert tube.seen("beads", "beads") == tube.events("beads")
    assert tube.seen("beads", "share") == pytest.approx(beads / (4 * each + beads), rel=0.02)
    assert tube.seen("beads", "CD3_median") == pytest.approx(linear(BEAD[3]), rel=0.03)


def test_no_beads_are_found_where_none_are() -> None:
    tube = gated(tube_of(beads=0))
    assert tube.why("beads") == "no cluster that is bright on every axis"
    assert tube.events("cells") == 10_000


def test_cells_that_stick_to_every_stain_are_no_beads() -> None:
    tube = gated(tube_of(beads=0, sticky=800))
    assert tube.why("beads")


def test_a_tight_crowd_that_is_dim_on_one_axis_is_no_beads() -> None:
    tube = gated(tube_of(1500, at=(0.80, 0.33, 0.76, 0.78)))
    assert tube.why("beads") == "no cluster that is bright on every axis"


def test_beads_are_reported_from_cells_that_stick_to_every_stain() -> None:
    tube = gated(tube_of(1000, sticky=400, at=(0.92, 0.90, 0.93, 0.94)))
    bead = np.arange(11_400) >= 10_400
    assert tube.mask("beads")[bead].mean() > 0.99
    assert tube.mask("beads")[~bead].sum() < 20


def test_a_bright_cluster_too_wide_for_beads_is_refused() -> None:
    why = gated(tube_of(1500, bead_sd=0.07, at=(0.85,) * 4)).why("beads")
    assert why == "the brightest cluster is too wide for beads"


def test_an_implausible_share_is_refused() -> None:
    why = gated(tube_of(1000), ", share: [0.0005, 0.05]").why("beads")
    assert why == "the brightest cluster contains 9.1 % of the events, which is implausible for beads"


def test_fewer_beads_than_asked_for_are_none() -> None:
    assert gated(tube_of(60), ", at_least: 100").why("beads") == "no cluster that is bright on every axis"
    assert gated(tube_of(15)).why("beads") == "no cluster that is bright on every axis"


# ---------------------------------------------------------------- doublets


def with_doublets(
    single: int = 2000, double: int = 150, cv: float = 0.05, at: tuple[float, ...] = BEAD
) -> dict[str, np.ndarray]:
    columns = tube_of(0)
    rng = np.random.default_rng(9)
    for i, marker in enumerate(MARKERS):
        ones = linear(at[i]) * rng.normal(1, cv, single)
        twos = linear(at[i]) * (rng.normal(1, cv, double) + rng.normal(1, cv, double))
        columns[marker] = np.concatenate([columns[marker], ones, twos])
    return columns


def test_bead_doublets_are_twice_as_bright() -> None:
    tube = gated(with_doublets())
    events = np.arange(12_150)
    assert tube.mask("doublets")[events >= 12_000].mean() > 0.97
    assert tube.mask("doublets")[events < 12_000].sum() <= 2
    assert tube.threshold("doublets") == pytest.approx(np.sqrt(2) * tube.seen("doublets", "single_mode"), rel=1e-4)
    assert tube.seen("doublets", "cv") == pytest.approx(0.05, abs=0.01)


def test_doublets_off_scale_on_every_axis_are_not_reported_apart() -> None:
    tube = gated(with_doublets(at=(0.98,) * 4))
    assert tube.why("doublets") == "bead doublets are off scale on every axis"
    assert tube.events("beads") == pytest.approx(2150, rel=0.01)


def test_an_axis_on_which_doublets_are_on_scale_is_taken() -> None:
    assert gated(with_doublets(at=(0.98, 0.98, 0.76, 0.98))).gate("doublets").evidence["axis"] == "CD19"


def test_beads_that_spread_too_much_hide_their_doublets() -> None:
    assert "too large to separate doublets" in gated(with_doublets(cv=0.16)).why("doublets")


def test_few_beads_say_nothing_of_doublets() -> None:
    assert gated(tube_of(40)).why("doublets") == "too few beads to separate doublets (40, at least 50 required)"
