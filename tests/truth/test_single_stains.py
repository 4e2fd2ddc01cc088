"""Simulated single stains with debris, doublets and glow: the matrix at work comes out, with its interval."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tregate.fixtures.single_stains import ControlSet, Staining, make_controls, stainings
from tregate.gating.controls import Estimated, Verdict
from tregate.pipelines.compensating.controls_folder import Controls, read_controls

BASE = stainings()


def read_back(made: ControlSet, folder: Path) -> Controls:
    made.write(folder)
    return read_controls(folder)


def errors(estimated: Estimated, made: ControlSet) -> tuple[np.ndarray, np.ndarray]:
    """(error, whether the interval contains the truth) of every entry."""
    at = [made.detectors.index(name) for name in estimated.channels]
    truth = made.spill[np.ix_(at, at)]
    found = [(p.slope - truth[p.own, p.into], p.low <= truth[p.own, p.into] <= p.high) for p in estimated.pairs]
    error, held = zip(*found, strict=True)
    return np.array(error), np.array(held)


@pytest.mark.parametrize(
    "changes",
    [{}, {"positive": 1.0}, {"unstained": False}, {"debris": 0.3, "doublets": 0.15}, {"positive": 0.04}],
    ids=["half positive", "all positive", "no unstained tube", "dirty", "few positive"],
)
def test_bright_controls_give_the_matrix_at_work(changes: dict[str, object], tmp_path: Path) -> None:
    made = make_controls(stainings("tetrachrome_t", **changes), "tetrachrome_t", seed=3)
    error, _ = errors(read_back(made, tmp_path).estimated, made)
    assert len(error) == 12
    assert np.sqrt(np.mean(error**2)) <= 0.002
    assert np.abs(error).max() <= 0.01


@pytest.mark.slow
def test_intervals_contain_the_truth_in_92_to_98_percent(tmp_path: Path) -> None:
    held: list[bool] = []
    for seed in range(6):
        made = make_controls(stainings(), seed=seed)
        estimated = read_back(made, tmp_path / str(seed)).estimated
        assert {one.verdict for one in estimated.controls} == {Verdict.GOOD}
        held += list(errors(estimated, made)[1])
    assert len(held) == 540
    assert 0.92 <= np.mean(held) <= 0.98


def changed(at: int, **changes: object) -> list[Staining]:
    made = list(BASE)
    made[at] = replace(made[at], **changes)  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize(
    ("stained", "verdicts", "used"),
    [
        (
            [replace(BASE[0], labelled="PE"), replace(BASE[1], labelled="FITC"), *BASE[2:]],
            {"FL1-A": Verdict.SWAPPED, "FL2-A": Verdict.SWAPPED},
            False,
        ),
        ([*BASE[:3], *BASE[4:]], {"FL4-A": Verdict.MISSING}, False),
        (changed(2, median=900_000.0), {"FL3-A": Verdict.SATURATED}, True),
        (changed(3, positive=0.0), {"FL4-A": Verdict.NEGATIVE}, False),
        (changed(4, contamination=0.06, contaminant="PE"), {"FL5-A": Verdict.CONTAMINATED}, True),
        (changed(5, events=60), {"FL6-A": Verdict.FEW}, False),
        (changed(6, median=1_200.0), {"FL7-A": Verdict.DIM}, True),
    ],
    ids=["swapped", "missing", "saturated", "negative", "contaminated", "few", "dim"],
)
def test_a_control_that_is_not_good_is_named(
    stained: Sequence[Staining], verdicts: dict[str, Verdict], used: bool, tmp_path: Path
) -> None:
    made = make_controls(stained)
    estimated = read_back(made, tmp_path).estimated
    bad = {estimated.channels[one.own]: one for one in estimated.controls if one.verdict is not Verdict.GOOD}  # type: ignore[index]
    assert {name: one.verdict for name, one in bad.items()} == verdicts
    assert all(one.message and one.used == used for one in bad.values())
    included = {estimated.channels[i] for i in estimated.included}
    assert (set(bad) <= included) if used else not (set(bad) & included)
    error, _ = errors(estimated, made)
    assert np.abs(error).max() <= 0.01


def test_beads_beside_an_unstained_tube_of_cells_use_their_own_negatives(tmp_path: Path) -> None:
    """Scatter and glow of the unstained tube are those of other particles: it must not shift the entries."""
    made = make_controls(stainings("tetrachrome_t", monocytes=0.0), "tetrachrome_t")
    names = made.controls[0].names
    scatter = [i for i, name in enumerate(names) if name[:3] in ("FSC", "SSC")]
    blank = made.controls[-1]
    moved = blank.events.copy()
    moved[:, scatter] *= 0.3
    moved[:, [names.index(one) for one in made.detectors]] += 2_000
    beads = replace(made, controls=(*made.controls[:-1], replace(blank, events=moved)))
    found = read_back(beads, tmp_path).estimated
    assert {one.groups.negatives for one in found.controls if one.groups is not None} == {"own"}
    error, _ = errors(found, made)
    assert np.abs(error).max() <= 0.002
