"""Intensities of a gated tube: NumPy's values of the same members, limits that hold the truth, and what is empty."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tregate.fixtures.blood import Blood
from tregate.fixtures.conditions import CONDITIONS, Dimming
from tregate.fixtures.tube import make_tube
from tregate.gating.events import Gated, Prepared
from tregate.gating.intensities import Intensity, IntensityAsked, intensities, median_limits
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask, gate_tube
from tregate.gating.units import PopulationName

STRATEGY = load_strategy("treg")
ASKED = (
    IntensityAsked("Treg", "CD25", "CD4+ non-Treg"),
    IntensityAsked("Treg", "Foxp3", "CD4+ non-Treg", "CD4+ CD25-"),
    IntensityAsked("Treg", "Ki67", None, "CD4+ CD25-"),
)


@pytest.fixture(scope="module")
def tube(tmp_path_factory: pytest.TempPathFactory) -> tuple[Prepared, Gated]:
    path = make_tube("treg", events=40_000, seed=4).write(tmp_path_factory.mktemp("t") / "a.fcs")
    return gate_tube(TubeTask(path, STRATEGY))


def measured(tube: tuple[Prepared, Gated], asked: Sequence[IntensityAsked] = ASKED) -> tuple[Intensity, ...]:
    return intensities(*tube, STRATEGY.panel, asked)


def members(tube: tuple[Prepared, Gated], population: str, channel: str) -> np.ndarray:
    """Compensated linear values, by NumPy alone."""
    prepared, gated = tube
    values = prepared.sample.events(0, prepared.n_events)[gated.mask(PopulationName(population))]
    mixed = list(prepared.compensation.indices)
    values[:, mixed] = values[:, mixed] @ prepared.compensation.inverse
    return values[:, [p.name for p in prepared.sample.parameters].index(channel)]


def test_values_are_numpys_of_the_same_members(tube: tuple[Prepared, Gated]) -> None:
    cd25, foxp3, ki67 = measured(tube)
    for one, channel in ((cd25, "FL2-A"), (foxp3, "FL6-A"), (ki67, "FL7-A")):
        values = members(tube, "Treg", channel)
        assert one.events == len(values)
        assert one.median == pytest.approx(np.median(values), rel=1e-9)
        low, high = np.quantile(values, [0.1587, 0.8413])
        assert one.robust_cv == pytest.approx(50 * (high - low) / np.median(values), rel=1e-9)
    standard = np.median(members(tube, "CD4+ non-Treg", "FL2-A"))
    assert cd25.standardised == pytest.approx(np.median(members(tube, "Treg", "FL2-A")) / standard, rel=1e-9)
    threshold = np.quantile(members(tube, "CD4+ CD25-", "FL7-A"), 0.99)
    assert ki67.percent_positive == pytest.approx(100 * np.mean(members(tube, "Treg", "FL7-A") > threshold))


def test_a_marker_that_no_gate_needs_is_found(tube: tuple[Prepared, Gated]) -> None:
    assert "Ki67" not in tube[0].binding.channels
    assert measured(tube)[2].flags == ()


def test_what_cannot_be_measured_is_empty_with_a_reason(tube: tuple[Prepared, Gated]) -> None:
    asked = (
        IntensityAsked("Treg", "CD8"),
        IntensityAsked("no such", "CD25"),
        IntensityAsked("Treg", "CD25", "no such"),
    )
    no_channel, no_population, no_standard = measured(tube, asked)
    assert (no_channel.median, no_channel.flags) == (None, ("marker_missing",))
    assert (no_population.median, no_population.flags) == (None, ("unmeasured",))
    assert no_standard.median is not None
    assert (no_standard.standardised, no_standard.flags) == (None, ("standard_missing",))


def test_few_events_give_no_median(tmp_path: Path) -> None:
    path = make_tube("treg", events=4_000, seed=4).write(tmp_path / "few.fcs")
    (one,) = intensities(*gate_tube(TubeTask(path, STRATEGY)), STRATEGY.panel, ASKED[:1])
    assert one.events is not None
    assert one.events < 50
    assert (one.median, one.percent_positive, one.flags) == (None, None, ("below_loq",))


def test_a_standard_about_zero_divides_nothing(tube: tuple[Prepared, Gated]) -> None:
    prepared, gated = tube
    shifted = replace(prepared, compensation=replace(prepared.compensation, inverse=-prepared.compensation.inverse))
    (one,) = intensities(shifted, gated, STRATEGY.panel, ASKED[:1])
    assert one.median is not None
    assert one.median < 0
    assert (one.robust_cv, one.standardised, one.flags) == (None, None, ("standard_near_zero",))


def test_limits_of_a_median_hold_the_truth_in_95_of_100() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(1000):
        low, high = median_limits(np.sort(rng.lognormal(size=120)))
        held += low <= 1.0 <= high
    assert 0.935 <= held / 1000 <= 0.975


def test_saturated_values_are_flagged(tmp_path: Path) -> None:
    bright = replace(CONDITIONS["nominal"], dimming=(Dimming("CD25", "Treg", 120.0),))
    path = make_tube("treg", bright, events=30_000).write(tmp_path / "bright.fcs")
    (one,) = intensities(*gate_tube(TubeTask(path, STRATEGY)), STRATEGY.panel, ASKED[:1])
    assert one.percent_saturated is not None
    assert one.percent_saturated > 2
    assert "intensity_saturated" in one.flags


SPLIT = (IntensityAsked("Treg", "CD45RA", split="CD4+"),)


@pytest.mark.parametrize("naive", [8.0, 30.0, 65.0])
def test_the_split_of_treg_by_cd45ra_is_that_of_the_labels(tmp_path: Path, naive: float) -> None:
    """The valley is that of all CD4+ cells, so that it stays where few Treg are naive."""
    made = make_tube("treg", seed=3, events=20_000, blood=Blood(treg_naive_percent_of_treg=naive))
    (one,) = intensities(*gate_tube(TubeTask(made.write(tmp_path / "a.fcs"), STRATEGY)), STRATEGY.panel, SPLIT)
    counts = {
        name: int((made.labels == made.label_names.index(f"Treg {name}")).sum()) for name in ("naive", "effector")
    }
    truth = 100 * counts["naive"] / sum(counts.values())
    assert one.flags == ()
    assert one.positive_low is not None
    assert one.positive_high is not None
    assert one.positive_low - 1 <= truth <= one.positive_high + 1
    assert one.percent_positive == pytest.approx(truth, abs=3.5)


def test_no_split_without_the_stain_or_without_a_valley(tmp_path: Path, tube: tuple[Prepared, Gated]) -> None:
    unstained = make_tube("treg", seed=3, events=8_000, without="CD45RA").write(tmp_path / "fmo.fcs")
    (one,) = intensities(*gate_tube(TubeTask(unstained, STRATEGY)), STRATEGY.panel, SPLIT)
    assert (one.percent_positive, one.flags) == (None, ("marker_missing",))
    same = IntensityAsked("Treg", "CD3", split="CD4+")
    few = IntensityAsked("Treg", "CD45RA", split="Treg")
    one_mode, too_few = measured(tube, (same, few))
    assert (one_mode.percent_positive, one_mode.flags) == (None, ("no_valley",)), "CD4+ cells have one mode of CD3"
    assert too_few.events is not None
    assert too_few.events < 500
    assert (too_few.percent_positive, too_few.flags) == (None, ("no_valley",))
    assert too_few.median is not None
