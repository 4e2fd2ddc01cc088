"""TEXT as instruments write it: two dialects, white space, encodings, keywords twice, supplements."""

from pathlib import Path

import numpy as np
import pytest
from fcs_bytes import Fcs, words

from tregate.gating.errors import MalformedError, NotFCSError, ReadError, TruncatedError, UnsupportedError
from tregate.gating.events import DataSet
from tregate.gating.read.survey import read, survey
from tregate.gating.read.text import EMPTY_VALUES, ESCAPE, parse_text

VALUES = np.arange(10.0).reshape(5, 2)
PLAIN = Fcs(words(VALUES, "<f4"), 5, [32, 32], [1024, 1024], "F")
REQUIRED = "$PAR|1|$TOT|2|$DATATYPE|F|$BYTEORD|1,2,3,4|$P1N|A|$P1B|32|$P1R|10|"


def load(tmp_path: Path, fcs: Fcs | bytes) -> DataSet:
    path = tmp_path / "tube.fcs"
    path.write_bytes(fcs if isinstance(fcs, bytes) else fcs.build())
    sample = read(path)
    assert np.array_equal(sample.stored.column(1, 0, 5), VALUES[:, 1])
    return sample.data_set


def repaired(data_set: DataSet) -> list[str]:
    return [repair.name for repair in data_set.repairs]


@pytest.mark.parametrize("delimiter", ["/", "|", "\\", "!", "\x0c", "\x1e", "\xfe"])
def test_any_delimiter(tmp_path: Path, delimiter: str) -> None:
    data_set = load(tmp_path, Fcs(**(vars(PLAIN) | {"delimiter": delimiter})))
    assert repaired(data_set) == []


def test_doubled_delimiter_is_a_literal_one() -> None:
    text = parse_text(f"|{REQUIRED}$P1S|a||b|$CYT|c||||d|".encode(), "TEXT")
    assert (text.dialect, text.values["$P1S"], text.values["$CYT"]) == (ESCAPE, "a|b", "c||d")


@pytest.mark.parametrize("empty", ["$COM||", "$COM||$SRC||$OP||", "$COM||   ", "$COM||\0\0"])
def test_doubled_delimiter_is_an_empty_value(empty: str) -> None:
    for raw in (f"|{REQUIRED}{empty}", f"|{empty.strip()}{REQUIRED}"):
        text = parse_text(raw.encode(), "TEXT")
        assert text.dialect == EMPTY_VALUES
        assert text.values["$COM"] == ""
        assert text.values["$P1N"] == "A"
        assert text.missing == ()


def test_empty_value_before_a_required_keyword_loses_it_in_the_standard_dialect() -> None:
    """0877408774.B08: the doubled delimiter swallows `$P6N`."""
    text = parse_text(b"|$P1S||$P1N|A|$PAR|1|$TOT|2|$DATATYPE|F|$BYTEORD|1,2|$P1B|32|$P1R|10|", "TEXT")
    assert (text.dialect, text.values["$P1N"], text.missing) == (EMPTY_VALUES, "A", ())


@pytest.mark.parametrize(("written", "value"), [("488||10", "488|10"), ("a||b||c", "a|b|c"), ("||a", "|a")])
@pytest.mark.parametrize("place", [0, 1])
def test_empty_values_beside_a_literal_delimiter(written: str, value: str, place: int) -> None:
    """Attune writes both; a stain such as CD3||FITC must not become CD3."""
    parts = ["$COM||$P1G|2|", f"$P1S|{written}|"]
    for raw in (f"|{parts[place]}{REQUIRED}{parts[1 - place]}", f"|{parts[place]}{parts[1 - place]}{REQUIRED}"):
        text = parse_text(raw.encode(), "TEXT")
        assert (text.dialect, text.missing) == (EMPTY_VALUES, ())
        assert (text.values["$COM"], text.values["$P1G"], text.values["$P1S"]) == ("", "2", value)


@pytest.mark.parametrize("tail", ["", "|", "|   ", "|\0\0", "|  \0 "])
def test_how_text_ends(tail: str) -> None:
    text = parse_text(f"|{REQUIRED}$CYT|X{tail}".encode(), "TEXT")
    assert (text.dialect, text.values["$CYT"]) == (ESCAPE, "X")


def test_keys_and_values_lose_their_padding(tmp_path: Path) -> None:
    keywords = {"$DATATYPE": None, "   $DATATYPE": " F ", "$P1B": "0032", "$P2B": " 32", "$PAR": None, "$par": "2"}
    data_set = load(tmp_path, Fcs(**(vars(PLAIN) | {"keywords": keywords})))
    assert repaired(data_set) == ["padded-keywords"]
    assert "$DATATYPE" in data_set.repairs[0].message


