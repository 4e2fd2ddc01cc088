"""The FCS writer, read back by FlowIO, and its deliberate mistakes."""

from pathlib import Path

import flowio
import numpy as np
import numpy.typing as npt
import pytest

from tregate.fixtures.fcs import Encoding, Parameter, fcs_bytes, write_fcs
from tregate.fixtures.tube import make_tube

FLOATS = [
    Encoding(version=version, datatype=datatype, byteorder=order, delimiter=delimiter)  # type: ignore[arg-type]
    for version in ("FCS2.0", "FCS3.0", "FCS3.1")
    for datatype in ("F", "D")
    for order in ("little", "big")
    for delimiter in ("/", "|", "\x0c")
]
INTEGERS = [
    Encoding(datatype="I", bits=bits, byteorder=order)  # type: ignore[arg-type]
    for bits in (8, 16, 32)
    for order in ("little", "big")
]


def stored(path: Path, **how: bool) -> npt.NDArray[np.float64]:
    return np.asarray(flowio.FlowData(str(path), **how).as_array(preprocess=False))


@pytest.mark.parametrize("encoding", FLOATS, ids=lambda e: f"{e.version}-{e.datatype}-{e.byteorder}-{e.delimiter!r}")
def test_floats_come_back_exactly(tmp_path: Path, encoding: Encoding) -> None:
    tube = make_tube("tetrachrome_t", seed=1, events=500)
    path = tube.write(tmp_path / "tube.fcs", encoding)
    assert np.array_equal(stored(path), tube.events)


@pytest.mark.parametrize("encoding", INTEGERS, ids=lambda e: f"{e.bits}-{e.byteorder}")
def test_integers_come_back_exactly(tmp_path: Path, encoding: Encoding) -> None:
    assert isinstance(encoding.bits, int)
    top = 2 ** min(encoding.bits, 20)
    values = np.random.default_rng(3).integers(0, top, (400, 5))
    parameters = [Parameter(f"P{n}", range=top) for n in range(5)]
    write_fcs(tmp_path / "i.fcs", values, parameters, encoding)
    assert np.array_equal(stored(tmp_path / "i.fcs"), values)


