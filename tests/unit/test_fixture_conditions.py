"""Each condition departs from the nominal tube as its description says, and in nothing else that matters."""

import numpy as np
import pytest

from tregate.fixtures.conditions import CONDITIONS
from tregate.fixtures.instrument import BEAD
from tregate.fixtures.tube import KINDS, Tube, make_tube


def share(tube: Tube, part: str, whole: str) -> float:
    return float(tube.members[part].sum() / tube.members[whole].sum())


def median(tube: Tube, name: str, population: str) -> float:
    return float(np.median(tube.column(name)[tube.members[population]]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CONDITIONS)
def test_every_condition_makes_every_tube(kind: str, name: str) -> None:
    tube = make_tube(kind, name, seed=1, events=6_000)
    assert np.isfinite(tube.events).all()
    assert (tube.events.max(axis=0) <= [channel.top for channel in tube.channels]).all()
    assert tube.condition == name
    assert CONDITIONS[name].description


@pytest.mark.parametrize(("name", "percent"), [("treg_1pct", 1.0), ("nominal", 6.5), ("treg_15pct", 15.0)])
def test_treg_percent(name: str, percent: float) -> None:
    tube = make_tube("treg", name, seed=2, events=150_000)
    assert tube.percent("Treg", of="CD4+") == pytest.approx(percent)
    assert 100 * share(tube, "Treg", "CD4+") == pytest.approx(percent, rel=0.15)


@pytest.mark.parametrize(("name", "percent"), [("bright_2pct", 2.0), ("bright_40pct", 40.0)])
def test_bright_percent(name: str, percent: float) -> None:
    tube = make_tube("tetrachrome_nk", name, seed=2, events=150_000)
    assert 100 * share(tube, "NK bright", "NK") == pytest.approx(percent, rel=0.3)


def test_few_nk_and_lymphopenia() -> None:
    assert make_tube("tetrachrome_nk", "nk_few", events=5_000).cells_per_ul["NK"] == pytest.approx(20)
    assert make_tube("tetrachrome_t", "lymphopenia", events=5_000).cells_per_ul["CD4+"] == pytest.approx(50)


@pytest.mark.parametrize(
    ("name", "stain", "factor"),
    [("cd25_dim", "CD25-PE", 0.55), ("foxp3_dim_broad", "FoxP3-AF647", 0.6)],
)
def test_dim_stain_on_treg_only(name: str, stain: str, factor: float) -> None:
    nominal, dim = (make_tube("treg", c, seed=3, events=120_000) for c in ("nominal", name))
    assert median(dim, stain, "Treg") / median(nominal, stain, "Treg") == pytest.approx(factor, abs=0.12)
    assert median(dim, stain, "CD3-") / median(nominal, stain, "CD3-") == pytest.approx(1, abs=0.15)


def test_cd127_dim_on_conventional_cells_only() -> None:
    nominal, dim = (make_tube("treg", c, seed=3, events=120_000) for c in ("nominal", "cd127_dim"))
    seen = [median(t, "CD127-PC7", "CD4+ non-Treg") - median(t, "CD127-PC7", "Treg") for t in (nominal, dim)]
    assert seen[1] < 0.6 * seen[0]


def test_activated_cells_are_cd25_high_and_cd127_high() -> None:
    tube = make_tube("treg", "activated_cd4", seed=3, events=120_000)
    activated = np.array(tube.label_names)[tube.labels] == "CD4 activated"
    assert activated.sum() / tube.members["CD4+"].sum() == pytest.approx(0.14, abs=0.02)
    cd25, cd127 = tube.column("CD25-PE"), tube.column("CD127-PC7")
    assert np.median(cd25[activated]) > 1.8 * median(tube, "CD25-PE", "CD4+ non-Treg")
    assert np.median(cd127[activated]) > 1.3 * median(tube, "CD127-PC7", "Treg")


@pytest.mark.parametrize(("name", "gain"), [("gain_plus_30", 1.3), ("gain_minus_30", 0.7)])
def test_gain_moves_cells_and_beads_but_not_scatter(name: str, gain: float) -> None:
    nominal, moved = (make_tube("tetrachrome_t", c, seed=3, events=60_000) for c in ("nominal", name))
    assert median(moved, "CD3-PC5", "CD3+") / median(nominal, "CD3-PC5", "CD3+") == pytest.approx(gain, rel=0.2)
    assert median(moved, "CD3-PC5", "beads") / median(nominal, "CD3-PC5", "beads") == pytest.approx(gain, rel=0.06)
    assert median(moved, "SSC-A", "CD3+") / median(nominal, "SSC-A", "CD3+") == pytest.approx(1, abs=0.02)


def test_scatter_shifted() -> None:
    nominal, moved = (make_tube("tetrachrome_t", c, seed=3, events=60_000) for c in ("nominal", "scatter_shifted"))
    assert median(moved, "FSC-A", "CD3+") / median(nominal, "FSC-A", "CD3+") == pytest.approx(0.72, abs=0.02)
    assert median(moved, "FSC-A", "beads") / median(nominal, "FSC-A", "beads") == pytest.approx(1, abs=0.02)


def test_few_events_few_beads() -> None:
    assert 2_800 < len(make_tube("treg", "few_events").labels) <= 3_000
    tube = make_tube("tetrachrome_t", "beads_few", seed=4, events=80_000)
    assert 240 < tube.members["beads"].sum() < 360
    assert tube.beads_per_ul is not None
    ratio = tube.members["CD3+"].sum() / tube.beads_seen * tube.beads_per_ul
    assert ratio == pytest.approx(tube.cells_per_ul["CD3+"], rel=0.25)


def test_a_clog_takes_beads_in_one_window_and_no_cells() -> None:
    tube = make_tube("tetrachrome_t", "beads_clogged", seed=4, events=100_000)
    twelfths = np.array_split(tube.members["beads"], 24)
    shares = np.array([part.mean() for part in twelfths])
    clogged = shares < 0.4 * np.median(shares[shares > 0.5 * shares.max()])
    assert 6 <= clogged.sum() <= 10
    assert np.diff(np.flatnonzero(clogged)).max() == 1
    cells = np.array([part.mean() for part in np.array_split(tube.members["CD3+"], 24)])
    assert cells.min() > 0.8 * cells.max()


def test_doublets() -> None:
    for name, label, low, high in (
        ("doublets_5pct", "doublet", 0.03, 0.06),
        ("nominal", "doublet", 0.002, 0.007),
    ):
        tube = make_tube("tetrachrome_t", name, seed=4, events=60_000)
        assert low < (np.array(tube.label_names)[tube.labels] == label).mean() < high
    tube = make_tube("tetrachrome_t", "bead_doublets_15pct", seed=4, events=60_000)
    label = np.array(tube.label_names)[tube.labels]
    double = (label == "bead doublet").sum() / ((label == "bead doublet").sum() + (label == BEAD).sum())
    assert double == pytest.approx(0.15, abs=0.01)


def test_debris_and_monocytes() -> None:
    label = {
        name: np.array(tube.label_names)[tube.labels]
        for name in ("nominal", "debris_heavy", "monocytosis")
        for tube in (make_tube("tetrachrome_t", name, seed=4, events=60_000),)
    }
    per_neutrophil = {
        name: {kind: (at == kind).sum() / (at == "neutrophil").sum() for kind in ("debris", "monocyte")}
        for name, at in label.items()
    }
    assert per_neutrophil["debris_heavy"]["debris"] / per_neutrophil["nominal"]["debris"] == pytest.approx(6, rel=0.1)
    assert per_neutrophil["monocytosis"]["monocyte"] / per_neutrophil["nominal"]["monocyte"] == pytest.approx(
        4, rel=0.1
    )


def test_no_width_no_height() -> None:
    names = {channel.name for channel in make_tube("tetrachrome_t", "no_width_height", events=3_000).channels}
    assert {"FSC-A", "SSC-A"} <= names
    assert not {"FSC-H", "FSC-W"} & names


@pytest.mark.parametrize(("name", "top"), [("top_2_18", 2**18), ("top_2_22", 2**22)])
def test_another_top_of_scale_moves_everything_with_it(name: str, top: int) -> None:
    nominal, other = (make_tube("tetrachrome_t", c, seed=4, events=60_000) for c in ("nominal", name))
    assert {channel.range for channel in other.channels} == {top}
    for stain in ("CD3-PC5", "SSC-A"):
        assert median(other, stain, "CD3+") / median(nominal, stain, "CD3+") == pytest.approx(top / 2**20, rel=0.15)


def test_ten_bit_integers_on_four_decades() -> None:
    tube = make_tube("tetrachrome_t", "integer_10bit_log", seed=4, events=20_000)
    stained = next(channel for channel in tube.channels if channel.stain == "CD3-PC5")
    assert (stained.range, stained.log, stained.top) == (1024, (4.0, 0.0), 10_000.0)
    stored = 1024 / 4 * np.log10(tube.column("CD3-PC5"))
    assert np.allclose(stored, np.round(stored), atol=1e-6)
    assert tube.column("CD3-PC5").min() == 1.0
    scatter = tube.column("SSC-A")
    assert np.array_equal(scatter, np.round(scatter))
    assert scatter.max() <= 1023