@pytest.mark.parametrize(
    ("raw", "value"),
    [("\xb5L".encode(), "µL"), (b"\xb5L", "µL"), (b"Fr\xe9d\xe9rique", "Frédérique"), (b"\x96", "\u2013")],
)
def test_values_that_are_not_ascii(raw: bytes, value: str) -> None:
    text = parse_text(b"|" + REQUIRED.encode() + b"$COM|" + raw + b"|", "TEXT")
    assert text.values["$COM"] == value


@pytest.mark.parametrize(("again", "found"), [("A", []), ("B", ["keyword_conflict"])])
def test_a_keyword_twice(tmp_path: Path, again: str, found: list[str]) -> None:
    data_set = load(tmp_path, Fcs(**(vars(PLAIN) | {"keywords": {"$CYT": "A", "$cyt": again}})))
    assert data_set.instrument == "A"
    assert [finding.check for finding in data_set.findings] == found


def test_supplemental_text_is_read_where_it_is_one(tmp_path: Path) -> None:
    extra = b"/$CYT/Late/$P1S/CD4/"
    plain = Fcs(**(vars(PLAIN) | {"keywords": {"$BEGINSTEXT": "9" * 8, "$ENDSTEXT": "9" * 8}, "tail": extra})).build()
    begin, end = len(plain) - len(extra), len(plain) - 1
    built = plain.replace(b"$BEGINSTEXT/99999999", b"$BEGINSTEXT/%08d" % begin)
    built = built.replace(b"$ENDSTEXT/99999999", b"$ENDSTEXT/%08d" % end)
    data_set = load(tmp_path, built)
    assert (data_set.instrument, data_set.parameters[0].stain, repaired(data_set)) == ("Late", "CD4", [])


@pytest.mark.parametrize(("begin", "end"), [("60", "80"), ("10", "50"), ("99999", "100005")])
def test_supplemental_text_that_is_none_is_ignored_and_reported(tmp_path: Path, begin: str, end: str) -> None:
    keywords = {"$BEGINSTEXT": begin, "$ENDSTEXT": end}
    data_set = load(tmp_path, Fcs(**(vars(PLAIN) | {"keywords": keywords})))
    assert repaired(data_set) == ["supplemental-text-ignored"]


def test_supplemental_text_holding_an_archive_is_ignored(tmp_path: Path) -> None:
    archive = b"PK\x03\x04" + bytes(40)
    plain = Fcs(**(vars(PLAIN) | {"keywords": {"$BEGINSTEXT": "9" * 8, "$ENDSTEXT": "9" * 8}, "tail": archive})).build()
    built = plain.replace(b"$BEGINSTEXT/99999999", b"$BEGINSTEXT/%08d" % (len(plain) - 44))
    built = built.replace(b"$ENDSTEXT/99999999", b"$ENDSTEXT/%08d" % (len(plain) - 1))
    assert repaired(load(tmp_path, built)) == ["supplemental-text-ignored"]


def test_channels_without_a_name(tmp_path: Path) -> None:
    data_set = load(tmp_path, Fcs(**(vars(PLAIN) | {"keywords": {"$P2N": None}})))
    assert data_set.parameters[1].name == "P2"
    assert repaired(data_set) == ["unnamed-channels"]


def test_channels_of_the_same_name_are_reported(tmp_path: Path) -> None:
    data_set = load(tmp_path, Fcs(**(vars(PLAIN) | {"names": ["FL1", "FL1"]})))
    assert [finding.check for finding in data_set.findings] == ["duplicate_channel_names"]


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", NotFCSError),
        (b"oi21j08cn\n", NotFCSError),
        (b"FCS", NotFCSError),
        (b"this is prose, and no file of a cytometer" * 3, NotFCSError),
        (b"FCS1.0    " + b" " * 60, UnsupportedError),
        (b"FCS4.0    " + b" " * 60, UnsupportedError),
        (b"FCS3.0", TruncatedError),
        (b"FCS3.0    " + b" " * 48, MalformedError),
        (b"FCS3.0    " + b"      58       5" + b" " * 32 + b"/a/b/", MalformedError),
        (b"FCS3.0    " + b"      58     500" + b" " * 32 + b"/a/b/", TruncatedError),
        (b"FCS3.0    " + b"    5800    6500" + b" " * 32 + b"/a/b/", TruncatedError),
        (b"FCS3.0    " + b"      58      62" + b" " * 32 + b"/a/b/", MalformedError),
        (b"FCS3.0    " + b"      58      62" + b" " * 32 + b"/////", MalformedError),
        (b"FCS3.0    " + b"      58      62" + b" " * 32 + b"     ", MalformedError),
    ],
)
def test_what_cannot_be_surveyed(tmp_path: Path, raw: bytes, error: type[ReadError]) -> None:
    path = tmp_path / "tube.fcs"
    path.write_bytes(raw)
    for call in (survey, read):
        with pytest.raises(error) as caught:
            call(path)
        assert len(str(caught.value)) > 40


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.fcs", tmp_path / ("x" * 300)):
        with pytest.raises(ReadError):
            read(path)


