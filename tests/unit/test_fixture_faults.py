"""Each fault adds its own tube, does what it says to it, and touches nothing else."""

import shutil
from pathlib import Path

import flowio
import numpy as np
import pytest

from tregate.fixtures.faults import FAULTS
from tregate.fixtures.trial import Trial, make_trial


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return make_trial(tmp_path_factory.mktemp("sound"), subjects=1, visits=("D1", "D8"), events=(300, 400), withdrawn=0)


@pytest.fixture
def folder(sound: Trial, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound.folder, tmp_path / "trial"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_faults_that_must_be_reported_are_here() -> None:
    assert {
        "truncated",
        "zero_bytes",
        "not_fcs",
        "stain_missing",
        "lot_unlisted",
        "no_beads",
        "washed_tube_asked_for_beads",
    } <= set(FAULTS)
    assert len({fault.subject for fault in FAULTS.values()}) == len(FAULTS)
    assert {f.expect.name for f in FAULTS.values() if f.expect.kind == "failure"} == {
        "read",
        "panel",
        "compensate",
        "count",
    }


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_only_adds(name: str, folder: Path) -> None:
    before = contents(folder)
    fault = FAULTS[name]
    tube = fault.apply(folder)
    after = contents(folder)
    changed = {file for file, data in before.items() if after[file] != data}
    assert changed <= {"samples.csv", "bead_lots.csv"}
    for file in changed:
        assert after[file].startswith(before[file])
    assert tube.subject == fault.subject
    assert tube.tube == fault.tube
    assert f"\n{tube.file},{tube.subject},D1,{tube.tube},".encode() in after["samples.csv"]
    added = {file for file in after if file not in before}
    assert all(Path(file).name.startswith(fault.subject) for file in added)
    assert (tube.file in added) == (name != "file_missing")


def test_all_faults_go_into_one_trial(folder: Path) -> None:
    for fault in FAULTS.values():
        fault.apply(folder)
    rows = (folder / "samples.csv").read_text().splitlines()
    assert len(rows) == len(set(rows)) == 1 + 6 + len(FAULTS) + 1


def test_bytes_are_damaged_as_described(folder: Path) -> None:
    files = {name: folder / FAULTS[name].apply(folder).file for name in ("truncated", "zero_bytes", "resaved_as_text")}
    assert files["zero_bytes"].stat().st_size == 0
    data = files["truncated"].read_bytes()
    assert int(data[34:42]) > len(data)
    assert files["resaved_as_text"].read_bytes().count(b"\xef\xbf\xbd") > 1000


def test_matrices_are_as_described(folder: Path) -> None:
    text = {
        name: flowio.FlowData(str(folder / FAULTS[name].apply(folder).file)).text
        for name in ("no_spillover", "singular_spillover", "identity_spillover", "unknown_spillover_channels")
    }
    assert "spillover" not in text["no_spillover"]
    n, *rest = text["singular_spillover"]["spillover"].split(",")
    matrix = np.array(rest[int(n) :], float).reshape(int(n), -1)
    assert np.linalg.matrix_rank(matrix) == int(n) - 1
    n, *rest = text["identity_spillover"]["spillover"].split(",")
    assert np.array_equal(np.array(rest[int(n) :], float).reshape(int(n), -1), np.eye(int(n)))
    unknown = text["unknown_spillover_channels"]
    n, *rest = unknown["spillover"].split(",")
    assert not set(rest[: int(n)]) & {value for key, value in unknown.items() if key.endswith("n")}


def test_stain_is_gone_but_its_detector_is_not(folder: Path) -> None:
    data = flowio.FlowData(str(folder / FAULTS["stain_missing"].apply(folder).file))
    assert not any("CD3-" in stain for stain in data.pns_labels)
    assert "FL4-A" in data.pnn_labels


def test_gain_jumps_in_the_middle(folder: Path) -> None:
    data = flowio.FlowData(str(folder / FAULTS["gain_jump"].apply(folder).file))
    values = np.asarray(data.as_array(preprocess=False))
    cd45 = values[:, data.pns_labels.index("CD45-FITC")]
    early, late = np.split(cd45[: len(cd45) // 2 * 2], 2)
    assert np.median(late[late > 5000]) / np.median(early[early > 5000]) == pytest.approx(1.3, rel=0.05)
