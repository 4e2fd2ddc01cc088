"""How values lie in DATA: every width, order and mixture that instruments write, or that must be refused."""

from pathlib import Path

import numpy as np
import pytest
from fcs_bytes import Fcs, lsb_first, mixed, three_bytes, words

from tregate.gating.errors import MalformedError, ReadError, UnsupportedError
from tregate.gating.events import Sample
from tregate.gating.read.matrix import matrix
from tregate.gating.read.survey import read

RANDOM = np.random.default_rng(7)


def load(tmp_path: Path, fcs: Fcs, data_set: int | None = None) -> Sample:
    path = tmp_path / "tube.fcs"
    path.write_bytes(fcs.build())
    return read(path, data_set)


def stored(sample: Sample) -> np.ndarray:
    columns = [sample.stored.column(i, 0, sample.n_events) for i in range(len(sample.parameters))]
    return np.stack([column.astype(np.float64) for column in columns], axis=1)


def integers(bits: int, events: int = 37, parameters: int = 3) -> np.ndarray:
    return RANDOM.integers(0, 2**bits, (events, parameters), dtype=np.uint64)


def names(sample: Sample) -> list[str]:
    return [repair.name for repair in sample.data_set.repairs]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_whole_words(tmp_path: Path, bits: int, order: str) -> None:
    top = min(bits, 40)
    values = integers(top)
    byteord = "1,2,3,4" if order == "<" else "4,3,2,1"
    fcs = Fcs(words(values, f"{order}u{bits // 8}"), 37, [bits] * 3, [2**top] * 3, byteord=byteord)
    sample = load(tmp_path, fcs)
    assert np.array_equal(stored(sample), values)
    assert np.array_equal(matrix(sample), values)
    assert names(sample) == []


@pytest.mark.parametrize("byteord", ["1,2", "2,1", "1,2,3,4", "4,3,2,1"])
def test_byte_order_stands_for_every_width(tmp_path: Path, byteord: str) -> None:
    values = integers(24)
    big = byteord[0] != "1"
    fcs = Fcs(three_bytes(values, big), 37, [24] * 3, [2**24] * 3, byteord=byteord)
    sample = load(tmp_path, fcs)
    assert np.array_equal(stored(sample), values)
    assert names(sample) == []


def test_swapped_words(tmp_path: Path) -> None:
    values = np.array([[0x01020304, 5]], dtype=np.uint64)
    data = bytes([0x02, 0x01, 0x04, 0x03]) + bytes([0, 0, 5, 0])
    sample = load(tmp_path, Fcs(data, 1, [32, 32], [2**32] * 2, byteord="3,4,1,2"))
    assert np.array_equal(stored(sample), values[:, :])


@pytest.mark.parametrize("byteord", ["1,2,3,4", "4,3,2,1"])
@pytest.mark.parametrize("bits", [9, 10, 12, 13, 20, 31])
def test_packed_bits(tmp_path: Path, bits: int, byteord: str) -> None:
    values = integers(bits)
    fcs = Fcs(lsb_first(values, [bits] * 3), 37, [bits] * 3, [2**bits] * 3, byteord=byteord)
    sample = load(tmp_path, fcs)
    assert np.array_equal(stored(sample), values)
    assert np.array_equal(matrix(sample), values)
    assert names(sample) == ["bit-packed"]


def test_packed_bits_of_several_widths_in_any_stretch(tmp_path: Path) -> None:
    bits = [9, 10, 12, 8]
    values = np.stack([RANDOM.integers(0, 2**width, 2000, dtype=np.uint64) for width in bits], axis=1)
    sample = load(tmp_path, Fcs(lsb_first(values, bits), 2000, bits, [2**b for b in bits]))
    for start, stop in ((0, 2000), (1, 2), (999, 1500), (1999, 2000), (5, 5)):
        for i in range(4):
            assert np.array_equal(sample.stored.column(i, start, stop), values[start:stop, i])


