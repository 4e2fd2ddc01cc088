"""A run over an unchanged study computes nothing, says and leaves what the first one did; any change is seen."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_running import Done, rows, run_study, tregate

SAID = "Nothing changed since the last run"


def everything(out: Path) -> dict[str, bytes]:
    """Content of all files of a run but those with times in them."""
    return {path.name: path.read_bytes() for path in out.iterdir() if path.is_file() and path.name not in TIMED}


TIMED = ("run.json", "run.log")


@pytest.fixture
def ran(spoiled: Path, tmp_path: Path) -> tuple[Path, Path, Done]:
    """A study, its finished run, and what that said."""
    out = tmp_path / "out"
    return spoiled, out, run_study(spoiled, out)


def test_it_says_and_leaves_the_same(ran: tuple[Path, Path, Done]) -> None:
    study, out, first = ran
    before, record = everything(out), json.loads((out / "run.json").read_text(encoding="utf-8"))
    again = run_study(study, out)
    assert again.code == first.code
    lines = again.err.splitlines()
    assert lines[0].startswith(SAID)
    assert lines[1:] == [line for line in first.err.splitlines() if not line.startswith("gating: ")]
    assert everything(out) == before
    now = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert list(now) == list(record)
    assert all(entry["reused"] for entry in now["inputs"])
    assert now["files"] == record["files"]
    assert tregate("verify", out, "--inputs", study).code == 0


def test_json_is_the_same(ran: tuple[Path, Path, Done]) -> None:
    study, out, _ = ran
    again = run_study(study, out, "--json")
    assert SAID in again.err
    fresh = run_study(study, out, "--json", "--fresh")
    assert SAID not in fresh.err
    assert json.loads(again.out) == json.loads(fresh.out)


def test_a_changed_byte_is_seen_whatever_the_times_say(ran: tuple[Path, Path, Done]) -> None:
    study, out, _ = ran
    path = study / rows(study / "samples.csv")[0]["file"]
    times, data = path.stat(), bytearray(path.read_bytes())
    data[-200] ^= 0x10
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert SAID not in run_study(study, out).err
    inputs = json.loads((out / "run.json").read_text(encoding="utf-8"))["inputs"]
    assert [entry["reused"] for entry in inputs] == [
        entry["file"] != path.relative_to(study).as_posix() for entry in inputs
    ]


@pytest.mark.parametrize(
    "options", [("--report", "all"), ("--only", "*_T.fcs"), ("--strict",), ("--fresh",), ("--debug",)], ids=str
)
def test_other_options_are_another_run(ran: tuple[Path, Path, Done], options: tuple[str, ...]) -> None:
    study, out, _ = ran
    assert SAID not in run_study(study, out, *options).err


def test_figures_that_were_asked_for_once_stay(ran: tuple[Path, Path, Done]) -> None:
    study, out, _ = ran
    assert not list(out.glob("figure*"))
    run_study(study, out, "--figures")
    figures = {path.name: path.read_bytes() for path in out.glob("figure*")}
    assert {Path(name).suffix for name in figures} == {".png", ".svg", ".pdf"}
    assert SAID in run_study(study, out).err
    run_study(study, out, "--fresh")
    assert {path.name: path.read_bytes() for path in out.glob("figure*")} == figures


@pytest.mark.parametrize("name", ["study.yaml", "samples.csv", "bead_lots.csv"])
def test_a_changed_study_file_is_seen(ran: tuple[Path, Path, Done], name: str) -> None:
    study, out, _ = ran
    (study / name).write_bytes((study / name).read_bytes() + b"\n")
    assert SAID not in run_study(study, out).err
    assert SAID in run_study(study, out).err


@pytest.mark.parametrize("name", ["treg.csv", "findings.csv", "run.json"])
def test_a_changed_or_lost_table_is_written_again(ran: tuple[Path, Path, Done], name: str) -> None:
    study, out, _ = ran
    before = everything(out)
    with (out / name).open("ab") as file:
        file.write(b"x\n")
    assert SAID not in run_study(study, out).err
    assert everything(out) == before
    (out / name).unlink()
    assert SAID not in run_study(study, out).err
    assert everything(out) == before


def test_an_answer_that_is_lost_or_torn_is_made_again(ran: tuple[Path, Path, Done]) -> None:
    study, out, _ = ran
    before = everything(out)
    (answer,) = out.glob(".tubes/*/*.answer.json")
    answer.write_bytes(answer.read_bytes()[:-3])
    assert SAID not in run_study(study, out).err
    answer.unlink()
    assert SAID not in run_study(study, out).err
    assert SAID in run_study(study, out).err
    assert everything(out) == before


def test_a_moved_study_is_the_same_study(ran: tuple[Path, Path, Done], tmp_path: Path) -> None:
    study, out, _ = ran
    moved = shutil.copytree(study, tmp_path / "moved")
    shutil.rmtree(study)
    assert SAID in run_study(moved, out).err


def test_a_study_with_a_failed_tube_is_computed(ran: tuple[Path, Path, Done]) -> None:
    study, out, _ = ran
    (study / rows(study / "samples.csv")[0]["file"]).write_bytes(b"")
    for _ in range(2):
        done = run_study(study, out)
        assert done.code == 1
        assert SAID not in done.err


def test_an_unchanged_run_is_answered_without_numpy(ran: tuple[Path, Path, Done]) -> None:
    """Its import would be a fifth of the time."""
    study, out, _ = ran
    code = (
        "import sys; sys.modules['numpy'] = None\nfrom tregate.pipelines.commands.start import main; "
        f"sys.argv = ['tregate', 'run', {str(study)!r}, '--out', {str(out)!r}, '--report', 'none']\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Nothing changed" in done.stderr
