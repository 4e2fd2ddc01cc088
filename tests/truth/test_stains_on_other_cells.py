"""Cells on which a stain is and another is not tell both apart, whatever the panel calls them."""

import re
from pathlib import Path

import pytest

from tregate.fixtures.blood import Blood
from tregate.fixtures.tube import make_tube
from tregate.gating.strategy.load import load_strategy
from tregate.gating.traits import Traits
from tregate.gating.tube import TubeTask, analyse

NKT = Blood().nkt_percent_of_cd3 / 100.0


def seen(path: Path) -> Traits:
    return analyse(TubeTask(path, load_strategy("tetrachrome_nk"), counted_by=None, no_beads="no load")).traits


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_t_cells_carry_cd56_and_no_cd19(seed: int, tmp_path: Path) -> None:
    make_tube("tetrachrome_nk", "nominal", seed, 60_000).write(tmp_path / "nk.fcs")
    found = seen(tmp_path / "nk.fcs")
    assert found.markers["NK by valley"] == "CD56"
    assert found.beyond["NK by valley"] == pytest.approx(NKT, abs=0.01)
    assert found.beyond["B"] < 0.003


def test_exchanged_names_exchange_what_t_cells_carry(tmp_path: Path) -> None:
    path = tmp_path / "nk.fcs"
    make_tube("tetrachrome_nk", "nominal", 1, 60_000).write(path)
    other = {b"19": b"56", b"56": b"19"}
    path.write_bytes(re.sub(rb"(?<=/CD)(19|56)(?!\d)", lambda found: other[found.group()], path.read_bytes()))
    found = seen(path)
    assert found.beyond["B"] == pytest.approx(NKT, abs=0.01)
    assert found.beyond["NK by valley"] < 0.003
