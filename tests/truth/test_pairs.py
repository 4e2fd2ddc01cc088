"""Cells in pairs: found among the leucocytes of tubes whose pairs are known, and given back to the counts."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from other_generator.tubes import make

from tregate.fixtures.conditions import CONDITIONS
from tregate.fixtures.tube import Tube, make_tube
from tregate.gating.count.coincidence import METHOD, SHOWN, PairsSeen, best, by_pairs, pooled
from tregate.gating.count.pairs import is_measured
from tregate.gating.count.terms import Terms
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask, analyse


def test_the_share_of_pairs_and_its_factor() -> None:
    """100 pair events beside 9800 single ones: 2 % of 10,000 leucocytes."""
    seen = PairsSeen(9800, 100)
    assert seen.share == pytest.approx(0.02)
    found = by_pairs(seen)
    assert found.share == pytest.approx(0.02 / SHOWN, abs=1e-5), "a few pairs look like one cell"
    assert found.relative_sd == pytest.approx((found.factor - 1) * np.hypot(0.1, METHOD), rel=1e-3)
    assert found.low < found.factor < found.high


def test_cells_meet_beads_as_often_as_cells() -> None:
    """With a bead for every fifth leucocyte, a fifth more cells are lost; impossible events show all their pairs."""
    alone, beside_beads = PairsSeen(9800, 100), PairsSeen(9800, 100, beads=0.2)
    assert by_pairs(beside_beads).share == pytest.approx(1.2 * by_pairs(alone).share, rel=1e-4)
    assert PairsSeen(9800, 100, "impossible").lost == pytest.approx(0.02)
    batch = pooled([alone, beside_beads])
    assert batch is not None
    assert by_pairs(alone).share < batch.share < by_pairs(beside_beads).share


def test_a_tube_with_enough_pairs_speaks_for_itself_and_others_take_their_batch() -> None:
    batch = pooled([PairsSeen(5000, 20), PairsSeen(5000, 22), PairsSeen(20_000, 90)])
    assert batch is not None
    assert best(PairsSeen(20_000, 90), batch, None).source == "tube"
    few = best(PairsSeen(5000, 20), batch, None)
    assert (few.source, few.pair_events) == ("batch", 132)
    assert best(PairsSeen(5000, 20), None, None).source == "tube", "no other source: its own, with a wide error"
    assert best(None, batch, None).source == "batch"
    assert best(None, None, 0.03).source == "declared"
    assert best(None, None, None).source == "none"


def test_tubes_that_differ_beyond_counting_widen_the_batch() -> None:
    alike = pooled([PairsSeen(10_000, 100)] * 4)
    unlike = pooled([PairsSeen(10_000, pairs) for pairs in (20, 60, 140, 180)])
    assert alike is not None
    assert unlike is not None
    assert alike.factor == pytest.approx(unlike.factor, rel=1e-4)
    assert unlike.relative_sd > 2 * alike.relative_sd


def test_too_few_pairs_in_all_make_no_batch() -> None:
    assert pooled([PairsSeen(1000, 4), PairsSeen(1000, 6)]) is None


def test_the_largest_term_has_a_name() -> None:
    assert Terms(counting=0.01, gate=0.02, beads=0.015).largest == "gate"
    assert Terms().largest == ""


@pytest.mark.parametrize(
    ("pulse", "measured"),
    [
        (lambda n: n, True),
        (lambda n: np.round(n / 10_000), True),
        (lambda n: np.full_like(n, 65_536.0), False),
        (lambda n: np.minimum(n, np.quantile(n, 0.95)), False),
        (lambda n: np.minimum(n, np.quantile(n, 0.995)), True),
    ],
    ids=["widths", "coarse", "constant", "cut off", "a few off scale"],
)
def test_a_pulse_that_is_constant_or_cut_off_shows_no_pairs(
    pulse: Callable[[np.ndarray], np.ndarray], measured: bool
) -> None:
    """Else it would say that there are none, and know it exactly."""
    widths = np.random.default_rng(1).normal(70_000, 8_000, 5_000)
    assert is_measured(pulse(widths)) is measured


def true_share(tube: Tube) -> float:
    """Share of the leucocytes in pairs of two of them; what met debris is none."""
    names = np.array(tube.label_names)[tube.labels]
    met, debris = int((names == "doublet").sum()), int((names == "debris").sum())
    single = len(names) - met - debris - int(np.char.startswith(names, "bead").sum())
    two = met * (single / (single + debris)) ** 2
    return 2 * two / (single + 2 * two)


@pytest.mark.parametrize("percent", [1.0, 3.0, 5.0])
def test_pairs_of_synthetic_tubes_are_found_within_30_percent(tmp_path: Path, percent: float) -> None:
    """At 1, 3 and 5 % of the leucocytes in pairs; partners meet at random, so many are debris."""
    condition = replace(CONDITIONS["nominal"], doublets=percent / 200)
    tube = make_tube("tetrachrome_t", condition, seed=5, events=60_000)
    result = analyse(TubeTask(tube.write(tmp_path / "tube.fcs"), load_strategy("tetrachrome_t")))
    assert result.pairs is not None
    assert result.pairs.share == pytest.approx(true_share(tube), rel=0.3)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_dim_double_positives_are_no_pairs(tmp_path: Path, seed: int) -> None:
    """An instrument without pulse shapes, and no cells in pairs: what takes up both stains dimly is none."""
    path = tmp_path / "tube.fcs"
    make("tetrachrome_nk", "fc500", seed=seed, events=100_000).write(path)
    result = analyse(TubeTask(path, load_strategy("tetrachrome_nk")))
    assert result.coincidence.source in ("impossible", "none")
    assert result.coincidence.factor < 1.02


@pytest.mark.parametrize("percent", [3.0, 5.0])
def test_without_pulse_shapes_impossible_cells_show_the_pairs(tmp_path: Path, percent: float) -> None:
    """On average over four tubes within a half; a tube of a few T-B pairs counts no better."""
    found, condition = [], replace(CONDITIONS["no_width_height"], doublets=percent / 200)
    for seed in range(1, 5):
        tube = make_tube("tetrachrome_nk", condition, seed=seed, events=100_000)
        result = analyse(TubeTask(tube.write(tmp_path / "tube.fcs"), load_strategy("tetrachrome_nk")))
        assert result.pairs is not None
        assert result.pairs.source == "impossible"
        found.append(result.pairs.share / true_share(tube))
    assert np.mean(found) == pytest.approx(1.0, abs=0.5)
