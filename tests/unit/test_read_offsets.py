"""Where DATA is: HEADER against TEXT, judged by `$TOT` and the size of an event."""

from pathlib import Path

import numpy as np
import pytest
from fcs_bytes import Fcs, words

from tregate.gating.errors import MalformedError, ReadError, TruncatedError
from tregate.gating.events import DataSet
from tregate.gating.read.survey import read, survey

VALUES = np.random.default_rng(3).normal(500, 100, (40, 3)).astype("f4")
DATA = words(VALUES, "<f4")
PARTS = {"data": DATA, "n_events": 40, "bits": [32] * 3, "ranges": [1024] * 3, "datatype": "F"}


def load(tmp_path: Path, **change: object) -> DataSet:
    path = tmp_path / "tube.fcs"
    path.write_bytes(Fcs(**(PARTS | change)).build())  # type: ignore[arg-type]
    sample = read(path)
    for i in range(3):
        assert np.array_equal(sample.stored.column(i, 0, 40), VALUES[:, i])
    return sample.data_set


def begin(**change: object) -> int:
    return Fcs(**(PARTS | change)).data_begin  # type: ignore[arg-type]


def repaired(data_set: DataSet) -> list[str]:
    return [repair.name for repair in data_set.repairs]


def stated(first: int, last: int) -> dict[str, str]:
    return {"$BEGINDATA": f"{first:011d}", "$ENDDATA": f"{last:011d}"}


def test_both_right(tmp_path: Path) -> None:
    assert repaired(load(tmp_path)) == []


@pytest.mark.parametrize(
    ("change", "repairs"),
    [
        ({"keywords": stated(58, 600)}, ["offsets-from-header"]),
        ({"keywords": stated(100, 100 + len(DATA) - 1)}, ["offsets-from-header"]),
        ({"keywords": stated(58, 10_739_863)}, ["offsets-from-header"]),
        ({"keywords": {"$BEGINDATA": None, "$ENDDATA": None}}, ["offsets-from-header"]),
        ({"keywords": {"$BEGINDATA": "", "$ENDDATA": "x"}}, ["empty-values", "offsets-from-header"]),
        ({"keywords": {"$BEGINDATA": None, "$ENDDATA": None}, "version": "FCS2.0"}, []),
        ({"header_data": ("", "")}, ["offsets-from-text"]),
        ({"header_data": ("0", "0")}, ["offsets-from-text"]),
        ({"header_data": ("junk", "99")}, ["offsets-from-text"]),
        ({"header_data": ("100", "579")}, ["offsets-from-text"]),
        ({"header_data": ("58", "12345")}, ["offsets-from-text"]),
        ({"data_end_shift": 1}, ["data-end-off-by-one"]),
        ({"data_end_shift": 1, "header_data": ("", "")}, ["offsets-from-text", "data-end-off-by-one"]),
    ],
)
def test_which_offsets_are_used(tmp_path: Path, change: dict[str, object], repairs: list[str]) -> None:
    assert repaired(load(tmp_path, **change)) == repairs


@pytest.mark.parametrize("first_byte", [0x00, 0x20, 0x41, 0xFF])
@pytest.mark.parametrize("change", [{}, {"header_data": ("", "")}, {"data_end_shift": 1}])
def test_text_end_written_exclusive(tmp_path: Path, first_byte: int, change: dict[str, object]) -> None:
    """Whoever writes the end of DATA exclusive writes that of TEXT so, and it meets DATA's first byte."""
    data = bytes([first_byte]) + DATA[1:]
    built = Fcs(**(PARTS | change | {"data": data})).build()  # type: ignore[arg-type]
    first = built.index(data)
    path = tmp_path / "tube.fcs"
    path.write_bytes(built[:18] + b"%8d" % first + built[26:])
    sample = read(path)
    assert sample.stored.column(0, 0, 40).tobytes() == np.frombuffer(data, "<f4")[::3].tobytes()
    assert "text-end-off-by-one" in repaired(sample.data_set)


def test_data_begun_one_byte_early_is_no_text_end_written_exclusive(tmp_path: Path) -> None:
    first = begin()
    early = (str(first - 1), str(first + len(DATA) - 2))
    assert repaired(load(tmp_path, header_data=early)) == ["offsets-from-text"]


def test_both_fit_and_differ(tmp_path: Path) -> None:
    """CyAn: `$BEGINDATA` lies 46 bytes late, the lengths are equal; the channels would be shifted silently."""
    first = begin(tail=bytes(100))
    late = stated(first + 46, first + 46 + len(DATA) - 1)
    data_set = load(tmp_path, tail=bytes(100), keywords=late)
    assert repaired(data_set) == ["offsets-differ"]
    assert str(first + 46) in data_set.repairs[0].message


