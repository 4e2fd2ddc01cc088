"""A file of 1 GB is read by mapping: memory is bounded by the columns asked for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fcs_bytes import Fcs

STATUS = Path("/proc/self/status")
if not STATUS.exists():
    pytest.skip("needs /proc, which reports the peak memory of a process", allow_module_level=True)

PARAMETERS = 25
READER = """
import json, re, sys
from pathlib import Path
from tregate.gating.read.survey import read, survey

def peak():
    # Not getrusage: its maximum begins with that of the process that started this one.
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024

path = Path(sys.argv[1])
survey(path)
sample = read(path)
before = peak()
column = sample.linear(3)
report = {"events": sample.n_events, "values": column.size, "sum": float(column.sum()), "last": float(column[-1])}
report |= {"after_read": before, "after_column": peak(), "column": column.nbytes}
report |= {"repairs": [repair.name for repair in sample.data_set.repairs]}
print(json.dumps(report))
"""


@pytest.mark.parametrize(("datatype", "byteord"), [
    ("F", "1,2,3,4"), ("I", "4,3,2,1"), pytest.param("F", "4,3,2,1", marks=pytest.mark.slow),
])  # fmt: skip
def test_a_gigabyte(tmp_path: Path, datatype: str, byteord: str) -> None:
    """A sparse file whose last event is not zero."""
    events = 2**30 // (4 * PARAMETERS)
    size = events * 4 * PARAMETERS
    fcs = Fcs(
        b"",
        events,
        [32] * PARAMETERS,
        [2**20] * PARAMETERS,
        datatype,
        byteord,
        header_data=("0", "0"),
        data_end_shift=size,
    )
    path = tmp_path / "large.fcs"
    path.write_bytes(fcs.build())
    one = b"\x00\x00\x80\x3f" if datatype == "F" else b"\x01\x00\x00\x00"
    with path.open("r+b") as handle:
        handle.truncate(fcs.data_begin + size)
        handle.seek(-4 * PARAMETERS, 2)
        handle.write((one if byteord.startswith("1") else one[::-1]) * PARAMETERS)
    try:
        out = subprocess.run([sys.executable, "-c", READER, str(path)], capture_output=True, text=True, check=True)
    finally:
        path.unlink()
    answer = json.loads(out.stdout)
    assert answer["repairs"] == [], "offsets beyond eight digits stand in TEXT by the standard"
    assert answer["events"] == answer["values"] == events
    assert answer["sum"] == answer["last"] == 1.0
    assert answer["after_read"] < 250 * 2**20, "reading and checking keep nothing"
    assert answer["after_column"] < answer["after_read"] + 3 * answer["column"]
