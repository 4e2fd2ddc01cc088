"""Sheets and YAML that are changed in one place: every other byte stays, and the result reads as what was asked for."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tregate.gating.errors import ConfigurationError
from tregate.gating.strategy.yaml_source import parse_yaml
from tregate.pipelines.files.csv_source import parse_csv_source
from tregate.pipelines.files.kept_sheet import parse_kept
from tregate.pipelines.files.kept_yaml import REMOVED, edited, scalar_or_flow

STUDY = """\
# Written by hand.
study: x   # name
visits: [D1, D8]   # in order
tubes:                # tube -> strategy
  T: a
  # the second
  NK: b   # nk
deep: {a: {b: 1}, c: 2}
list:
  - {name: D1}
  - D8
empty:
# tail
"""


@pytest.mark.parametrize(
    ("path", "value", "before", "after"),
    [
        (["study"], "on", "study: x", 'study: "on"'),
        (["visits"], ["1e5", {"name": "D8", "day": 8}], "[D1, D8]", '["1e5", {name: D8, day: 8}]'),
        (["tubes", "T"], "z", "T: a", "T: z"),
        (["tubes", "NK"], "z", "NK: b   # nk", "NK: z   # nk"),
        (["tubes", "NEW"], "z", "NK: b   # nk\n", "NK: b   # nk\n  NEW: z\n"),
        (["tubes", "NK"], REMOVED, "  NK: b   # nk\n", ""),
        (["deep", "a", "b"], REMOVED, "{a: {b: 1}, c: 2}", "{c: 2}"),
        (["deep", "c"], REMOVED, "{a: {b: 1}, c: 2}", "{a: {b: 1}}"),
        (["deep", "d", "e"], True, "c: 2}", "c: 2, d: {e: true}}"),
        (["list"], ["D1"], "list:\n  - {name: D1}\n  - D8", "list: [D1]"),
        (["empty"], 2.6, "empty:", "empty: 2.6"),
        (["analysis", "adjust"], "holm", "empty:\n", "empty:\nanalysis: {adjust: holm}\n"),
    ],
)
def test_one_key_changes_and_every_other_byte_stays(path: list[str], value: object, before: str, after: str) -> None:
    assert STUDY.count(before) == 1
    assert edited(STUDY, path, value) == STUDY.replace(before, after)


def test_what_the_form_of_a_file_does_not_allow_is_refused_and_an_equal_value_writes_nothing() -> None:
    assert edited(STUDY, ["study"], "x") == STUDY
    with pytest.raises(ConfigurationError):
        edited("- a\n", ["a"], 1)
    with pytest.raises(ConfigurationError):
        edited("a: &x {b: 1}\nc: *x\n", ["c", "b"], 2)  # both would change


_PLAIN = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False, width=16), st.text())


@given(st.dictionaries(st.text(min_size=1), st.one_of(_PLAIN, st.lists(_PLAIN)), min_size=1))
def test_a_value_reads_back_as_itself(value: dict[str, object]) -> None:
    written = scalar_or_flow(value)
    try:
        read = parse_yaml(f"value: {written}", "f").data["value"]
    except ConfigurationError:
        return  # a character that YAML has no place for: `edited` refuses it
    assert read == value


# ---------------------------------------------------------------- sheets

SHEET = 'file;subject;my column;bead_volume_ul\r\na.fcs;S1;"x;y";99,5\r\n\r\n b.fcs ;S2;=1+1;\r\n'


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_only_a_changed_row_is_written_anew(codec: str) -> None:
    data = SHEET.replace("S2", "Sé").encode(codec)
    kept = parse_kept(data, "f")
    assert kept.encoded() == data
    assert [kept.cells(row) for row in kept.shown] == [["a.fcs", "S1", "x;y", "99,5"], ["b.fcs", "Sé", "=1+1", ""]]
    made = kept.with_cells({1: {"bead_volume_ul": "100"}}).encoded().decode(codec)
    assert made == SHEET.replace("S2", "Sé").replace("=1+1;\r\n", "=1+1;100\r\n")


def test_a_column_a_row_and_fewer_rows_keep_the_rest() -> None:
    kept = parse_kept(SHEET.encode(), "f")
    wider = kept.with_cells({0: {"exclude": "-spilled; twice"}}).encoded().decode()
    assert wider.splitlines()[0] == "file;subject;my column;bead_volume_ul;exclude"
    assert wider.splitlines()[1] == 'a.fcs;S1;"x;y";99,5;"\'-spilled; twice"'
    assert wider.splitlines()[3] == " b.fcs ;S2;=1+1;;"
    source, problems = parse_csv_source(wider.replace("\r\n", "\n"), "f")
    assert not problems
    assert source.rows[0].get("exclude") == "-spilled; twice"
    assert kept.with_row({"file": "c.fcs"}).encoded() == SHEET.encode() + b"c.fcs;;;\r\n"
    assert kept.without_row(0).encoded().decode() == SHEET.replace('a.fcs;S1;"x;y";99,5\r\n', "")
    assert parse_kept(b"a,b", "f").with_row({"b": "1"}).encoded() == b"a,b\n,1\n"


def test_a_character_that_the_file_cannot_hold_is_refused() -> None:
    kept = parse_kept("file;subject\na;Sé\n".encode("cp1252"), "f")
    with pytest.raises(ConfigurationError, match="cp1252"):
        kept.with_cells({0: {"subject": "S\u03b1"}}).encoded()


_CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6).map(str.strip)


@given(
    st.sampled_from([",", ";", "\t"]),
    st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=4),
    st.data(),
)
def test_whatever_is_typed_is_read_back_and_the_other_rows_are_the_same(
    separator: str, rows: list[tuple[str, str]], data: st.DataObject
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerows([("file", "note"), *((f"f{i}", note) for i, (_, note) in enumerate(rows))])
    kept = parse_kept(text.getvalue().encode(), "f")
    at, typed = data.draw(st.integers(0, len(rows) - 1)), data.draw(_CELL)
    made = kept.with_cells({at: {"note": typed}}).encoded()
    lines = text.getvalue().split("\n")
    assert [one for i, one in enumerate(made.decode().split("\n")) if i != at + 1] == lines[: at + 1] + lines[at + 2 :]
    again = parse_kept(made, "f")
    assert again.cells(again.shown[at])[1] == typed
