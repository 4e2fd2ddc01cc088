"""Spillover keywords: what is a matrix of this file, and what is reported about the rest."""

import numpy as np
import pytest

from tregate.gating.read.spillover import spillovers
from tregate.gating.read.text import Text
from tregate.gating.units import Channel

NAMES = tuple(Channel(name) for name in ("FSC-A", "SSC-A", "FITC-A", "PE-A", "APC-A", "Time"))
GOOD = "2,FITC-A,PE-A,1,0.2,0.05,1"


def found(**keywords: str) -> tuple[list[tuple[str, tuple[str, ...], list[list[float]]]], list[str]]:
    text = Text({"$" + key[2:] if key.startswith("s_") else key: value for key, value in keywords.items()}, "")
    matrices, findings = spillovers(text, NAMES)
    return [(m.source, m.channels, m.matrix.tolist()) for m in matrices], [f.check for f in findings]


@pytest.mark.parametrize("key", ["s_SPILLOVER", "SPILLOVER", "SPILL", "s_SPILL", "s_COMP", "COMP"])
def test_every_keyword(key: str) -> None:
    shown = "$" + key[2:] if key.startswith("s_") else key
    assert found(**{key: GOOD}) == ([(shown, ("FITC-A", "PE-A"), [[1, 0.2], [0.05, 1]])], [])


@pytest.mark.parametrize("end", [",", ", ", ",,"])
def test_a_comma_after_the_last_number_is_no_entry(end: str) -> None:
    assert found(s_SPILLOVER=GOOD + end) == found(s_SPILLOVER=GOOD)


def test_order_of_preference() -> None:
    matrices, _ = found(SPILL=GOOD, s_COMP=GOOD, s_SPILLOVER=GOOD, SPILLOVER=GOOD)
    assert [source for source, _, _ in matrices] == ["$SPILLOVER", "SPILLOVER", "SPILL", "$COMP"]


def test_identity_states_nothing_and_comes_last() -> None:
    matrices, checks = found(s_SPILLOVER="2,FITC-A,PE-A,1,0,0,1", SPILL=GOOD)
    assert [source for source, _, _ in matrices] == ["SPILL", "$SPILLOVER"]
    assert checks == ["spillover_identity"]


@pytest.mark.parametrize(
    "value",
    ["", "0", "-2", "Unstained Cells", "FITC CD8", "2,FITC-A,PE-A", "2,FITC-A,PE-A,1,0.2,0.05", GOOD + ",3",
     "2,FITC-A,PE-A,1,a,0.05,1", "2,FITC-A,PE-A,1,nan,0.05,1", "2,FITC-A,FITC-A,1,0.2,0.05,1",
     "99999999,FITC-A,1", "1e400,a"],
)  # fmt: skip
def test_what_is_no_matrix(value: str) -> None:
    matrices, checks = found(s_SPILLOVER=value)
    assert matrices == []
    assert checks == ["spillover_unreadable"]


@pytest.mark.parametrize("name", ["FITC.A", "fitc-a", "Comp-FITC-A", "FJComp-FITC-A", "<FITC-A>", "FITC", "FITC A"])
def test_a_name_that_exports_changed_is_matched_and_said(name: str) -> None:
    """flowTime writes FSC.A for FSC-A after a rewrite."""
    matrices, checks = found(SPILL=f"2,{name},PE-A,1,0.2,0.05,1")
    assert matrices == [("SPILL", ("FITC-A", "PE-A"), [[1, 0.2], [0.05, 1]])]
    assert checks == ["spillover_names_matched"]


@pytest.mark.parametrize("name", ["FITC-H", "FIT-A", "CD4"])
def test_a_name_that_is_no_channel_is_never_guessed(name: str) -> None:
    matrices, checks = found(SPILL=f"2,{name},PE-A,1,0.2,0.05,1")
    assert (matrices, checks) == ([], ["spillover_unknown_channel"])


def test_two_names_for_one_channel_are_not_matched() -> None:
    assert found(SPILL="2,FITC-A,FITC.A,1,0.2,0.05,1") == ([], ["spillover_unknown_channel"])


@pytest.mark.parametrize("name", ["SSC-A", "FSC-A", "Time"])
def test_scatter_and_time_are_never_compensated(name: str) -> None:
    assert found(SPILL=f"2,{name},PE-A,1,0.2,0.05,1") == ([], ["spillover_scatter"])
    matrices, checks = found(SPILL=f"3,{name},FITC-A,PE-A,1,0,0,0,1,0.2,0,0.05,1")
    assert matrices == [("SPILL", ("FITC-A", "PE-A"), [[1, 0.2], [0.05, 1]])]
    assert checks == ["spillover_scatter"]


def test_names_by_position_that_reach_scatter_are_refused() -> None:
    """Counted from 0, the three stains are 2, 3, 4: read from 1, the first is side scatter."""
    assert found(s_SPILLOVER="3,2,3,4,1,0,0,0.1,1,0,0,0,1")[1] == ["spillover_numeric_names", "spillover_scatter"]


THREE = "3,FITC-A,PE-A,APC-A,"


@pytest.mark.parametrize(
    ("numbers", "check"),
    [
        ("0.05,1,0,1,0.2,0,0,0,1", "spillover_row_order"),
        ("0,1,0,0,0,1,1,0,0", "spillover_row_order"),
        ("5,100,0,100,20,0,0,0,100", "spillover_row_order"),
        ("0,20,1,5,0,2,0,1,0", "spillover_diagonal"),
        ("1,20,1,5,1,2,0,1,1", "spillover_too_large"),
        ("1,-0.2,0,-0.06,1,-0.01,0,0,1", "spillover_negative"),
    ],
)
def test_what_cannot_be_a_spillover_matrix(numbers: str, check: str) -> None:
    matrices, checks = found(SPILL=THREE + numbers)
    assert matrices == []
    assert checks[-1] == check