def test_beginning_in_one_and_end_in_the_other(tmp_path: Path) -> None:
    first = begin()
    data_set = load(tmp_path, header_data=(str(first), "999999"), keywords=stated(7, first + len(DATA) - 1))
    assert repaired(data_set) == ["offsets-joined"]


def test_header_wrapped_at_eight_digits(tmp_path: Path) -> None:
    """An offset above 99,999,999 cut to eight digits: HEADER does not fit, TEXT does."""
    assert repaired(load(tmp_path, header_data=("00000412", "00000413"))) == ["offsets-from-text"]


@pytest.mark.parametrize("cut", [1, 12, 200, len(DATA) - 1, len(DATA)])
def test_cut_short(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "tube.fcs"
    path.write_bytes(Fcs(**PARTS).build()[:-cut])  # type: ignore[arg-type]
    with pytest.raises(TruncatedError) as caught:
        read(path)
    message = str(caught.value)
    assert "40 events" in message
    assert f"{len(DATA) - cut} bytes (" in message
    assert ("only HEADER and TEXT" in message) == (cut == len(DATA))
    (data_set,) = survey(path).data_sets
    assert data_set.n_events == 40
    assert [p.name for p in data_set.parameters] == ["D1", "D2", "D3"]
    assert "data_unreadable" in [finding.check for finding in data_set.findings]


@pytest.mark.parametrize("cut", [1, 40, 300])
def test_cut_in_text(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "tube.fcs"
    path.write_bytes(Fcs(**PARTS).build()[: begin() - cut])  # type: ignore[arg-type]
    with pytest.raises(TruncatedError):
        read(path)


@pytest.mark.parametrize("total", [39, 41, 20, 1, 0, 10**15, 10**19])
def test_a_total_that_does_not_fit_is_refused(tmp_path: Path, total: int) -> None:
    path = tmp_path / "tube.fcs"
    path.write_bytes(Fcs(**(PARTS | {"n_events": total, "tail": bytes(50)})).build())  # type: ignore[arg-type]
    with pytest.raises((MalformedError, TruncatedError)) as caught:
        read(path)
    assert str(total) in str(caught.value)
    assert survey(path).data_sets[0].n_events == total


@pytest.mark.parametrize("total", ["", "many", "-5"])
def test_a_total_that_is_no_number_is_refused(tmp_path: Path, total: str) -> None:
    path = tmp_path / "tube.fcs"
    path.write_bytes(Fcs(**(PARTS | {"keywords": {"$TOT": total or "x"}})).build())  # type: ignore[arg-type]
    with pytest.raises(ReadError, match=r"\$TOT"):
        read(path)


def test_a_total_left_out_is_counted(tmp_path: Path) -> None:
    """FCS2.0 need not have it."""
    assert load(tmp_path, keywords={"$TOT": None}, version="FCS2.0").n_events == 40


def test_a_total_left_out_is_counted_though_the_end_is_exclusive(tmp_path: Path) -> None:
    data_set = load(tmp_path, keywords={"$TOT": None}, data_end_shift=1, tail=b"0")
    assert data_set.n_events == 40
    assert repaired(data_set) == ["events-counted", "data-end-off-by-one"]


def test_an_empty_tube_reads_as_no_events(tmp_path: Path) -> None:
    path = tmp_path / "tube.fcs"
    path.write_bytes(Fcs(**(PARTS | {"data": b"", "n_events": 0})).build())  # type: ignore[arg-type]
    sample = read(path)
    assert sample.n_events == 0
    assert sample.linear(1).shape == (0,)


def test_zero_padded_offsets(tmp_path: Path) -> None:
    first = begin()
    assert repaired(load(tmp_path, header_data=(f"{first:08d}", f"{first + len(DATA) - 1:08d}"))) == []


def test_text_after_data(tmp_path: Path) -> None:
    """LMD, Time-of-flight: TEXT need not come first."""
    built = Fcs(**PARTS).build()  # type: ignore[arg-type]
    first = begin()
    text = built[58:first]
    swapped = text.replace(b"%011d" % first, b"%011d" % 58).replace(
        b"%011d" % (first + len(DATA) - 1), b"%011d" % (58 + len(DATA) - 1)
    )
    offsets = (58 + len(DATA), 58 + len(DATA) + len(text) - 1, 58, 58 + len(DATA) - 1, 0, 0)
    path = tmp_path / "tube.fcs"
    path.write_bytes(b"FCS3.1    " + b"".join(b"%8d" % offset for offset in offsets) + DATA + swapped)
    sample = read(path)
    assert np.array_equal(sample.stored.column(2, 0, 40), VALUES[:, 2])
    assert repaired(sample.data_set) == []
