"""Synthetic tubes behave as blood on a cytometer does."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from tregate.fixtures.blood import Blood
from tregate.fixtures.conditions import CONDITIONS
from tregate.fixtures.instrument import BEAD, BEAD_DOUBLET
from tregate.fixtures.panels import PANELS
from tregate.fixtures.tube import KINDS, Tube, make_tube

BEAD_TUBES = ("tetrachrome_t", "tetrachrome_nk", "treg_nk")


def compensated(tube: Tube, marker: str, matrix: npt.NDArray[np.float64] | None = None) -> npt.NDArray[np.float64]:
    """The events of one stain, compensated."""
    names = [channel.name for channel in tube.channels]
    at = [names.index(name) for name in tube.spill_channels]
    values = tube.events[:, at] @ np.linalg.inv(tube.spill if matrix is None else matrix)
    stained = next(c.name for c in tube.channels if c.stain.upper().startswith(marker.upper() + "-"))
    return np.asarray(values[:, tube.spill_channels.index(stained)])


def named(tube: Tube, label: str) -> npt.NDArray[np.bool_]:
    return np.asarray(np.array(tube.label_names)[tube.labels] == label)


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_events(kind: str) -> None:
    one, two = make_tube(kind, seed=5, events=4_000), make_tube(kind, seed=5, events=4_000)
    assert np.array_equal(one.events, two.events)
    assert np.array_equal(one.labels, two.labels)
    assert not np.array_equal(one.events, make_tube(kind, seed=6, events=4_000).events[: len(one.events)])


@pytest.mark.parametrize("kind", KINDS)
def test_populations_nest_as_their_names_say(kind: str) -> None:
    members = make_tube(kind, seed=1, events=20_000).members
    inside = {
        "CD3+": "lymphocytes",
        "CD3-": "lymphocytes",
        "CD4+": "CD3+",
        "CD8+": "CD3+",
        "B": "CD3-",
        "NK": "CD3-",
        "NK bright": "NK",
        "NK dim": "NK",
        "Treg": "CD25hi CD127lo",
        "CD25hi CD127lo": "CD4+",
        "CD4+ non-Treg": "CD4+",
    }
    for child, parent in inside.items():
        if child in members:
            assert not (members[child] & ~members[parent]).any(), (child, parent)
            assert 0 < members[child].sum() < members[parent].sum()
    if "Treg" in members:
        assert np.array_equal(members["Treg"] ^ members["CD4+ non-Treg"], members["CD4+"])
    if "beads" in members:
        assert not (members["beads"] & members["lymphocytes"]).any()


@pytest.mark.parametrize("kind", KINDS)
def test_truth_is_the_blood_not_the_file(kind: str) -> None:
    blood = Blood(cd4_per_ul=640.0, nk_per_ul=77.0)
    tube = make_tube(kind, seed=1, events=3_000, blood=blood)
    assert tube.cells_per_ul["lymphocytes"] == pytest.approx(blood.cells_per_ul()["lymphocytes"])
    assert set(tube.members) - {"beads"} == set(tube.cells_per_ul) == set(PANELS[kind].populations)


@pytest.mark.parametrize("kind", BEAD_TUBES)
def test_cells_over_beads_give_the_concentration(kind: str) -> None:
    alone = replace(CONDITIONS["nominal"], doublets=0.0)
    z = []
    for seed in range(25):
        tube = make_tube(kind, alone, seed=seed, events=20_000)
        assert tube.beads_per_ul is not None
        cells = int(tube.members["CD3+"].sum())
        ratio = cells / tube.beads_seen * tube.beads_per_ul / tube.cells_per_ul["CD3+"]
        z.append(np.log(ratio) / np.sqrt(1 / cells + 1 / tube.beads_seen))
    assert abs(np.mean(z)) < 3.5 / np.sqrt(len(z))
    assert 0.6 < np.std(z) < 1.5


def test_recovery_moves_cells_against_beads() -> None:
    whole = make_tube("tetrachrome_t", seed=2, events=60_000)
    short = make_tube("tetrachrome_t", seed=2, events=60_000, recovery=0.8)
    ratio = [t.members["CD3+"].sum() / t.beads_seen for t in (whole, short)]
    assert ratio[1] / ratio[0] == pytest.approx(0.8, abs=0.03)
    assert short.cells_per_ul == whole.cells_per_ul


@pytest.mark.parametrize("kind", KINDS)
def test_true_matrix_takes_spillover_out(kind: str) -> None:
    tube = make_tube(kind, seed=3, events=60_000)
    cd4 = {"tetrachrome_nk": "CD56"}.get(kind, "CD4")
    bright = tube.members["CD3-"] & ~tube.members.get("NK", np.zeros(len(tube.labels), bool))
    dark = tube.members["CD3+"] & ~tube.members.get("CD4+", named(tube, "CD8 NKT-like") | named(tube, "NKT-like"))
    values = compensated(tube, cd4, tube.true_spill)
    assert abs(np.median(values[bright]) - np.median(values[dark])) < 120


def test_a_wrong_matrix_leaves_spillover_in() -> None:
    tube = make_tube("treg", "spillover_wrong_10pct", seed=3, events=60_000)
    off = tube.spill[~np.eye(10, dtype=bool)] - PANELS["treg"].spill()[~np.eye(10, dtype=bool)]
    relative = np.abs(off) / np.maximum(PANELS["treg"].spill()[~np.eye(10, dtype=bool)], 1e-12)
    assert relative[relative > 0].min() == pytest.approx(0.1)
    assert np.allclose(np.diag(tube.spill), 1)
    right = np.abs(np.median(compensated(tube, "CD127", tube.true_spill)[tube.members["CD3-"]]))
    reported = np.median(compensated(tube, "CD127")[tube.members["CD4+"] & tube.members["Treg"]])
    true = np.median(compensated(tube, "CD127", tube.true_spill)[tube.members["Treg"]])
    assert abs(reported - true) > 100 > right - 150


@pytest.mark.parametrize("kind", KINDS)
def test_dark_events_read_below_zero(kind: str) -> None:
    tube = make_tube(kind, seed=1, events=20_000)
    raw = tube.events[named(tube, "debris")][:, [c.name.startswith("FL") for c in tube.channels]]
    assert (raw < 0).mean() > 0.01
    assert raw.min() > -1000


def test_photons_make_dim_events_relatively_broader() -> None:
    tube = make_tube("treg_nk", seed=1, events=60_000)
    beads = named(tube, BEAD)
    for channel in tube.spill_channels:
        values = tube.column(channel)
        assert values[beads].std() / values[beads].mean() < 0.05
    b_cells = tube.column("CD3-AA750")[tube.members["B"]]
    assert b_cells.std() / b_cells.mean() > 0.3


@pytest.mark.parametrize("kind", BEAD_TUBES)
def test_beads_are_bright_everywhere_and_doublets_twice_as_bright(kind: str) -> None:
    tube = make_tube(kind, seed=1, events=40_000)
    single, double = named(tube, BEAD), named(tube, BEAD_DOUBLET)
    assert double.sum() > 20
    for name in tube.spill_channels:
        values = tube.column(name)
        assert np.median(values[single]) > 150_000
        assert np.median(values[double]) / np.median(values[single]) == pytest.approx(2, rel=0.03)
    assert np.median(tube.column("FSC-W")[double]) > 1.5 * np.median(tube.column("FSC-W")[single])
    assert np.median(tube.column("FSC-H")[double]) < 1.3 * np.median(tube.column("FSC-H")[single])


def test_scatter_orders_leucocytes() -> None:
    tube = make_tube("tetrachrome_t", seed=1, events=40_000)
    side = {n: np.median(tube.column("SSC-A")[named(tube, n)]) for n in ("B", "monocyte", "neutrophil", "eosinophil")}
    assert list(side) == sorted(side, key=lambda n: side[n])
    assert np.median(tube.column("FSC-A")[named(tube, "debris")]) < np.median(tube.column("FSC-A")[named(tube, "B")])


def test_monocytes_are_dim_for_cd4() -> None:
    tube = make_tube("tetrachrome_t", seed=1, events=60_000)
    cd4 = compensated(tube, "CD4")
    monocyte = np.median(cd4[named(tube, "monocyte")])
    assert monocyte < 0.2 * np.median(cd4[tube.members["CD4+"]])
    assert monocyte > 5 * np.median(cd4[tube.members["CD8+"] & ~tube.members["CD4+"]])


def test_treg_have_less_cd4_and_more_foxp3_than_other_cd4() -> None:
    tube = make_tube("treg", seed=1, events=100_000)
    treg, rest = tube.members["Treg"], tube.members["CD4+ non-Treg"]
    ratio = {m: np.median(compensated(tube, m)[treg]) / np.median(compensated(tube, m)[rest]) for m in ("CD4", "Foxp3")}
    assert ratio["CD4"] == pytest.approx(0.83, abs=0.05)
    assert 3 < ratio["Foxp3"] < 6


def test_bright_nk_carry_five_to_ten_times_the_cd56_of_dim() -> None:
    tube = make_tube("tetrachrome_nk", seed=1, events=100_000)
    cd56 = compensated(tube, "CD56")
    ratio = np.median(cd56[tube.members["NK bright"]]) / np.median(cd56[tube.members["NK dim"]])
    assert 5 < ratio < 10


def test_fixation_dims_cd3_and_shifts_scatter() -> None:
    fresh, fixed = make_tube("tetrachrome_t", seed=1, events=40_000), make_tube("treg", seed=1, events=40_000)
    forward = [np.median(t.column("FSC-A")[t.members["CD3+"]]) for t in (fresh, fixed)]
    assert forward[1] < 0.9 * forward[0]
    assert np.median(compensated(fixed, "CD3")[fixed.members["CD3+"]]) < 0.7 * np.median(
        compensated(fresh, "CD3")[fresh.members["CD3+"]]
    )


def test_time_ascends_at_a_plausible_rate() -> None:
    tube = make_tube("tetrachrome_t", seed=1, events=50_000)
    seconds = tube.column("Time") * tube.timestep
    assert (np.diff(seconds) >= 0).all()
    assert 500 < len(seconds) / seconds[-1] < 1500


def test_washed_tube_has_no_beads_and_says_so() -> None:
    tube = make_tube("treg", seed=1, events=5_000)
    assert (tube.beads_per_ul, tube.bead_volume_ul, tube.blood_volume_ul) == (None, None, None)
    assert tube.beads_seen == 0
    assert "beads" not in tube.members
    assert tube.percent("Treg", of="CD4+") == pytest.approx(Blood().treg_percent_of_cd4)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(KeyError):
        make_tube("tetrachrome")
    with pytest.raises(KeyError):
        make_tube("treg", "sunny")
