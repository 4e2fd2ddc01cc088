"""A matrix as CSV: rows by their labels, decimal commas, percent, names that exports change; never in silence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.test_prepare_compensation import MATRIX, STAINS, checks, csv, data_set, spill
from tregate.gating.errors import CompensationError
from tregate.gating.events import Compensation
from tregate.gating.findings import Finding, Severity
from tregate.gating.prepare.compensation import choose
from tregate.gating.units import Channel

ROWS = {"FITC-A": "1,0.2,0.01", "PE-A": "0.05,1,0.02", "APC-A": "0,0.01,1"}
HEADER = ",FITC-A,PE-A,APC-A"


def table(*labels: tuple[str, str]) -> str:
    """A CSV whose rows are (label, channel of the row)."""
    return "\n".join([HEADER, *(f"{label},{ROWS[channel]}" for label, channel in labels)]) + "\n"


def chosen(tmp_path: Path, text: str) -> tuple[Compensation, tuple[Finding, ...]]:
    compensation, findings = choose(data_set(), csv(tmp_path, text), "file", (1, 2, 3))
    assert compensation.inverse is not None
    return compensation, findings


@pytest.mark.parametrize(
    "labels",
    [
        ("APC-A", "PE-A", "FITC-A"),
        ("CD8", "CD4", "CD3"),
        ("apc.a", "pe.a", "fitc.a"),
        ("Compensation Controls_APC Stained Control.fcs", "Compensation Controls_PE Stained Control.fcs",
         "Compensation Controls_FITC-A Stained Control.fcs"),
        ("single_CD8-APC_003.fcs", "single_CD4-PE_002.fcs", "single_CD3-FITC_001.fcs"),
    ],
)  # fmt: skip
def test_rows_are_ordered_by_their_labels_and_that_is_said(tmp_path: Path, labels: tuple[str, ...]) -> None:
    text = table(*zip(labels, ("APC-A", "PE-A", "FITC-A"), strict=True))
    compensation, findings = chosen(tmp_path, text)
    assert compensation.inverse is not None
    assert np.allclose(compensation.inverse, np.linalg.inv(MATRIX), rtol=1e-12)
    assert checks(findings) == ["compensation_rows_ordered"]


@pytest.mark.parametrize("labels", [("r1", "r2", "r3"), ("", "", ""), ("x", "x", "x"), ("CD3", "CD3", "CD4")])
def test_rows_out_of_order_that_no_label_explains_are_refused(tmp_path: Path, labels: tuple[str, ...]) -> None:
    text = table(*zip(labels, ("PE-A", "FITC-A", "APC-A"), strict=True))
    with pytest.raises(CompensationError, match="rows are not in the order of the columns"):
        chosen(tmp_path, text)


def test_labels_that_contradict_the_diagonal_are_refused(tmp_path: Path) -> None:
    text = table(("PE-A", "FITC-A"), ("FITC-A", "PE-A"), ("APC-A", "APC-A"))
    with pytest.raises(CompensationError, match="different orders"):
        chosen(tmp_path, text)


def test_labels_that_say_nothing_leave_a_matrix_in_order_as_it_is(tmp_path: Path) -> None:
    _, findings = chosen(tmp_path, table(("1", "FITC-A"), ("2", "PE-A"), ("3", "APC-A")))
    assert findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "FITC-A;PE-A;APC-A\n1;0,2;0,01\n0,05;1;0,02\n0;0,01;1\n",
        "FITC-A\tPE-A\tAPC-A\n1\t0,2\t0,01\n0,05\t1\t0,02\n0\t0,01\t1\n",
        'FITC-A,PE-A,APC-A\n1,"0,2","0,01"\n"0,05",1,"0,02"\n0,"0,01",1\n',
        "FITC-A;PE-A;APC-A\n100,0;20,0;1,0\n5,0;100,0;2,0\n0,0;1,0;100,0\n",
    ],
)
def test_decimal_commas_with_one_reading_are_read_and_said(tmp_path: Path, text: str) -> None:
    compensation, findings = chosen(tmp_path, text)
    assert compensation.inverse is not None
    assert np.allclose(compensation.inverse, np.linalg.inv(MATRIX), rtol=1e-12)
    assert checks(findings) == ["compensation_decimal_comma"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("FITC-A,PE-A,APC-A\n1,0,2,0,01\n0,05,1,0,02\n0,0,01,1\n", "decimal comma"),
        ("FITC-A;PE-A;APC-A\n1;0,2;0.01\n0,05;1;0,02\n0;0,01;1\n", "decimal comma"),
        ("FITC-A,PE-A,APC-A\n0,20,1\n5,0,2\n0,1,0\n", "diagonal is 0 for FITC-A, PE-A, APC-A"),
        ("FITC-A,PE-A,APC-A\n,20,1\n5,,2\n0,1,\n", "diagonal is blank for FITC-A, PE-A, APC-A"),
        ("FITC-A,PE-A,APC-A\n-,20,1\n5,-,2\n0,1,-\n", "diagonal is blank"),
        (HEADER + "\nCD3,,20,1\nCD4,5,,2\nCD8,0,1,\n", "diagonal is blank"),
        ("FITC-A,PE-A,APC-A\n1,0.2,0.1\n0.5,1,\n0,0.1,1\n", "matrix.csv:3: the cell of APC-A is empty"),
        ("FITC-A,PE-A,APC-A\n1,20,1\n5,1,2\n0,1,1\n", "percent"),
        ("3,4,5\n1,0.2,0.1\n0,1,0\n0,0,1\n", "by number"),
        ("SSC-A,FITC-A\n1,0.2\n0.1,1\n", "'SSC-A'"),
        ("FSC-A,FITC-A,PE-A\n1,0.2,0\n0.1,1,0\n0,0,1\n", "scatter and time"),
        ("FITC-A,Time\n1,0.2\n0.1,1\n", "scatter and time"),
        ("FITC-A,PE-A\n1,0.2\x00\n0.1,1\n", "matrix.csv:2: column 6 is a control character"),
    ],
)
def test_a_table_that_is_no_matrix_is_refused_with_its_reason(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CompensationError, match=words):
        chosen(tmp_path, text)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_utf_16_is_named(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "matrix.csv"
    path.write_bytes("FITC-A,PE-A\n1,0\n0,1\n".encode(encoding))
    with pytest.raises(CompensationError, match="UTF-16"):
        choose(data_set(), path, "file", (1, 2))


@pytest.mark.parametrize("first", ["fitc-a", "FITC.A", "Comp-FITC-A", "<FITC-A>", "FITC"])
def test_names_that_exports_change_are_matched_and_said(tmp_path: Path, first: str) -> None:
    compensation, findings = chosen(tmp_path, f"{first},PE-A,APC-A\n1,0.2,0.01\n0.05,1,0.02\n0,0.01,1\n")
    assert compensation.indices == (1, 2, 3)
    assert checks(findings) == ["compensation_names_matched"]


def test_a_name_that_the_file_has_twice_is_called_so(tmp_path: Path) -> None:
    twice = data_set()
    parameters = tuple(replace(p, name=Channel("PE-A")) if p.index == 3 else p for p in twice.parameters)
    with pytest.raises(CompensationError, match="twice in the file"):
        choose(replace(twice, parameters=parameters), csv(tmp_path, "FITC-A,PE-A\n1,0\n0,1\n"), "file", (1, 2))


# ---------------------------------------------------------------- keywords beside each other, names of channels


def test_keywords_that_differ_are_both_named() -> None:
    first, second = spill(MATRIX, "FITC-A", "PE-A", "APC-A"), spill(np.eye(3) + 0.1, "FITC-A", "PE-A", "APC-A")
    _, findings = choose(data_set(first, replace(second, source="SPILL")), None, "file", (1, 2, 3))
    assert checks(findings) == ["compensation_keywords_differ"]
    assert findings[0].severity is Severity.WARN
    for words in ("$SPILLOVER and SPILL", "$SPILLOVER is used", "higher rank"):
        assert words in findings[0].message


def test_keywords_that_agree_need_no_word() -> None:
    first = spill(MATRIX, "FITC-A", "PE-A", "APC-A")
    turned = spill(MATRIX[::-1, ::-1], "APC-A", "PE-A", "FITC-A", source="SPILL")
    assert choose(data_set(first, turned), None, "file", (1, 2, 3))[1] == ()


def compensated_names(*positions: int) -> tuple[Channel, ...]:
    names = ("FSC-A", "FITC-A", "PE-A", "APC-A", "Time")
    return tuple(Channel(f"Comp-{name}" if i in positions else name) for i, name in enumerate(names))


def test_channels_called_comp_are_not_compensated_again(tmp_path: Path) -> None:
    names = compensated_names(1, 2, 3)
    parameters = tuple(replace(p, name=name) for p, name in zip(data_set().parameters, names, strict=True))
    done = replace(data_set(spill(MATRIX, *names[1:4])), parameters=parameters)
    compensation, findings = choose(done, None, "file", (1, 2, 3))
    assert compensation.inverse is None
    assert checks(findings) == ["compensation_by_channel_name"]
    with pytest.raises(CompensationError, match="would compensate twice"):
        choose(done, csv(tmp_path, "CD3,CD4\n1,0\n0,1\n"), "file", (1, 2, 3))


def test_channels_of_which_some_are_called_comp_are_refused() -> None:
    names = compensated_names(1)
    parameters = tuple(replace(p, name=name) for p, name in zip(data_set().parameters, names, strict=True))
    with pytest.raises(CompensationError, match="PE-A, APC-A are not"):
        choose(replace(data_set(), parameters=parameters), None, "file", (1, 2, 3))


def test_stains_of_the_example_are_three() -> None:
    """The labels above name stains, which the file gives."""
    assert STAINS[1:4] == ("CD3", "CD4", "CD8")
