"""Basophils, monocytes and dead cells in the lymphocyte gate: seen where no marker of the tube shows them."""

from pathlib import Path

import pytest

from tregate.fixtures.tube import make_tube
from tregate.gating.findings import Finding
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask, analyse_gated
from tregate.gating.units import PopulationName

LYMPHOCYTES = PopulationName("lymphocytes")


def found(folder: Path, kind: str, condition: str, seed: int) -> tuple[list[Finding], float]:
    """What the check found, and the error of the count of lymphocytes."""
    tube = make_tube(kind, condition, seed=seed, events=100_000)
    tube.write(folder / "tube.fcs")
    task = TubeTask(folder / "tube.fcs", load_strategy(kind), counted_by=None, no_beads="no load")
    result, gated = analyse_gated(task)
    error = gated.events[LYMPHOCYTES] / tube.members[LYMPHOCYTES].sum() - 1
    return [one for one in result.findings if one.check == "lymphocyte_purity"], float(error)


@pytest.mark.parametrize(("kind", "seed"), [("tetrachrome_t", 1), ("tetrachrome_t", 2), ("tetrachrome_nk", 4)])
def test_other_cells_beside_few_lymphocytes_are_reported(tmp_path: Path, kind: str, seed: int) -> None:
    findings, error = found(tmp_path, kind, "varied_lymphopenia", seed)
    assert error > 0.3, "or the tube shows nothing"
    assert [one.population for one in findings] == ["lymphocytes"]
    assert "lie outside the main cluster of the gate in CD45, SSC-A and FSC-A" in findings[0].message


@pytest.mark.parametrize("condition", ["nominal", "monocytosis", "debris_heavy", "varied_pairs_5pct"])
def test_a_clean_gate_is_not(tmp_path: Path, condition: str) -> None:
    findings, error = found(tmp_path, "tetrachrome_t", condition, 0)
    assert abs(error) < 0.04
    assert findings == []
