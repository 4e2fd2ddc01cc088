"""A run that is stopped: whole files or none, exit 130 on Ctrl-C, no process left behind."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_running import command, rows, run_study, tregate

from tregate.pipelines import run as running

WAIT = 60.0


def hears_ctrl_c() -> None:
    """A job in the background of a shell is started with Ctrl-C ignored, and hands that on."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def until(true: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + WAIT
    while not true():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.02)


@pytest.fixture
def long_trial(trial: Path, tmp_path: Path) -> Path:
    """The trial's tubes under many subjects' names: enough work to be stopped in the middle of."""
    header, *listed = (trial / "samples.csv").read_text(encoding="utf-8").splitlines()
    lines = [header]
    for copy in range(25):
        for line in listed:
            file, subject, rest = line.split(",", 2)
            path = tmp_path / f"{copy}_{Path(file).name}"
            os.link(trial / file, path)
            lines.append(f"{path.name},{subject}x{copy},{rest}")
    (tmp_path / "samples.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name in ("study.yaml", "bead_lots.csv"):
        (tmp_path / name).write_bytes((trial / name).read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    ("workers", "sent", "code"),
    [("1", signal.SIGINT, 130), ("2", signal.SIGINT, 130), ("2", signal.SIGTERM, 143), ("1", signal.SIGHUP, 129)],
)
def test_what_was_finished_is_kept(long_trial: Path, tmp_path: Path, workers: str, sent: int, code: int) -> None:
    out = tmp_path / "out"
    started = subprocess.Popen(
        command("run", long_trial, "--out", out, "--workers", workers, "--report", "none"),
        stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=hears_ctrl_c,
    )  # fmt: skip
    assert started.stderr is not None
    line = started.stderr.readline()
    while line and not line.startswith("gating: "):
        line = started.stderr.readline()
    assert line.startswith("gating: ")
    os.killpg(started.pid, sent)
    _, err = started.communicate(timeout=WAIT)
    assert started.returncode == code, err
    assert f"Interrupted. Tables of the finished tubes: {out / 'interrupted'}" in err
    assert not list(out.glob("*.csv"))
    finished = {row["file"] for row in rows(out / "interrupted" / "counts.csv")}
    assert finished
    assert not rows(out / "interrupted" / "failures.csv"), "a tube that was never started is no failure"
    record = json.loads((out / "interrupted" / "run.json").read_text(encoding="utf-8"))
    assert record["interrupted"] is True
    assert {entry["file"] for entry in record["inputs"] if entry["reached"]} == finished
    assert len(record["inputs"]) == 300
    assert not (out / ".lock").exists()


def test_a_kill_leaves_no_table_and_no_process(long_trial: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    started = subprocess.Popen(
        command("run", long_trial, "--out", out, "--workers", "2", "--report", "none"),
        stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=hears_ctrl_c,
    )  # fmt: skip
    assert started.stderr is not None
    line = started.stderr.readline()
    while line and not line.startswith("gating: "):
        line = started.stderr.readline()
    started.kill()
    started.communicate()
    assert not list(out.rglob("*.csv")) if out.exists() else True
    until(lambda: not alive_in_group(started.pid))


def alive_in_group(group: int) -> bool:
    """Whether a process of the group still runs; a zombie has ended."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            return True
    return False


def test_an_interrupted_run_leaves_an_earlier_one_alone(
    trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert run_study(trial, out, "--only", "S01_D1_*").code == 0
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    true_gather = running.analyse_tubes

    def interrupted_gather(study, progress, **options):
        class Stopping:
            def advance(self, reported: str = "") -> None:
                progress.advance(reported)
                raise KeyboardInterrupt

            def tell(self, line: str) -> None:
                progress.tell(line)

        return true_gather(study, Stopping(), **options)

    monkeypatch.setattr(running, "analyse_tubes", interrupted_gather)
    done = run_study(trial, out, "--only", "S01_*")
    assert done.code == 130
    assert "Interrupted: gating was stopped with 1 of 6 tubes finished." in done.err
    assert "not started" in done.err
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before
    assert len({row["file"] for row in rows(out / "interrupted" / "counts.csv")}) == 1
    monkeypatch.undo()
    assert tregate("run", trial, "--out", out, "--workers", "1", "--report", "none", "--only", "S01_D1_*").code == 0
    assert not (out / "interrupted").exists()