def test_spillover_above_its_own_signal_is_possible_where_the_diagonal_is_one() -> None:
    """Seen in four real files, up to 1.39."""
    assert found(SPILL=THREE + "1,1.39,0,0.05,1,0,0,0,1")[1] == []


def test_rows_of_another_scale_are_divided_and_said() -> None:
    matrices, checks = found(SPILL=THREE + "0.5,0.1,0,0.1,2,0,0,0,1")
    assert np.allclose(matrices[0][2], [[1, 0.2, 0], [0.05, 1, 0], [0, 0, 1]])
    assert checks == ["spillover_diagonal_not_one"]


@pytest.mark.parametrize("numbers", ["1,0,2,0,05,1", "1,0,0,2,0,05,1,0"])
def test_decimal_commas_with_one_reading(numbers: str) -> None:
    matrices, checks = found(s_SPILLOVER=f"2,FITC-A,PE-A,{numbers}")
    assert matrices == [("$SPILLOVER", ("FITC-A", "PE-A"), [[1, 0.2], [0.05, 1]])]
    assert checks == ["spillover_decimal_comma"]


def test_decimal_commas_with_two_readings_are_refused() -> None:
    """1 | 0,0 | 0 | 1 or 1 | 0 | 0,0 | 1."""
    text = Text({"SPILL": "2,FITC-A,PE-A,1,0,0,0,1"}, "")
    matrices, findings = spillovers(text, NAMES)
    assert matrices == ()
    assert "decimal comma" in findings[0].message


def test_unknown_channels_apart_are_left_out_exactly() -> None:
    matrices, checks = found(SPILL="3,FITC-A,Gone,PE-A,1,0,0.2,0,1,0,0.05,0,1")
    assert matrices == [("SPILL", ("FITC-A", "PE-A"), [[1, 0.2], [0.05, 1]])]
    assert checks == ["spillover_unknown_channel"]
    assert found(SPILL="3,FITC-A,Gone,PE-A,1,0.1,0.2,0,1,0,0.05,0,1")[0] == []


@pytest.mark.parametrize("numbers", ["3,4", "3, 4"])
def test_numbers_for_names(numbers: str) -> None:
    matrices, checks = found(s_SPILLOVER=f"2,{numbers},1.000,0.200,0.050,1.000")
    assert matrices == [("$SPILLOVER", ("FITC-A", "PE-A"), [[1, 0.2], [0.05, 1]])]
    assert checks == ["spillover_numeric_names"]


@pytest.mark.parametrize("numbers", ["0,4", "3,7", "3,99"])
def test_numbers_that_are_no_parameters(numbers: str) -> None:
    assert found(s_SPILLOVER=f"2,{numbers},1,0.2,0.05,1") == ([], ["spillover_unknown_channel"])


def test_percent_is_reported() -> None:
    matrices, checks = found(SPILL="2,FITC-A,PE-A,100,20,5,100")
    assert np.allclose(matrices[0][2], [[1, 0.2], [0.05, 1]])
    assert checks == ["spillover_percent"]


@pytest.mark.parametrize("matrix", ["1,1,1,1", "1,0.5,2,1"])
def test_singular_is_no_matrix(matrix: str) -> None:
    assert found(SPILL=f"2,FITC-A,PE-A,{matrix}") == ([], ["spillover_singular"])


def test_comp_without_names_is_over_all_parameters() -> None:
    full = np.eye(6)
    full[2, 3] = 0.25
    matrices, checks = found(s_COMP="6," + ",".join(f"{v:g}" for v in full.ravel()))
    assert matrices == [("$COMP", ("FITC-A", "PE-A", "APC-A"), [[1, 0.25, 0], [0, 1, 0], [0, 0, 1]])]
    assert checks == []
    assert found(s_COMP="5," + ",".join(["0"] * 25)) == ([], ["spillover_unreadable"])


def test_a_matrix_for_display_is_not_used() -> None:
    assert found(DET_SPILL=GOOD) == ([], ["spillover_display_matrix"])


def coulter(**percent: str) -> tuple[list[list[list[float]]], list[str]]:
    names = tuple(Channel(name) for name in ("FS", "SS", "FL1 LOG", "FL3 LOG", "FL4 LOG"))
    matrices, findings = spillovers(Text({f"${key}": value for key, value in percent.items()}, ""), names)
    return [m.matrix.tolist() for m in matrices], [f.check for f in findings]


def test_coulter_percent_uses_fl_numbers() -> None:
    matrices, checks = coulter(DFC1TO3="28.40", DFC4TO1="1.0", DFC3TO3="0.0", DFC1TO2="0.0")
    assert np.allclose(matrices, [[[1, 0.284, 0], [0, 1, 0], [0.01, 0, 1]]])
    assert checks == []


def test_coulter_percent_of_a_channel_that_is_not_there() -> None:
    assert coulter(DFC1TO2="5.0") == ([], ["spillover_unknown_channel"])
    assert coulter(DFC1TO3="x") == ([], ["spillover_unreadable"])


def test_findings_are_info_until_a_matrix_is_needed() -> None:
    _, findings = spillovers(Text({"SPILL": "x", "DET_SPILL": GOOD}, ""), NAMES)
    assert {str(finding.severity) for finding in findings} == {"info"}
