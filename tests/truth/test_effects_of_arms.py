"""`tregate demo --arms`: the true effects of its arms lie in the intervals of comparisons.csv."""

from pathlib import Path

import pytest
from cli_running import tregate
from truth_of_arms import TRUE, compared


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_true_effects_of_the_demo_lie_in_its_intervals(tmp_path: Path) -> None:
    done = tregate("demo", tmp_path, "--arms", "--quiet")
    assert done.code == 0, done.err
    intervals = compared(tmp_path / "trial", tmp_path / "tables")
    assert len(intervals) >= 2 * 2 * 2 * len(TRUE)
    assert [one for one in intervals if not one[2] <= one[1] <= one[3]] == []
    assert all(low < high < 6 * low for _, _, low, high in intervals), "an interval that says nothing"
