"""`tregate inspect`: what is in a file, for a person and for a script."""

import json
from pathlib import Path

from cli_running import process, tregate

from tregate.fixtures.tube import make_tube


def test_inspect_tells_a_script_what_was_made(tmp_path: Path) -> None:
    tube = make_tube("treg", seed=3, events=2_000)
    tube.write(tmp_path / "a.fcs")
    done = tregate("inspect", tmp_path / "a.fcs", "--json")
    assert done.code == 0
    (answer,) = json.loads(done.out)
    (data_set,) = answer["data_sets"]
    assert answer["default_data_set"] == data_set["number"] == 1
    assert data_set["version"] == "FCS3.1"
    assert data_set["events"] == tube.labels.size
    assert [channel["channel"] for channel in data_set["channels"]] == [channel.name for channel in tube.channels]
    markers = {channel["marker"] for channel in data_set["channels"]}
    assert {"CD4", "CD25", "CD127", "Foxp3", "Time", "FSC-A"} <= markers
    assert [one["source"] for one in data_set["compensation"]] == ["$SPILLOVER"]


def test_inspect_tells_a_person(trial: Path) -> None:
    done = tregate("inspect", trial / "fcs" / "S02_D1_NK.LMD")
    assert done.code == 0
    lines = done.out.splitlines()
    assert "    compensation: values are already compensated" in lines
    second = lines[lines.index("  data set 2 (used)") :]
    assert [line.split()[-1] for line in second if line.split()[0] == "FL2-A"] == ["CD56"]


def test_inspect_goes_on_after_a_file_that_is_none(trial: Path, tmp_path: Path) -> None:
    (tmp_path / "a.fcs").write_bytes(b"")
    done = tregate("inspect", tmp_path / "a.fcs", tmp_path / "none.fcs", trial / "fcs" / "S01_D1_T.fcs")
    assert done.code == 1
    assert done.out.count("cannot be read: ") == 2
    assert "datatype F, little-endian" in done.out


def test_inspect_tells_damage_of_the_events(trial: Path, tmp_path: Path) -> None:
    """The description of the file is whole; its events went through a text editor."""
    whole = (trial / "fcs" / "S01_D1_T.fcs").read_bytes()
    (tmp_path / "a.fcs").write_bytes(whole[:2000] + b"\xef\xbf\xbd" * ((len(whole) - 2000) // 3 + 1))
    done = tregate("inspect", tmp_path / "a.fcs")
    assert done.code == 1
    assert "its events cannot be read: The file: DATA is damaged" in done.out
    assert "CD4-RD1" in done.out


def test_inspect_asks_other_readers(trial: Path) -> None:
    done = process("inspect", "--cross-check", trial / "fcs" / "S01_D1_T.fcs")
    assert done.code == 0
    assert "FlowIO" in done.out
    assert "agrees" in done.out


# ---------------------------------------------------------------- check
