"""Learned boundaries on tubes that they were not learned from: another generator's, and other seeds."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from other_generator import tubes as other

from tregate.fixtures.tube import make_tube
from tregate.gating.engine import SECOND_OPINION, gate
from tregate.gating.events import Gated, PlacedGate
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.load import load_strategy

UNSEEN = 900
"""First seed beyond those of the models' recipes, which count from 1000, and of the examples in docs."""


class Writable:
    """What both generators' tubes have in common."""

    members: Mapping[str, np.ndarray]

    def write(self, path: Path) -> object: ...


def gated(kind: str, tube: Writable) -> Gated:
    strategy = load_strategy(kind)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tube.fcs"
        tube.write(path)
        return gate(prepare(read(path, None), strategy, None), strategy)


def placed(result: Gated, name: str) -> PlacedGate:
    return next(one for one in result.gates if one.population == name)


def treg_error(tube: Writable, result: Gated, name: str = "Treg") -> float:
    """Error of Treg % of CD4+, in percent."""
    found = result.events[name] / result.events["CD4+"]
    true = tube.members["Treg"].sum() / tube.members["CD4+"].sum()
    return float(100 * (found / true - 1))


@lru_cache
def treg_of(style: str, seed: int = 0) -> tuple[float, float, float]:
    """Errors of the learned gate and of the line, and the doubt, on another generator's tube."""
    tube = other.make("treg", style, seed, events=80_000)
    result = gated("treg", tube)
    doubt = float(placed(result, "Treg").evidence["doubt_share"])
    return treg_error(tube, result), treg_error(tube, result, "Treg by line"), doubt


STYLES = ("canto", "navios", "dirty", "CD25 smear", "after IL-2", "Foxp3 dim", "CD127 gradient", "matrix off")


@pytest.mark.parametrize("style", STYLES)
def test_treg_of_another_generator(style: str) -> None:
    error, _, doubt = treg_of(style)
    assert abs(error) < 4.0
    assert abs(error) < max(3.0, 100 * 3 * 0.6 * doubt), "the doubt says how far it may be off"


def test_treg_are_counted_better_than_by_line_and_split() -> None:
    learned, line = (np.array([treg_of(style)[i] for style in STYLES]) for i in (0, 1))
    assert abs(learned.mean()) < 1.5
    assert np.abs(learned).mean() < 0.7 * np.abs(line).mean()


@pytest.mark.parametrize("style", ["canto", "CD56 dim near zero", "dirty", "after IL-2"])
def test_nk_of_another_generator(style: str) -> None:
    tube = other.make("tetrachrome_nk", style, 0, events=80_000)
    result = gated("tetrachrome_nk", tube)
    assert 100 * result.events["NK"] / tube.members["NK"].sum() == pytest.approx(100, abs=4)


@pytest.mark.parametrize("seed", range(UNSEEN, UNSEEN + 6))
def test_dim_cd56_has_no_cliff(seed: int) -> None:
    """CD56 at half its density cost the valley up to 95 % of the NK cells."""
    tube = make_tube("tetrachrome_nk", "varied_cd56_dim", seed, 80_000)
    result = gated("tetrachrome_nk", tube)
    error = 100 * (result.events["NK"] / tube.members["NK"].sum() - 1)
    doubtful = bool(placed(result, "NK").evidence.get("doubt"))
    assert abs(error) < (35 if doubtful else 20)


@pytest.mark.slow
def test_the_doubt_is_the_size_of_the_error() -> None:
    ratios, errors = [], []
    for seed in range(UNSEEN, UNSEEN + 24):
        tube = make_tube("treg", "varied", seed, 90_000)
        result = gated("treg", tube)
        error = treg_error(tube, result)
        errors.append(error)
        ratios.append(error / 100 / float(placed(result, "Treg").evidence["doubt_share"]))
    assert abs(np.mean(errors)) < 3.0
    assert 0.3 < np.sqrt(np.mean(np.square(ratios))) < 1.1


def test_where_landmarks_are_missing_the_line_stands_in() -> None:
    few = make_tube("tetrachrome_nk", "nominal", 5, 2500)
    stood_in = placed(gated("tetrachrome_nk", few), "NK")
    assert stood_in.method == SECOND_OPINION
    assert "at least 200" in stood_in.fallback
    assert stood_in.evidence["second"] == "NK by valley"


def test_a_replay_of_a_learned_gate_has_the_same_members(tmp_path: Path) -> None:
    from tregate.gating.units import PopulationName
    from tregate.pipelines.files.csv_file import write_csv
    from tregate.pipelines.interchange.gates_file import gates_table, read_gates

    strategy = load_strategy("treg")
    tube = make_tube("treg", "varied", UNSEEN, 40_000)
    tube.write(tmp_path / "tube.fcs")
    prepared = prepare(read(tmp_path / "tube.fcs", None), strategy, None)
    first = gate(prepared, strategy)
    write_csv(gates_table([(("S", "D", "T", "tube.fcs"), first.gates)]), tmp_path / "gates.csv")
    again = gate(prepared, strategy, read_gates(tmp_path / "gates.csv")["S", "D", "T"])
    for name, bits in first.members.items():
        assert np.array_equal(bits, again.members[PopulationName(name)]), name
