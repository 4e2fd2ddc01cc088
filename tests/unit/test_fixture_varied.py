"""Varied tubes: every property of its own, and what is stated about them is so."""

from dataclasses import replace

import numpy as np
import pytest

from tregate.fixtures.conditions import CONDITIONS
from tregate.fixtures.continuum import draw_continuum
from tregate.fixtures.donors import draw_blood, draw_properties
from tregate.fixtures.instrument import DOUBLET
from tregate.fixtures.panels import PANELS
from tregate.fixtures.tube import KINDS, Tube, make_tube


def compensated(tube: Tube, name: str) -> np.ndarray:
    names = [channel.name for channel in tube.channels]
    at = [names.index(channel) for channel in tube.spill_channels]
    values = tube.events[:, at] @ np.linalg.inv(tube.true_spill)
    stain = [c.stain.split("-")[0] for c in tube.channels]
    return np.asarray(values[:, at.index(stain.index(name))])


@pytest.mark.parametrize("kind", KINDS)
def test_a_varied_tube_is_made_again_from_its_seed(kind: str) -> None:
    one, again, other = (make_tube(kind, "varied", seed, 8_000) for seed in (3, 3, 4))
    assert np.array_equal(one.events, again.events)
    assert np.array_equal(one.labels, again.labels)
    assert one.blood != other.blood


def test_no_two_tubes_have_a_property_in_common() -> None:
    drawn = [draw_properties(PANELS["treg"], np.random.default_rng(seed)) for seed in range(40)]
    for name in ("photons", "electronic", "glow", "pairs", "merged", "spill_error"):
        assert len({getattr(own, name) for own in drawn}) == 40
    assert 0.006 <= min(own.pairs for own in drawn) < 0.012
    assert 0.03 < max(own.pairs for own in drawn) <= 0.05


def test_blood_is_possible_and_wide() -> None:
    bloods = [draw_blood(np.random.default_rng(seed)) for seed in range(200)]
    assert all(blood.by_cell() for blood in bloods)
    treg = [blood.treg_percent_of_cd4 for blood in bloods]
    assert min(treg) < 3
    assert max(treg) > 12


def test_treg_lie_along_a_continuum() -> None:
    tube = make_tube("treg", replace(CONDITIONS["varied"], name="varied"), seed=7, events=60_000)
    cd45ra = np.arcsinh(compensated(tube, "CD45RA")[tube.members["Treg"]] / 500)
    low, high = np.quantile(cd45ra, [0.05, 0.95])
    between = ((cd45ra > low + 0.3 * (high - low)) & (cd45ra < low + 0.7 * (high - low))).mean()
    assert between > 0.1, "not two kinds with a gap between"


def test_foxp3_has_the_stain_index_of_real_tubes() -> None:
    indices = []
    for seed in range(12):
        tube = make_tube("treg", "varied", seed, 40_000)
        foxp3 = compensated(tube, "FoxP3")
        treg, others = (foxp3[tube.members[name]] for name in ("Treg", "CD4+ non-Treg"))
        sd = np.quantile(others, 0.5) - np.quantile(others, 0.16)
        indices.append((np.median(treg) - np.median(others)) / (2 * sd))
    assert 1.0 < min(indices) < 3.0
    assert 3.0 < max(indices) < 12.0


def test_pairs_follow_the_condition() -> None:
    tube = make_tube("tetrachrome_nk", "varied_pairs_5pct", seed=1, events=60_000)
    label = np.array(tube.label_names)[tube.labels]
    pairs = 2 * (label == DOUBLET).sum() / tube.labels.size
    assert 0.02 < pairs < 0.06, "some partners are debris or beads"


def test_activated_cells_stay_below_regulatory_ones_in_foxp3() -> None:
    for seed in range(50):
        of = draw_continuum(0.3, np.random.default_rng(seed)).medians
        assert of["CD4 activated"]["Foxp3"] < of["Treg naive"]["Foxp3"] < of["Treg effector"]["Foxp3"]
        assert of["Treg effector"]["CD127"] < of["CD4 activated"]["CD127"]
