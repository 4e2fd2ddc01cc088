"""`--json`: one object on standard output, of docs/run.schema.json, however the command ends."""

import shutil
from pathlib import Path

import pytest
from cli_running import edit_row, run_study, tregate
from json_schema import answer

from tregate.pipelines.commands import demo


def test_tables_again_count_what_was_measured(tables: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(tables, tmp_path / "out"))
    reply = answer(tregate("tables", out, "--visits", "D1", "--json").out, "tables")
    assert reply["changes"] == ["visits: D1"]
    assert {one["visit"] for one in reply["measures"]} == {"D1"}
    primary = [one for one in reply["measures"] if one["primary"]]
    assert [(one["measure"], one["planned"], one["measured"]) for one in primary] == [("treg_percent_of_cd4", 2, 2)]
    assert {"treg.csv", "run.json"} <= set(reply["files"])


@pytest.mark.parametrize("command", ["run", "tables"])
def test_exit_2_lists_every_problem(command: str, spoiled: Path, tables: Path, tmp_path: Path) -> None:
    if command == "run":
        for file in ("fcs/S01_D1_T.fcs", "fcs/S01_D1_TREG.fcs"):
            edit_row(spoiled / "samples.csv", file, bead_volume_ul="a lot")
        done = run_study(spoiled, tmp_path / "out", "--json")
    else:
        out = Path(shutil.copytree(tables, tmp_path / "out"))
        done = tregate("tables", out, "--visits", "D1,D99,D98", "--json")
    reply = answer(done.out, "refused")
    assert (done.code, reply["exit_code"]) == (2, 2)
    assert len(reply["problems"]) == 2
    assert "nothing was run" in done.err, "a person still reads the problems on standard error"


def test_strict_says_that_it_stopped(spoiled: Path, tmp_path: Path) -> None:
    (spoiled / "fcs" / "S01_D1_T.fcs").write_bytes(b"no flow data" * 40)
    done = run_study(spoiled, tmp_path / "out", "--strict", "--json")
    reply = answer(done.out, "stopped")
    assert (done.code, reply["exit_code"]) == (1, 1)
    assert "--strict" in reply["message"]


def test_the_demo_prints_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SUBJECTS", 1)
    monkeypatch.setattr(demo, "EVENTS", (12_000, 15_000))
    done = tregate("demo", tmp_path / "demo", "--workers", "1", "--json")
    reply = answer(done.out, "run")
    assert (reply["exit_code"], reply["out"]) == (done.code, str(tmp_path / "demo" / "tables"))
    assert reply["tubes"]["gated"] == reply["tubes"]["listed"] - reply["tubes"]["failed"] > 0
