"""Two runs into one folder from two containers: process numbers of one mean nothing in the other."""

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from cli_running import command, tregate

UNSHARE = ("unshare", "--pid", "--fork", "--mount-proc")


def permitted() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not permitted(), reason="this system does not let a test make namespaces of processes")
def test_the_second_run_is_refused_and_the_first_loses_nothing(trial: Path, tables: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = command("run", trial, "--out", out, "--workers", "2", "--report", "none", "--quiet")
    first = subprocess.Popen([*UNSHARE, *arguments], stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not (out / ".lock").exists():
        assert first.poll() is None, first.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)
    holder = json.loads((out / ".lock").read_text(encoding="utf-8"))
    second = subprocess.run([*UNSHARE, *arguments], capture_output=True, text=True, check=False)
    here = tregate("run", trial, "--out", out, "--workers", "1", "--report", "none") if first.poll() is None else None
    printed = first.communicate()[1]
    assert first.returncode == 0, printed
    assert second.returncode in (0, 2), second.stderr
    if second.returncode == 2:
        assert "uses this folder" in second.stderr
        assert f"process {holder['process']}" in second.stderr
    assert here is None or here.code in (0, 2)
    for name in ("counts.csv", "gates.csv", "treg.csv", "summary.csv"):
        assert (out / name).read_bytes() == (tables / name).read_bytes()
    assert tregate("verify", out).code == 0
    assert not list(out.glob(".new-*"))
