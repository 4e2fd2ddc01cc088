"""Tubes of three million events: memory does not grow with them, and what is found is as true."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tregate.fixtures.tube import make_tube

STATUS = Path("/proc/self/status")
if not STATUS.exists():
    pytest.skip("needs /proc, which reports the peak memory of a process", allow_module_level=True)

GATED = """
import json, re, sys
from pathlib import Path
from tregate.gating.read.file_bytes import SPARING, read_bytes
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask, counted, measure

path = Path(sys.argv[1])
file = read_bytes(path, held_below=SPARING)
file.sha256()
task = TubeTask(path, load_strategy(sys.argv[2]), counted_by=None, no_beads="no load")
result = counted(measure(task, file), task)
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"peak": peak, "events": {str(one.population): one.events for one in result.counts}}))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "populations"), [
    ("tetrachrome_t", {"CD3+": 0.02, "CD4+": 0.02}),
    ("tetrachrome_nk", {"NK": 0.04}),
    ("treg", {"CD4+": 0.02, "Treg": 0.10}),
])  # fmt: skip
def test_three_million_events_in_250_mb(tmp_path: Path, kind: str, populations: dict[str, float]) -> None:
    tube = make_tube(kind, seed=3, events=3_000_000)
    path = tmp_path / "large.fcs"
    tube.write(path)
    try:
        done = subprocess.run(
            [sys.executable, "-c", GATED, str(path), kind], capture_output=True, text=True, check=True
        )
    finally:
        path.unlink()
    found = json.loads(done.stdout)
    assert found["peak"] < 250, "[MB]"
    for name, within in populations.items():
        true = int(tube.members[name].sum())
        assert found["events"][name] == pytest.approx(true, rel=within), name
