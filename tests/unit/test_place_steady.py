"""`steady`: a clog is taken out with all it holds; what beads and cells share is not."""

import numpy as np
import pytest
from placed_cells import GatedCells, gated_cells, linear

SECONDS = 100.0
N, BEADS = 60_000, 0.12


def arrivals(
    seed: int = 1, clog: tuple[float, float] | None = None, left: float = 0.3, flow: str = "even"
) -> tuple[np.ndarray, np.ndarray]:
    """Times and whether each event is a bead; in a clog only `left` of the beads come through."""
    rng = np.random.default_rng(seed)
    even = rng.uniform(0, 1, N)
    times = SECONDS * {"even": even, "slowing": 1 - np.sqrt(1 - 0.9 * even)}[flow]
    bead = rng.uniform(size=N) < BEADS
    if clog is not None:
        lost = bead & (times >= clog[0]) & (times < clog[1]) & (rng.uniform(size=N) > left)
        times, bead = times[~lost], bead[~lost]
    return times, bead


def watched(times: np.ndarray, bead: np.ndarray, gate: str = "kind: steady, of: region") -> GatedCells:
    columns = {"Time": times, "CD3": np.where(bead, linear(0.8), linear(0.3))}
    return gated_cells(
        columns,
        "  region: {parent: all, axes: [CD3], gate: {kind: range, low: 100000}}\n"
        f"  steady: {{parent: all, axes: [Time], gate: {{{gate}}}, optional: true}}\n"
        "  beads: {all_of: [region, steady]}\n"
        "  cells: {parent: steady, none_of: [region]}",
    )


def ratio(tube: GatedCells) -> float:
    return tube.events("cells") / tube.events("beads")


@pytest.mark.parametrize("clog", [(40.0, 50.0), (0.0, 8.0), (85.0, 100.0)])
def test_a_clog_is_taken_out_whole_and_the_ratio_is_the_tube_s(clog: tuple[float, float]) -> None:
    times, bead = arrivals(clog=clog)
    tube = watched(times, bead)
    kept = tube.mask("steady")
    inside = (times >= clog[0]) & (times < clog[1])
    assert kept[inside].mean() < 0.02
    assert kept[~inside].mean() > 0.95
    true = (1 - BEADS) / BEADS
    assert ratio(tube) == pytest.approx(true, rel=0.03)
    assert (~bead).sum() / bead.sum() > 1.05 * true
    assert tube.seen("steady", "taken_out") == pytest.approx(inside.mean(), abs=0.05)


def test_half_a_clog_is_seen_by_its_neighbours() -> None:
    times, bead = arrivals(clog=(40.0, 50.0), left=0.5)
    tube = watched(times, bead)
    inside = (times >= 40) & (times < 50)
    assert tube.mask("steady")[inside].mean() < 0.05
    assert tube.mask("steady")[~inside].mean() > 0.95
    assert ratio(tube) == pytest.approx((1 - BEADS) / BEADS, rel=0.03)


def test_a_slice_in_which_a_clog_ends_goes_with_it() -> None:
    times, bead = arrivals(clog=(40.0, 41.15), left=0.0)
    tube = watched(times, bead)
    inside = (times >= 40) & (times < 41.15)
    assert not tube.mask("steady")[inside].any()
    assert tube.seen("steady", "slices_out") <= 5


def test_a_burst_of_beads_is_taken_out_too() -> None:
    times, bead = arrivals()
    rng = np.random.default_rng(2)
    tube = watched(np.concatenate([times, rng.uniform(60, 64, 1500)]), np.concatenate([bead, np.ones(1500, bool)]))
    assert ratio(tube) == pytest.approx((1 - BEADS) / BEADS, rel=0.03)


@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("flow", ["even", "slowing"])
def test_a_steady_run_is_kept_whole_at_whatever_flow(seed: int, flow: str) -> None:
    times, bead = arrivals(seed, flow=flow)
    tube = watched(times, bead)
    assert tube.mask("steady").all()
    assert tube.seen("steady", "slices_out") == 0


def test_a_run_that_is_unsteady_for_the_most_part_is_not_cleaned() -> None:
    times, bead = arrivals()
    rng = np.random.default_rng(3)
    thin = bead & (np.sin(times / 1.3) > -0.2) & (rng.uniform(size=N) > 0.05)
    tube = watched(times[~thin], bead[~thin])
    assert tube.gated.findings[0].message.startswith(
        "The step steady was skipped: the bead fraction is unstable in most of the acquisition"
    )


def test_too_few_beads_leave_the_step_out() -> None:
    times, bead = arrivals()
    kept = ~bead | (np.cumsum(bead) <= 190)
    tube = watched(times[kept], bead[kept])
    assert "too few beads to follow over time (190)" in tube.gated.findings[0].message
    assert tube.mask("steady").all()


def test_a_clock_that_stands_still_leaves_the_step_out() -> None:
    times, bead = arrivals()
    assert "Time is constant" in watched(np.zeros_like(times), bead).gated.findings[0].message


def test_slices_says_how_finely() -> None:
    times, bead = arrivals()
    assert watched(times, bead).seen("steady", "slices") == 100
    assert watched(times, bead, "kind: steady, of: region, slices: 20").seen("steady", "slices") == 20
