"""DATA that was altered on its way is refused, however plausible its values look."""

from pathlib import Path

import numpy as np
import pytest
from fcs_bytes import Fcs, mixed, words

from tregate.gating.errors import DamagedError, MalformedError
from tregate.gating.read.survey import read

RANDOM = np.random.default_rng(5)


def resaved(data: bytes, length: int) -> bytes:
    """What an editor makes of bytes: every one over 7F becomes EF BF BD; cut to the length the file states."""
    return data.decode("utf-8", errors="replace").encode("utf-8")[:length]


@pytest.mark.parametrize(("events", "parameters"), [(3, 9), (5000, 4), (200_000, 6)])
@pytest.mark.parametrize(("dtype", "datatype"), [("<f4", "F"), (">f4", "F"), ("<u4", "I"), (">u2", "I")])
def test_resaved_as_text(tmp_path: Path, dtype: str, datatype: str, events: int, parameters: int) -> None:
    data = words(RANDOM.integers(0, 60_000, (events, parameters)), dtype)
    bits = int(dtype[2]) * 8
    byteord = "1,2,3,4" if dtype[0] == "<" else "4,3,2,1"
    damaged = resaved(data, len(data))
    fcs = Fcs(damaged, events, [bits] * parameters, [65536] * parameters, datatype, byteord)
    path = tmp_path / "tube.fcs"
    path.write_bytes(fcs.build())
    with pytest.raises(DamagedError, match="saved again as UTF-8 text"):
        read(path)


@pytest.mark.parametrize("triples", [1, 2, 9])
def test_a_few_triples_are_chance(tmp_path: Path, triples: int) -> None:
    """Two in a small file, or fewer than one per 1,000 bytes of a large one."""
    size = 12 if triples <= 2 else 20_000
    data = bytearray(words(np.arange(size, dtype="u4").reshape(-1, 2), "<u4"))
    for i in range(triples):
        data[i * 16 : i * 16 + 3] = b"\xef\xbf\xbd"
    path = tmp_path / "tube.fcs"
    path.write_bytes(Fcs(bytes(data), size // 2, [32, 32], [2**32] * 2).build())
    assert read(path).n_events == size // 2


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("event", "parameter"), [(0, 0), (39_999, 6), (32_768, 3)])
@pytest.mark.parametrize(("dtype", "datatype"), [("<f4", "F"), (">f4", "F"), ("<f8", "D"), (">f8", "D")])
@pytest.mark.parametrize("pad", [0, 1])
def test_values_that_are_no_numbers(
    tmp_path: Path, dtype: str, datatype: str, event: int, parameter: int, wrong: float, pad: int
) -> None:
    """Whatever the byte order, and whether DATA begins at an even byte or not."""
    values = RANDOM.normal(0, 3e38, (40_000, 7)).clip(-3.4e38, 3.4e38)
    values[event, parameter] = wrong
    byteord = "1,2,3,4" if dtype[0] == "<" else "4,3,2,1"
    bits = int(dtype[2]) * 8
    fcs = Fcs(words(values, dtype), 40_000, [bits] * 7, [1024] * 7, datatype, byteord, text_tail=b" " * pad)
    path = tmp_path / "tube.fcs"
    path.write_bytes(fcs.build())
    with pytest.raises(DamagedError) as caught:
        read(path)
    assert f"'D{parameter + 1}' of event {event + 1}" in str(caught.value)
    offset = fcs.data_begin + (event * 7 + parameter) * bits // 8
    assert f"byte {offset}" in str(caught.value)


def test_the_largest_numbers_are_finite(tmp_path: Path) -> None:
    values = np.full((1000, 3), np.finfo("f4").max)
    path = tmp_path / "tube.fcs"
    path.write_bytes(Fcs(words(values, "<f4"), 1000, [32] * 3, [1024] * 3, "F").build())
    assert read(path).n_events == 1000


def test_not_finite_beside_integers(tmp_path: Path) -> None:
    values = np.array([[1.0, 2], [np.nan, 3]])
    fcs = Fcs(mixed(values, ["<f4", "<u4"]), 2, [32, 32], [1024] * 2, "F", keywords={"$P2DATATYPE": "I"})
    path = tmp_path / "tube.fcs"
    path.write_bytes(fcs.build())
    with pytest.raises(DamagedError, match="'D1' of event 2"):
        read(path)


@pytest.mark.parametrize("events", [3_000, 100_000])
@pytest.mark.parametrize(("dtype", "bits", "top"), [("<u4", 32, 2**18), (">u2", 16, 1024), ("<f4", 32, 2**18)])
@pytest.mark.parametrize("how", ["text mode", "UTF-8 text"])
def test_bytes_put_in_by_a_transfer(tmp_path: Path, how: str, dtype: str, bits: int, top: int, events: int) -> None:
    """All offsets still fit, and integers would be plausible nonsense."""
    data = words(RANDOM.integers(0, top, (events, 4)), dtype)
    byteord = "1,2,3,4" if dtype[0] == "<" else "4,3,2,1"
    datatype = "F" if "f" in dtype else "I"
    built = Fcs(data, events, [bits] * 4, [top] * 4, datatype, byteord, delimiter="|").build()
    path = tmp_path / "tube.fcs"
    path.write_bytes(built)
    assert read(path).n_events == events
    sent = built.replace(b"\n", b"\r\n") if how == "text mode" else built.decode("latin-1").encode("utf-8")
    path.write_bytes(sent)
    with pytest.raises(DamagedError, match=how):
        read(path)


def test_a_value_that_looks_like_a_line_end_is_no_damage(tmp_path: Path) -> None:
    data = words(np.full((3_000, 3), 0x0A0D), "<u2")
    path = tmp_path / "tube.fcs"
    path.write_bytes(Fcs(data, 3_000, [16] * 3, [65536] * 3, tail=b"00000000").build())
    assert read(path).n_events == 3_000


@pytest.mark.parametrize(("stored", "byteord"), [("<u4", "1,2,3,4"), ("<f4", "4,3,2,1"), ("<f8", "4,3,2,1")])
def test_floats_that_are_none(tmp_path: Path, stored: str, byteord: str) -> None:
    """Integers called floats, and whole numbers in the other byte order: finite, and far below any signal."""
    data = words(RANDOM.integers(0, 60_000, (2_000, 3)), stored)
    bits, datatype = (64, "D") if stored == "<f8" else (32, "F")
    path = tmp_path / "tube.fcs"
    path.write_bytes(Fcs(data, 2_000, [bits] * 3, [2**18] * 3, datatype, byteord).build())
    with pytest.raises(MalformedError, match=r"\$DATATYPE or \$BYTEORD is wrong"):
        read(path)


def test_one_channel_of_rubbish_leaves_the_others(tmp_path: Path) -> None:
    values = RANDOM.normal(500, 100, (2_000, 3))
    values[:, 1] = 1e-42
    path = tmp_path / "tube.fcs"
    path.write_bytes(Fcs(words(values, "<f4"), 2_000, [32] * 3, [2**18] * 3, "F").build())
    assert read(path).n_events == 2_000