@pytest.mark.parametrize("order", ["little", "big"])
def test_mixed_widths_with_24_bits_lie_where_they_should(order: str) -> None:
    bits = (8, 16, 24, 32)
    parameters = [Parameter(f"P{n}", range=2 ** min(b, 20)) for n, b in enumerate(bits)]
    values = np.array([[0x12, 0x1234, 0x45678, 0x54321], [1, 2, 3, 4]])
    data = fcs_bytes(values, parameters, Encoding(datatype="I", bits=bits, byteorder=order))[-20:]  # type: ignore[arg-type]
    at = 0
    for row in values:
        for width, value in zip(bits, row, strict=True):
            assert int.from_bytes(data[at : at + width // 8], order) == value  # type: ignore[arg-type]
            at += width // 8


def test_a_log_tube_is_decoded_to_its_own_events(tmp_path: Path) -> None:
    tube = make_tube("tetrachrome_nk", "integer_10bit_log", seed=2, events=800)
    data = flowio.FlowData(str(tube.write(tmp_path / "log.fcs")))
    assert data.text["p5e"] == "4,0"
    fluorescence = slice(4, 8) if "fsc-w" in str(data.text).lower() else slice(2, 6)
    assert np.allclose(data.as_array()[:, fluorescence], tube.events[:, fluorescence], rtol=1e-12)


def test_what_is_below_zero_becomes_zero_in_integers(tmp_path: Path) -> None:
    tube = make_tube("tetrachrome_t", seed=1, events=2_000)
    assert (tube.events < 0).any()
    values = stored(tube.write(tmp_path / "i.fcs", Encoding(datatype="I")))
    assert np.array_equal(values, np.floor(np.maximum(tube.events, 0)))


@pytest.mark.parametrize("keyword", ["$SPILLOVER", "SPILL", "SPILLOVER", "$SPILL"])
def test_the_matrix_is_written_in_full(tmp_path: Path, keyword: str) -> None:
    tube = make_tube("treg", seed=1, events=50)
    data = flowio.FlowData(str(tube.write(tmp_path / "t.fcs", Encoding(spill_keyword=keyword))))
    n, *rest = data.text[keyword.lower().lstrip("$")].split(",")
    assert int(n) == len(tube.spill_channels)
    assert rest[: int(n)] == list(tube.spill_channels)
    assert np.allclose(np.array(rest[int(n) :], float).reshape(10, 10), tube.spill)


def test_comp_spans_all_parameters(tmp_path: Path) -> None:
    tube = make_tube("tetrachrome_t", seed=1, events=50)
    data = flowio.FlowData(str(tube.write(tmp_path / "t.fcs", Encoding(spill_keyword="$COMP"))))
    n, *rest = data.text["comp"].split(",")
    matrix = np.array(rest, float).reshape(int(n), int(n))
    assert int(n) == len(tube.channels)
    assert np.allclose(matrix[4:8, 4:8], tube.spill)
    assert np.array_equal(matrix[:4, :4], np.eye(4))


def test_percent_keywords_and_numbers_for_names(tmp_path: Path) -> None:
    tube = make_tube("tetrachrome_t", seed=1, events=50)
    text = flowio.FlowData(str(tube.write(tmp_path / "d.fcs", Encoding(spill_keyword="$DFC")))).text
    assert float(text["dfc2to3"]) == pytest.approx(100 * tube.spill[1, 2])
    text = flowio.FlowData(str(tube.write(tmp_path / "n.fcs", Encoding(spill_by_number=True)))).text
    assert text["spillover"].split(",")[1:5] == ["5", "6", "7", "8"]


def test_stains_and_times_are_reported(tmp_path: Path) -> None:
    tube = make_tube("treg", seed=1, events=50)
    data = flowio.FlowData(str(tube.write(tmp_path / "t.fcs", keywords={"$DATE": "15-JAN-2024"})))
    assert data.pns_labels == [channel.stain for channel in tube.channels]
    assert data.pnn_labels == [channel.name for channel in tube.channels]
    assert data.text["date"] == "15-JAN-2024"
    assert float(data.text["timestep"]) == tube.timestep


class TestQuirks:
    def made(self, *quirks: str, **how: object) -> bytes:
        tube = make_tube("tetrachrome_t", seed=1, events=100)
        parameters = [Parameter(c.name, c.stain, c.range) for c in tube.channels]
        return fcs_bytes(tube.events, parameters, Encoding(quirks=frozenset(quirks), **how))  # type: ignore[arg-type]

    def header(self, data: bytes) -> list[str]:
        return [data[10 + 8 * n : 18 + 8 * n].decode().strip() for n in range(6)]

    def test_offsets_only_in_text(self) -> None:
        data = self.made("offsets_only_in_text")
        assert self.header(data)[2:4] == ["0", "0"]
        begin = int(data.split(b"$BEGINDATA/")[1].split(b"/")[0])
        sound = self.made()
        assert data[begin:] == sound[int(self.header(sound)[2]) :]

    def test_header_data_blank(self) -> None:
        assert self.header(self.made("header_data_blank"))[2:4] == ["", ""]

    def test_data_end_exclusive(self) -> None:
        begin, end = map(int, self.header(self.made("data_end_exclusive"))[2:4])
        assert end - begin == 4 * 9 * len(make_tube("tetrachrome_t", seed=1, events=100).labels)

    def test_wrong_offsets_in_text_right_in_header(self) -> None:
        data = self.made("wrong_begindata_in_text")
        text_begin, text_end, begin, _ = map(int, self.header(data)[:4])
        assert text_begin < int(data.split(b"$BEGINDATA/")[1].split(b"/")[0]) < text_end < begin

    def test_wrong_header_right_in_text(self) -> None:
        data = self.made("wrong_header")
        assert int(self.header(data)[3]) > len(data)
        assert int(data.split(b"$ENDDATA/")[1].split(b"/")[0]) == len(data) - 1

    def test_text_after_data(self) -> None:
        text_begin, text_end, begin, end = map(int, self.header(self.made("text_after_data"))[:4])
        assert begin < end < text_begin < text_end

    def test_text_variants(self) -> None:
        assert b"/$COM//" in self.made("empty_values")
        assert b"/" + b" " * 100 + b"$DATATYPE/F" in self.made("padded_keys")
        assert b"/$par/9/" in self.made("lower_case_keys")
        assert b"$P5S" not in self.made("no_names")
        assert b"$BEGINDATA" not in self.made("no_data_offsets_in_text")
        end = int(self.header(data := self.made("no_final_delimiter"))[1])
        assert data[end : end + 1] != b"/"
        end = int(self.header(data := self.made("spaces_after_text"))[1])
        assert data[end - 12 : end + 1] == b"/" + b" " * 12
        assert self.made("garbage_supplemental").endswith(b"PK\x03\x04 no text here")

    def test_junk_above_range_disappears_under_the_mask(self) -> None:
        parameters = [Parameter(f"P{n}", range=1024) for n in range(4)]
        values = np.arange(400).reshape(100, 4)
        data = fcs_bytes(values, parameters, Encoding(datatype="I", bits=16, quirks=frozenset({"junk_above_range"})))
        words = np.frombuffer(data[-800:], "<u2").reshape(100, 4)
        assert words.max() > 1023
        assert np.array_equal(words & 1023, values)

    def test_a_delimiter_within_a_value_is_doubled(self) -> None:
        data = fcs_bytes(np.zeros((1, 1)), [Parameter("488/10")], Encoding())
        assert b"$P1N/488//10/" in data

    def test_unknown_quirk_and_wrong_shape_are_refused(self) -> None:
        with pytest.raises(ValueError, match="upside_down"):
            self.made("upside_down")
        with pytest.raises(ValueError, match="2 parameters"):
            fcs_bytes(np.zeros((3, 1)), [Parameter("A"), Parameter("B")], Encoding())
