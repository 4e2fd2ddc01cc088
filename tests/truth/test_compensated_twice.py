"""Values that were compensated before are reported; a matrix that is a tenth wrong is not."""

from pathlib import Path

import numpy as np
import pytest

from tregate.fixtures.tube import make_tube
from tregate.gating.findings import Finding, Severity
from tregate.gating.read.survey import survey
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask, analyse

KINDS = ("treg", "tetrachrome_t", "tetrachrome_nk", "treg_nk")


def found(path: Path, kind: str, matrix: Path | None = None) -> list[Finding]:
    task = TubeTask(path, load_strategy(kind), counted_by=None, no_beads="no load", matrix_csv=matrix)
    return [one for one in analyse(task).findings if one.check == "compensation_excess"]


def applied_twice(path: Path) -> Path:
    """A matrix that compensates as the file's own does when it is applied to values that it has compensated."""
    (own, *_) = survey(path).data_sets[0].spillovers
    twice = np.asarray(own.matrix) @ np.asarray(own.matrix)
    lines = [",".join(own.channels), *(",".join(repr(float(v)) for v in row / row[i]) for i, row in enumerate(twice))]
    matrix = path.with_name("twice.csv")
    matrix.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return matrix


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_values_compensated_twice_are_reported(kind: str, seed: int, tmp_path: Path) -> None:
    path = tmp_path / "tube.fcs"
    make_tube(kind, "nominal", seed, 30_000).write(path)
    (one,) = found(path, kind, applied_twice(path))
    assert (one.severity, one.population) == (Severity.FAIL, "")
    assert one.value is not None
    assert 0.4 < one.value < 1.6


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("condition", ["nominal", "spillover_wrong_10pct", "beads_few", "debris_heavy"])
def test_right_values_and_a_matrix_a_tenth_wrong_are_not(kind: str, condition: str, tmp_path: Path) -> None:
    make_tube(kind, condition, 0, 30_000).write(tmp_path / "tube.fcs")
    assert found(tmp_path / "tube.fcs", kind) == []