@pytest.mark.parametrize("count", ["1000000000", "99999999999999999999", "-3", "0", "2.5", "two"])
def test_a_number_of_parameters_that_cannot_be(tmp_path: Path, count: str) -> None:
    path = tmp_path / "tube.fcs"
    path.write_bytes(Fcs(**(vars(PLAIN) | {"keywords": {"$PAR": count}})).build())
    with pytest.raises(MalformedError, match=r"\$PAR"):
        survey(path)


@pytest.mark.parametrize(
    ("raw", "keywords"),
    [
        (b"/" * 2_000_000, None),
        (b"//a" * 600_000, None),
        (b"/a/b" * 500_000, 1),
        (b"/$P1N//" * 300_000, 1),
        (b"/k/" + b"x" * 3_000_000, 1),
        (b"".join(b"/k%d/a/k%d/b" % (i, i) for i in range(150_000)), 150_000),
    ],
    ids=["delimiters", "escapes", "one key", "empty values", "one value", "every key twice"],
)
def test_parsing_does_not_grow_faster_than_text(raw: bytes, keywords: int | None) -> None:
    """A parser of quadratic cost would need hours for these megabytes."""
    if keywords is None:
        with pytest.raises(MalformedError, match="no keyword and value"):
            parse_text(raw, "TEXT")
    else:
        assert len(parse_text(raw, "TEXT").values) == keywords


def test_text_of_a_size_no_instrument_writes_is_refused() -> None:
    with pytest.raises(MalformedError, match="at most"):
        parse_text(b"/k/" + b"x" * 10_000_001, "TEXT")


@pytest.mark.parametrize(
    ("keywords", "reported"),
    [
        ({"$P1E": "4,1", "$P2G": "8", "$TIMESTEP": "0.01"}, False),
        ({"$P1E": "0, 0", "$P2G": "0", "$TIMESTEP": " "}, False),
        ({"$P1E": "", "$P2G": ""}, False),
        ({"$P1E": "20,1e308"}, True),
        ({"$P1E": "log"}, True),
        ({"$P1E": "400,1"}, True),
        ({"$P2G": "1e-300"}, True),
        ({"$P2G": "x"}, True),
        ({"$TIMESTEP": "1e300"}, True),
    ],
)
def test_scalings_no_instrument_can_have_are_reported(tmp_path: Path, keywords: dict[str, str], reported: bool) -> None:
    integers = Fcs(words(VALUES, "<u4"), 5, [32, 32], [1024, 1024], keywords=keywords)
    path = tmp_path / "tube.fcs"
    path.write_bytes(integers.build())
    sample = read(path)
    assert ("scaling_unreadable" in [f.check for f in sample.data_set.findings]) == reported
    assert all(np.isfinite(sample.linear(i)).all() for i in range(2))


@pytest.mark.parametrize(
    ("raw", "what", "remedy"),
    [
        (b"\x1f\x8b\x08\0", "an archive", "Unpack"),
        (b"PK\x03\x04", "an archive", "Unpack"),
        (b"\n<!DOCTYPE html>", "a web page", "Download"),
        (b"version https://git-lfs.github.com/spec/v1", "Git LFS", "git lfs pull"),
        (b"\xef\xbb\xbfFCS3.0    ", "re-saved as text", "original file"),
    ],
)
def test_what_is_taken_for_an_fcs_file_is_named(tmp_path: Path, raw: bytes, what: str, remedy: str) -> None:
    path = tmp_path / "tube.fcs"
    path.write_bytes(raw + b" " * 100)
    with pytest.raises(NotFCSError, match=f"Not an FCS file.*{what}.*byte 0.*{remedy}"):
        read(path)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("$BYTEORD", None), ("$BYTEORD", "2,1,4,3"), ("$MODE", "C"), ("$DATATYPE", "A"), ("$P2B", None), ("$P2B", "*")],
)
def test_a_refused_keyword_is_reported_with_its_place(tmp_path: Path, keyword: str, value: str | None) -> None:
    fcs = Fcs(**(vars(PLAIN) | {"keywords": {keyword: value}}))
    path = tmp_path / "tube.fcs"
    path.write_bytes(fcs.build())
    with pytest.raises(ReadError) as caught:
        read(path)
    shown = "absent" if value is None else repr(value) if keyword != "$DATATYPE" else value
    assert f"TEXT at bytes 58-{fcs.data_begin - 1}: {keyword} is {shown}" in str(caught.value)
    assert any(word in str(caught.value) for word in ("required", "not supported", "only list mode"))