@pytest.mark.parametrize("width", [57, 58, 61, 63])
def test_packed_bits_wider_than_one_word_shifted(tmp_path: Path, width: int) -> None:
    values = np.stack([integers(width, 50, 1)[:, 0], integers(5, 50, 1)[:, 0]], axis=1)
    sample = load(tmp_path, Fcs(lsb_first(values, [width, 5]), 50, [width, 5], [2**width, 32]))
    assert np.array_equal(sample.stored.column(0, 0, 50), values[:, 0])
    assert np.array_equal(sample.stored.column(1, 0, 50), values[:, 1])


@pytest.mark.parametrize(("bits", "word"), [(9, 2), (10, 2), (12, 2), (14, 2), (20, 4), (31, 4)])
@pytest.mark.parametrize("order", ["<", ">"])
def test_padded_words(tmp_path: Path, bits: int, word: int, order: str) -> None:
    values = integers(bits)
    byteord = "1,2,3,4" if order == "<" else "4,3,2,1"
    fcs = Fcs(words(values, f"{order}u{word}"), 37, [bits] * 3, [2**bits] * 3, byteord=byteord)
    sample = load(tmp_path, fcs)
    assert np.array_equal(stored(sample), values)
    assert names(sample) == ["value-width"]


def test_padding_with_flags_above_the_range(tmp_path: Path) -> None:
    """FC500: `$PnB` 10 in 16-bit words, of which the high bits say something else."""
    values = np.array([[411, 273], [1023, 0]], dtype=np.uint64)
    fcs = Fcs(words(values | 0xFC00, "<u2"), 2, [10, 10], [1024, 1024], byteord="1,2")
    sample = load(tmp_path, fcs)
    assert np.array_equal(stored(sample), values)


def test_what_cannot_be_reported_apart_is_refused(tmp_path: Path) -> None:
    """One value of 10 bits needs two bytes, packed or not."""
    with pytest.raises(MalformedError, match="does not show how values are stored"):
        load(tmp_path, Fcs(b"\x01\x02", 1, [10], [1024]))


def test_widths_mixed_in_one_event(tmp_path: Path) -> None:
    values = np.stack([integers(8)[:, 0], integers(16)[:, 0], integers(31)[:, 0]], axis=1)
    sample = load(tmp_path, Fcs(mixed(values, ["<u1", "<u2", "<u4"]), 37, [8, 16, 32], [2**8, 2**16, 2**31]))
    assert np.array_equal(stored(sample), values)
    assert np.array_equal(matrix(sample, [2, 0]), values[:, [2, 0]])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("datatype", "bits"), [("F", 32), ("D", 64)])
def test_floating_point(tmp_path: Path, datatype: str, bits: int, order: str) -> None:
    values = RANDOM.normal(0, 1e4, (53, 4)).astype("f4").astype("f8")
    byteord = "1,2,3,4" if order == "<" else "4,3,2,1"
    fcs = Fcs(words(values, f"{order}f{bits // 8}"), 53, [bits] * 4, [262144] * 4, datatype, byteord)
    sample = load(tmp_path, fcs)
    assert np.array_equal(stored(sample), values)
    assert np.array_equal(matrix(sample), values)


def test_datatype_of_each_parameter(tmp_path: Path) -> None:
    """`$PnDATATYPE` of FCS3.2: integer Time beside float and double."""
    values = np.stack([RANDOM.normal(size=9).astype("f4"), RANDOM.normal(size=9), np.arange(9.0)], axis=1)
    fcs = Fcs(
        mixed(values, [">f4", ">f8", ">u4"]),
        9,
        [32, 64, 32],
        [262144, 262144, 1024],
        "F",
        "4,3,2,1",
        version="FCS3.2",
        keywords={"$P2DATATYPE": "D", "$P3DATATYPE": "I"},
    )
    sample = load(tmp_path, fcs)
    assert np.array_equal(stored(sample), values)
    assert sample.parameters[2].bits == 32


@pytest.mark.parametrize(
    ("datatype", "bits", "dtype"), [("F", 64, "<f4"), ("F", 64, "<f8"), ("D", 32, "<f8"), ("D", 32, "<f4")]
)
def test_float_widths_that_contradict(tmp_path: Path, datatype: str, bits: int, dtype: str) -> None:
    values = RANDOM.normal(size=(11, 3)).astype("f4").astype("f8")
    sample = load(tmp_path, Fcs(words(values, dtype), 11, [bits] * 3, [1024] * 3, datatype))
    assert np.array_equal(stored(sample), values)
    assert names(sample) == ["value-width"]


