"""run.json read without its inputs, whoever wrote it, and written from an iterator."""

import json
from pathlib import Path

import pytest

from tregate.pipelines.files.atomic import write_json
from tregate.pipelines.files.json_without import json_without

RECORD = {
    "start": "10:00",
    "study": {"inputs": ["of another key"], "name": "a\n ]\nb"},
    "inputs": [{"file": "a.fcs", "told": {"x": [1, 2]}}, {"file": ' "inputs": ['}],
    "files": {"counts.csv": "ab"},
}


@pytest.fixture(params=["write_json", "indented", "one line", "last key"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "run.json"
    if request.param == "write_json":
        write_json(path, RECORD)
    elif request.param == "last key":
        write_json(path, {**{key: RECORD[key] for key in ("start", "study", "files")}, "inputs": RECORD["inputs"]})
    else:
        path.write_text(json.dumps(RECORD, indent=1 if request.param == "indented" else None), encoding="utf-8")
    return path


def test_all_but_the_inputs_is_the_same(path: Path) -> None:
    found = json_without(path, "inputs")
    assert found.pop("inputs") in ([], RECORD["inputs"])
    assert found == {key: value for key, value in RECORD.items() if key != "inputs"}


def test_the_inputs_are_not_parsed(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_json(path, RECORD)
    assert json_without(path, "inputs")["inputs"] == []


@pytest.mark.parametrize("cut", [3, 60, 150, 200])
def test_a_torn_record_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "run.json"
    write_json(path, RECORD)
    data = path.read_bytes()
    assert cut < len(data) - 3
    path.write_bytes(data[:cut])
    with pytest.raises(ValueError, match=r"line \d+ column"):
        json_without(path, "inputs")


@pytest.mark.parametrize("members", [[], [1], [{"a": [1]}, {}, "x"]])
def test_an_iterator_is_written_as_a_list(tmp_path: Path, members: list[object]) -> None:
    write_json(tmp_path / "list.json", {"inputs": members, "end": 1})
    write_json(tmp_path / "made.json", {"inputs": iter(members), "end": 1})
    assert (tmp_path / "made.json").read_bytes() == (tmp_path / "list.json").read_bytes()
