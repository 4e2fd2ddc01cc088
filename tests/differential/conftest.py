"""What several tests of exports start from."""

from pathlib import Path

import pytest
from exported_gates import synthetic_treg

from tregate.gating.events import Prepared
from tregate.gating.strategy.schema import Strategy


@pytest.fixture
def blood(tmp_path: Path) -> tuple[Path, Strategy, Prepared]:
    """Synthetic blood with fixed gates: file, strategy and prepared events."""
    path, strategy, prepared, _ = synthetic_treg(tmp_path, "nominal", seed=11, events=30_000)
    return path, strategy, prepared
