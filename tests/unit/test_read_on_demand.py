"""A file of which little is needed, read on demand, against the same file read whole."""

import os
from pathlib import Path

import pytest

from tregate.fixtures.tube import make_tube
from tregate.gating.errors import ReadError
from tregate.gating.read.file_bytes import read_bytes
from tregate.gating.read.file_on_demand import FIRST, on_demand
from tregate.gating.read.survey import labels_of


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tube") / "t.fcs"
    make_tube("tetrachrome_t", seed=3, events=3_000).write(path, keywords={"$FIL": "S01_D8.fcs", "TUBE NAME": "T"})
    return path


def test_every_piece_is_that_of_the_file(path: Path) -> None:
    data = path.read_bytes()
    assert len(data) > 2 * FIRST
    with on_demand(path) as file:
        assert len(file) == len(data)
        for begin, end in ((0, 6), (FIRST - 3, FIRST), (FIRST - 3, FIRST + 3), (len(data) - 5, len(data) + 5), (9, 4)):
            assert file[begin:end] == data[begin:end]
        assert file[FIRST + 1] == data[FIRST + 1]
        assert file[:] == data


def test_a_file_that_was_cut_meanwhile_is_reported_and_ends_no_process(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "t.fcs"
    copy.write_bytes(path.read_bytes())
    with on_demand(copy) as file:
        os.truncate(copy, FIRST)
        with pytest.raises(ReadError, match="changed while it was read"):
            file[FIRST : FIRST + 10]


def test_labels_are_those_of_the_whole_file(path: Path) -> None:
    whole = labels_of(read_bytes(path), 1)
    assert whole == ("S01_D8.fcs", "T")
    with on_demand(path) as file:
        assert labels_of(file, 1) == whole


def test_labels_of_a_later_data_set(path: Path, tmp_path: Path) -> None:
    """Two data sets one after the other, where the first says that there is no other."""
    one = path.read_bytes()
    other = one.replace(b"$FIL", b"$FIX")
    both = tmp_path / "both.fcs"
    both.write_bytes(one + other)
    with on_demand(both) as file:
        assert labels_of(file, 1) == ("S01_D8.fcs", "T")
        assert labels_of(file, 2) == labels_of(read_bytes(both), 2) == ("T",)
