"""What is no YAML, or none of ours: reported with its line and what to do, never with a traceback."""

from pathlib import Path

import pytest

from tregate.gating.errors import ConfigurationError
from tregate.gating.strategy.yaml_source import parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("text", "line", "reported_as"),
    [
        ("a: 1\nb: 'open\nc: 3\n", 3, "Close the quotes"),
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "Close the bracket"),
        ("a: 1\nb: {c: 1 d: 2}\n", 2, "put commas between entries"),
        ("a: 1\nb: [1, , 2]\n", 2, "A value is missing"),
        ("a: 1\nb: {c:}\n", 2, "put a space after the colon"),
        ("a: 1\n\tb: 2\n", 2, "spaces, not tabs"),
        ("a: 1\nb: @x\n", 2, "quote a value"),
        ("a: 1\r\nb: 2\rc: x\x07\n", 3, "0x07"),
        ("a: 1\nb: !!int many\n", 2, '"many" is not a valid number'),
        ("a: 1\nb: " + "9" * 5000 + "\n", 2, "is not a valid number"),
        ("a: 1\nb: {{limit}}\n", 2, "write the value itself"),
        ("a: 1\n? [x, y]\n: 2\n", 2, "expected a word before the colon"),
        ("a: &a {b: 1}\nc:\n  <<: *a\n", 3, "Write the keys out"),
        ("a: 1\nb: &b [1, *b]\n", 2, "an alias (*) refers to itself"),
        ("a: 1\nb: &b\n  c: {d: *b}\n", 2, "an alias (*) refers to itself"),
    ],
)
def test_what_no_yaml_of_ours_may_hold_is_reported_with_its_line_and_a_remedy(
    text: str, line: int, reported_as: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_yaml(text, "x.yaml")
    (found,) = raised.value.problems
    assert found.line == line
    assert reported_as in str(found)
    assert "Node" not in str(found)


def test_the_same_anchor_may_be_used_often_and_a_quoted_merge_sign_is_a_key() -> None:
    assert parse_yaml("a: &a [1]\nb: *a\nc: {'<<': *a}\n", "x.yaml").data == {"a": [1], "b": [1], "c": {"<<": [1]}}


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_file_of_another_encoding_is_reported_with_the_line(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a: 1" + end + b"b: 2" + end + "c: für".encode("latin-1") + end)
    with pytest.raises(ConfigurationError) as raised:
        read_yaml(path)
    (found,) = raised.value.problems
    assert found.line == 3
    assert "Save the file again as UTF-8." in str(found)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: |\r\n  two\r\n  lines\r\nc: [3,\r\n 4]\r\n")
    source = read_yaml(path)
    assert source.data == {"a": 1, "b": "two\nlines\n", "c": [3, 4]}
    assert source.line(("c",)) == 5
