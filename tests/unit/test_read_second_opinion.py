"""The second opinion on files made by hand: agreement, difference, failure, and refusals."""

from pathlib import Path

import numpy as np
import pytest
from fcs_bytes import Fcs, chained, three_bytes, words

from tregate.gating.read.cross_check import cross_check_file

VALUES = np.random.default_rng(2).integers(0, 1000, (30, 3))


def opinions(tmp_path: Path, built: bytes, data_set: int | None = None) -> dict[str, tuple[str, str]]:
    path = tmp_path / "tube.fcs"
    path.write_bytes(built)
    return {o.reader.partition(" ")[0]: (o.verdict, o.message) for o in cross_check_file(path, data_set)}


@pytest.mark.parametrize(
    ("dtype", "datatype", "byteord"),
    [
        ("<f4", "F", "1,2,3,4"),
        (">f4", "F", "4,3,2,1"),
        (">f8", "D", "4,3,2,1"),
        (">u2", "I", "2,1"),
        (">u4", "I", "4,3,2,1"),
    ],
)
def test_all_agree(tmp_path: Path, dtype: str, datatype: str, byteord: str) -> None:
    """fcsparser fails on big-endian data under NumPy 2 unless it is repaired."""
    fcs = Fcs(words(VALUES, dtype), 30, [int(dtype[2]) * 8] * 3, [1024] * 3, datatype, byteord)
    found = opinions(tmp_path, fcs.build())
    assert found["FlowIO"] == found["fcsparser"] == ("agrees", "all 90 stored values are the same")


def test_a_reader_that_fails_is_reported(tmp_path: Path) -> None:
    found = opinions(tmp_path, Fcs(three_bytes(VALUES, True), 30, [24] * 3, [1024] * 3, byteord="4,3,2,1").build())
    assert found["FlowIO"][0] == "fails"


def test_a_reader_that_differs_is_reported_where(tmp_path: Path) -> None:
    """HEADER and TEXT both fit and differ by one event: FlowIO refuses, fcsparser takes TEXT or HEADER."""
    plain = Fcs(words(VALUES, "<u2"), 30, [10] * 3, [1024] * 3)
    found = opinions(tmp_path, plain.build())
    assert {verdict for verdict, _ in found.values()} <= {"differs", "fails"}
    assert "differs" in {verdict for verdict, _ in found.values()}
    reported = next(message for verdict, message in found.values() if verdict == "differs")
    assert "tregate has" in reported


def test_values_where_tregate_refuses_are_a_difference(tmp_path: Path) -> None:
    values = VALUES.astype("f4")
    values[3, 1] = np.nan
    found = opinions(tmp_path, Fcs(words(values, "<f4"), 30, [32] * 3, [1024] * 3, "F").build())
    assert found["FlowIO"] == ("differs", "reads 30 events where tregate rejects the file")


def test_refusing_together_is_agreement(tmp_path: Path) -> None:
    for built in (b"", b"no cytometer wrote this", Fcs(bytes(90), 30, [8] * 3, [256] * 3).build()[:-5]):
        assert {verdict for verdict, _ in opinions(tmp_path, built).values()} == {"agrees"}


def test_the_data_set_that_is_meant(tmp_path: Path) -> None:
    sets = [Fcs(words(VALUES + n, "<f4"), 30, [32] * 3, [2048] * 3, "F", version="FCS3.0") for n in range(2)]
    for number in (None, 1, 2):
        found = opinions(tmp_path, chained(*sets), number)
        assert found["FlowIO"] == ("agrees", "all 90 stored values are the same")
