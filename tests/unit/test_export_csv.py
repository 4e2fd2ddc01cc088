"""CSV as the contract has it, and text that no spreadsheet runs."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tregate.pipelines.files.atomic import whole_file
from tregate.pipelines.files.csv_file import csv_of, field_of, read_csv, write_csv
from tregate.pipelines.files.csv_text import plain_text, safe_text
from tregate.pipelines.files.table import Table


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", '=HYPERLINK("x")'])
def test_text_that_would_run_is_written_so_that_it_does_not(text: str) -> None:
    assert safe_text(text) == "'" + text


@pytest.mark.parametrize("text", ["CD4+ CD25-", "S01", "", "'quoted'", "a=b"])
def test_text_that_would_not_run_is_left_alone(text: str) -> None:
    assert safe_text(text) == text


@given(st.text(alphabet="'=+-@ab\t"))
def test_safe_text_loses_nothing(text: str) -> None:
    assert plain_text(safe_text(text)) == text


@pytest.mark.parametrize(
    ("cell", "digits", "field"),
    [
        (None, 6, ""),
        (0, 6, "0"),
        (0.0, 6, "0"),
        (-0.0, 6, "0"),
        (True, 6, "yes"),
        (False, 6, "no"),
        (1234567, 6, "1234567"),
        (1234567.0, 6, "1234570"),
        (46.0999999999, 6, "46.1"),
        (1 / 3, 6, "0.333333"),
        (1 / 3, None, "0.3333333333333333"),
        (0.0078125, 6, "0.0078125"),
        (100000.0, None, "100000"),
        (-12.5, 6, "-12.5"),
    ],
)
def test_cells_are_written_the_way_a_script_reads_them(
    cell: str | float | None, digits: int | None, field: str
) -> None:
    assert field_of(cell, digits=digits) == field


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_nan_never_reaches_a_file(value: float, tmp_path: Path) -> None:
    table = Table("treg", ("subject", "x"), (("S1", value),))
    with pytest.raises(ValueError, match=r"table treg: .* no measured value"):
        write_csv(table, tmp_path / "treg.csv")
    assert list(tmp_path.iterdir()) == []


def test_csv_bytes() -> None:
    table = Table("t", ("subject", "n", "flags"), (("S,1", 3, 'a "b"'), ("=S2", None, "")))
    assert csv_of(table) == 'subject,n,flags\n"S,1",3,"a ""b"""\n\'=S2,,\n'


def test_written_and_read_again_is_the_same_table(tmp_path: Path) -> None:
    table = Table(
        "t",
        ("subject", "visit", "x", "flags"),
        (("007", "D1", 1.5, ""), ("=cmd", "D8", None, "-late"), ("é µ", "D15", 12, "two\nlines")),
    )
    write_csv(table, tmp_path / "t.csv")
    assert read_csv(tmp_path / "t.csv", text=("subject", "visit", "flags")) == table


def test_what_only_looks_like_a_number_stays_text(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,c,d\n1_000,nan,1e5,-3\n", encoding="utf-8")
    assert read_csv(tmp_path / "t.csv").rows == (("1_000", "nan", 100000.0, -3),)


def test_a_write_that_dies_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("old", encoding="utf-8")

    def write_half() -> None:
        with whole_file(path) as part:
            part.write_text("ne", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_undecodable_file_names_do_not_stop_the_table(tmp_path: Path) -> None:
    write_csv(Table("t", ("file",), (("caf\udce9.fcs",),)), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == b"file\ncaf\\udce9.fcs\n"


def test_a_table_refuses_rows_of_another_length_and_columns_given_twice() -> None:
    with pytest.raises(ValueError, match=r"row 2: 1 cells for 2 columns"):
        Table("t", ("a", "b"), ((1, 2), (1,)))
    with pytest.raises(ValueError, match="column a is given twice"):
        Table("t", ("a", "a"), ())
    with pytest.raises(KeyError, match="no column 'c'"):
        Table("t", ("a", "b"), ()).column("c")