@pytest.mark.parametrize(
    ("top", "mask"), [(1024, 1023), (1000, 1023), (1025, 2047), (2**32, 2**32 - 1), (2**64, 2**32 - 1), (0, 2**32 - 1)]
)
def test_mask_is_the_next_power_of_two(tmp_path: Path, top: int, mask: int) -> None:
    values = RANDOM.integers(0, 2**32, (29, 2), dtype=np.uint64)
    sample = load(tmp_path, Fcs(words(values, "<u4"), 29, [32, 32], [top, top]))
    assert np.array_equal(stored(sample), values & mask)


@pytest.mark.parametrize("dtype", ["<u4", ">u4"])
def test_few_values_above_the_range_are_reported(tmp_path: Path, dtype: str) -> None:
    values = RANDOM.integers(0, 2**20, (70_001, 3), dtype=np.uint64)
    values[69_999, 1] = 2**20 + 5
    byteord = "1,2,3,4" if dtype[0] == "<" else "4,3,2,1"
    sample = load(tmp_path, Fcs(words(values, dtype), 70_001, [32] * 3, [2**20] * 3, byteord=byteord))
    assert sample.stored.column(1, 69_999, 70_000)[0] == 5
    (finding,) = [f for f in sample.data_set.findings if f.check == "over_range"]
    assert finding.value == 1
    assert "D2" in finding.message
    assert "D1" not in finding.message


def test_flag_bits_are_reported_and_are_no_repair(tmp_path: Path) -> None:
    values = RANDOM.integers(0, 2**20, (500, 2), dtype=np.uint64)
    sample = load(tmp_path, Fcs(words(values | (3 << 24), "<u4"), 500, [32] * 2, [2**20] * 2))
    assert np.array_equal(stored(sample), values)
    assert np.array_equal(matrix(sample), values)
    (finding,) = sample.data_set.findings
    assert (finding.check, finding.value) == ("flag_bits_masked", 1000)
    assert names(sample) == []


@pytest.mark.parametrize(
    ("change", "error", "words_of_message"),
    [
        ({"keywords": {"$MODE": "C"}}, UnsupportedError, "correlated histograms"),
        ({"keywords": {"$MODE": "U"}}, UnsupportedError, "uncorrelated histograms"),
        ({"datatype": "A"}, UnsupportedError, "numbers written as text"),
        ({"datatype": "Q"}, MalformedError, "I, F or D is required"),
        ({"byteord": "1,3,2,4"}, UnsupportedError, "least significant byte first"),
        ({"keywords": {"$BYTEORD": None}}, MalformedError, "BYTEORD is absent"),
        ({"bits": [0, 32]}, MalformedError, "P1B"),
        ({"bits": [128, 32]}, MalformedError, "P1B"),
        ({"keywords": {"$P2B": None}}, MalformedError, "P2B"),
    ],
)
def test_what_is_refused_by_name(
    tmp_path: Path, change: dict[str, object], error: type[ReadError], words_of_message: str
) -> None:
    parts: dict[str, object] = {"data": bytes(16), "n_events": 2, "bits": [32, 32], "ranges": [1024, 1024]}
    with pytest.raises(error, match=words_of_message):
        load(tmp_path, Fcs(**(parts | change)))  # type: ignore[arg-type]


def test_columns_are_read_only(tmp_path: Path) -> None:
    for dtype, datatype, byteord in (("<f4", "F", "1,2,3,4"), (">f4", "F", "4,3,2,1"), ("<u4", "I", "1,2,3,4")):
        sample = load(tmp_path, Fcs(words(np.ones((3, 2)), dtype), 3, [32, 32], [1024, 1024], datatype, byteord))
        for column in (sample.stored.column(0, 0, 3), sample.linear(0)):
            with pytest.raises(ValueError, match="read-only"):
                column[0] = 2
