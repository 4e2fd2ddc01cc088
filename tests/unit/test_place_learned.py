"""`learned`: landmarks, the polynomial as a quadric, the place of the cut, and what stands in where it has none."""

from pathlib import Path

import numpy as np
import pytest

from tregate.fixtures.tube import make_tube
from tregate.gating.geometry.quadric import score
from tregate.gating.geometry.scales import LinearScale
from tregate.gating.geometry.shapes import Axis
from tregate.gating.placement import learned
from tregate.gating.placement.landmarks import Coordinate, first_stage, groups, second_stage
from tregate.gating.placement.polynomial import as_quadric
from tregate.gating.placement.score_cut import cut_at, described, unsure, valley
from tregate.gating.placement.view import NotPlaced
from tregate.gating.strategy.learned_model import Cut, Form, Landmarks, Reach, Side
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask, analyse
from tregate.gating.units import Marker
from tregate.pipelines.training.fit import values_of

RNG = np.random.default_rng(7)
LANDMARKS = Landmarks(
    where={"CD127": Side(above=0.5)}, reach={"CD25": Reach(quantile=0.995)}, ranges={"CD45RA": (0.1, 0.95)}
)


def columns(n: int = 2000) -> dict[str, np.ndarray]:
    return {name: RNG.normal(0.4, 0.05, n) for name in ("CD25", "CD127", "CD45RA")}


def test_a_polynomial_in_landmark_coordinates_is_a_quadric_in_positions() -> None:
    where = columns()
    coordinates = first_stage(LANDMARKS, list(where), where, None)
    n = len(coordinates)
    form = Form(
        intercept=-1.5,
        linear=tuple(RNG.normal(size=n).tolist()),
        square=tuple(RNG.normal(size=n * (n + 1) // 2).tolist()),
    )
    axes = [Axis(Marker(name), LinearScale(1.0)) for name in where]
    by_quadric = score(as_quadric(form, coordinates, axes), list(where.values()))
    assert by_quadric == pytest.approx(values_of(form, coordinates, where), abs=1e-5)


def test_landmarks_move_with_the_tube() -> None:
    where = columns()
    moved = {name: 0.1 + 1.3 * column for name, column in where.items()}
    here, there = (first_stage(LANDMARKS, list(where), tube, None) for tube in (where, moved))
    for one, other in zip(here, there, strict=True):
        if one.slope != 10.0:
            assert other.of(moved) == pytest.approx(one.of(where), abs=0.15), "units of the tube itself"


def test_a_constant_marker_and_too_few_events_are_refused() -> None:
    where = columns() | {"CD25": np.full(2000, 0.3)}
    with pytest.raises(NotPlaced, match="CD25 is constant"):
        first_stage(LANDMARKS, list(where), where, None)
    few = {name: column[:100] for name, column in columns().items()}
    with pytest.raises(NotPlaced, match="only 100 events"):
        first_stage(LANDMARKS, list(few), few, None)


def test_both_groups_have_events_whatever_the_scores() -> None:
    for scores in (np.full(400, -9.0), np.full(400, 9.0), RNG.normal(-8, 1, 400)):
        wanted, others = groups(scores)
        assert wanted.sum() >= 20
        assert others.sum() >= 20
    coordinates = second_stage(LANDMARKS, ["CD25", "CD127"], columns(400), RNG.normal(-8, 1, 400))
    assert all(np.isfinite([c.slope, c.offset]).all() for c in coordinates)


def test_a_deep_valley_is_the_place_and_a_flat_score_takes_the_learned_one() -> None:
    apart = np.concatenate([RNG.normal(-6, 1, 9000), RNG.normal(6, 1, 1000)])
    found = valley(apart)
    assert found is not None
    assert found.depth > 0.95
    learned = Cut(intercept=1.25, weights=(0.0,) * len(described(apart, found)))
    assert cut_at(apart, learned)[0] == pytest.approx(found.at)
    flat = RNG.normal(-3, 2.5, 10_000)
    assert cut_at(flat, learned)[0] == pytest.approx(1.25)
    assert cut_at(flat, None)[0] == 0.0


def test_unsure_is_the_expected_share_of_wrong_events() -> None:
    scores = np.concatenate([np.full(900, -20.0), np.full(90, 20.0), np.full(20, 0.0)])
    assert unsure(scores, 0.0) == pytest.approx(20 * 0.25 / 110)
    assert unsure(np.full(100, -5.0), 0.0) <= 9.99


def test_shipped_models_are_trained() -> None:
    for name in ("treg", "treg_nk", "tetrachrome_nk"):
        for gate in load_strategy(name).methods():
            if gate.kind == "learned":
                assert gate.model.fingerprint
                assert all(v.first and v.second and v.cut for v in gate.model.variants)


def test_a_coordinate_is_affine() -> None:
    assert Coordinate("CD25", 2.0, -1.0).of({"CD25": np.array([1.0])}).tolist() == [1.0]


def test_a_boundary_that_takes_mostly_wrong_events_gives_way_to_the_second_method(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learned, "unsure", lambda scores, cut: 1.4)
    path = tmp_path / "a.fcs"
    make_tube("treg", seed=3, events=20_000).write(path)
    result = analyse(TubeTask(path, load_strategy("treg")))
    events = {str(count.population): count.events for count in result.counts}
    assert events["Treg"] == events["Treg by line"]
    reported = [found.message for found in result.findings if found.check == "gate_fallback"]
    assert any("140 % of the gated events may be misclassified" in message for message in reported), reported
