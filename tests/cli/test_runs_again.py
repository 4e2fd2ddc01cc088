"""Runs after runs: only what changed is gated again, and the tables are those of a run that gated everything."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from cli_running import command, edit_row, rows, run_study, tregate

from tregate.fixtures.tube import make_tube

TABLES = ("counts.csv", "gates.csv", "findings.csv", "failures.csv", "treg.csv", "nk.csv", "subsets.csv", "summary.csv")


def reused(out: Path) -> dict[str, bool]:
    """File -> whether its outcome was taken from the store."""
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return {entry["file"]: entry["reused"] for entry in record["inputs"]}


def same_as_fresh(study: Path, out: Path, tmp_path: Path) -> bool:
    """Whether the tables of `out` are, byte for byte, those of a run that has nothing to reuse."""
    code = run_study(study, tmp_path / "fresh", "--fresh").code
    assert code in (0, 1)
    return all((out / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes() for name in TABLES)


@pytest.fixture
def again(spoiled: Path, tables: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A copy of the study, and a copy of a finished run of it."""
    return spoiled, Path(shutil.copytree(tables, tmp_path / "out"))


def test_an_unchanged_study_gates_nothing(again: tuple[Path, Path], tmp_path: Path) -> None:
    study, out = again
    before = {name: (out / name).read_bytes() for name in TABLES}
    assert run_study(study, out).code == 0
    assert all(reused(out).values())
    assert {name: (out / name).read_bytes() for name in TABLES} == before
    assert run_study(study, out, "--fresh").code == 0
    assert not any(reused(out).values())
    assert {name: (out / name).read_bytes() for name in TABLES} == before


def test_lots_volumes_and_visits_are_counted_again(again: tuple[Path, Path], tmp_path: Path) -> None:
    study, out = again
    before = (out / "treg.csv").read_bytes()
    lots = study / "bead_lots.csv"
    first = rows(lots)[0]["beads_per_ul"]
    lots.write_text(lots.read_text(encoding="utf-8").replace(first, "1100"), encoding="utf-8")
    edit_row(study / "samples.csv", rows(study / "samples.csv")[0]["file"], blood_volume_ul="90")
    for path in (study / "samples.csv", study / "study.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("D8", "W1"), encoding="utf-8")
    for path in (study / "fcs").glob("*_D8_*"):
        path.rename(path.with_name(path.name.replace("D8", "W1")))
    assert run_study(study, out).code == 0
    assert all(reused(out).values())
    assert (out / "treg.csv").read_bytes() != before
    changed = [row for row in rows(out / "findings.csv") if row["check"] == "plan_changed"]
    assert len(changed) == 1, "D8 is W1 now, and the folder had a run by the other plan"
    kept = [line for line in (out / "findings.csv").read_bytes().splitlines(True) if b",plan_changed," not in line]
    (out / "findings.csv").write_bytes(b"".join(kept))
    assert same_as_fresh(study, out, tmp_path)


def test_a_changed_file_alone_is_gated_again(again: tuple[Path, Path], tmp_path: Path) -> None:
    study, out = again
    changed = next(row["file"] for row in rows(study / "samples.csv") if row["file"].endswith("D8_T.fcs"))
    make_tube("tetrachrome_t", seed=99, events=10_000).write(study / changed)
    assert run_study(study, out).code == 0
    assert [file for file, taken in reused(out).items() if not taken] == [changed]
    assert same_as_fresh(study, out, tmp_path)


def test_changed_limits_gate_again(again: tuple[Path, Path], tmp_path: Path) -> None:
    study, out = again
    with (study / "study.yaml").open("a", encoding="utf-8") as file:
        file.write("\nchecks:\n  bead_cv_percent: 0.5\n")
    assert run_study(study, out).code == 0
    assert not any(reused(out).values())
    assert same_as_fresh(study, out, tmp_path)


def test_several_studies_share_a_store(trial: Path, tables: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run_study(trial, out, "--store", tables / ".tubes").code == 0
    assert all(reused(out).values())
    assert not (out / ".tubes").exists()


def test_a_killed_run_goes_on_where_it_was(trial: Path, tables: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    started = subprocess.Popen(
        command("run", trial, "--out", out, "--workers", "1", "--report", "none"),
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert started.stderr is not None
    while len(list(out.glob(".tubes/*/*.json"))) < 3:
        assert started.poll() is None, "finished before it was killed"
    os.killpg(started.pid, signal.SIGKILL)
    started.communicate()
    assert run_study(trial, out).code == 0
    assert 3 <= sum(reused(out).values()) < len(reused(out))
    for name in TABLES:
        assert (out / name).read_bytes() == (tables / name).read_bytes()


def test_the_store_is_shown_and_cleared(again: tuple[Path, Path], tmp_path: Path) -> None:
    study, out = again
    reported = tregate("cache", out)
    assert f"{len(reused(out))} tubes" in reported.out
    assert tregate("cache", out / ".tubes", "--clear").code == 0
    assert not (out / ".tubes").exists()
    assert (out / "treg.csv").exists()
    assert run_study(study, out).code == 0
    assert not any(reused(out).values())
    assert tregate("cache", tmp_path / "none").code == 2


def test_shards_gate_what_one_run_then_tables(trial: Path, tables: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for part in ("1/2", "2/2"):
        assert run_study(trial, out, "--shard", part).code == 0
        assert [path.name for path in out.iterdir()] == [".tubes"]
    assert run_study(trial, out).code == 0
    assert all(reused(out).values())
    for name in TABLES:
        assert (out / name).read_bytes() == (tables / name).read_bytes()
    for wrong in ("3/2", "0/2", "a", "1/"):
        assert run_study(trial, out, "--shard", wrong).code == 2
