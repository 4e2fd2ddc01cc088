"""Which compensation applies: from the file, from a CSV, none by will; never in silence and never twice."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tregate.gating.errors import CompensationError
from tregate.gating.events import DataSet, Parameter, Spillover
from tregate.gating.findings import Finding, Severity
from tregate.gating.prepare.compensation import choose
from tregate.gating.units import Channel

NAMES = ("FSC-A", "FITC-A", "PE-A", "APC-A", "Time")
STAINS = ("", "CD3", "CD4", "CD8", "")
MATRIX = np.array([[1.0, 0.2, 0.01], [0.05, 1.0, 0.02], [0.0, 0.01, 1.0]])


def data_set(*spillovers: Spillover, **change: Any) -> DataSet:
    parameters = tuple(
        Parameter(i, Channel(name), stain, 32, 262144.0)
        for i, (name, stain) in enumerate(zip(NAMES, STAINS, strict=True))
    )
    plain = DataSet(1, "FCS3.1", "X", 10, parameters, "F", "1,2,3,4", spillovers=spillovers)
    return replace(plain, **change)


def spill(matrix: np.ndarray, *channels: str, source: str = "$SPILLOVER") -> Spillover:
    return Spillover(source, tuple(Channel(name) for name in channels), np.asarray(matrix, dtype=np.float64))


FULL = spill(MATRIX, "FITC-A", "PE-A", "APC-A")


def checks(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.check for finding in findings]


def csv(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "matrix.csv"
    path.write_text(text)
    return path


GOOD_CSV = "FITC-A,PE-A,APC-A\n1,0.2,0.01\n0.05,1,0.02\n0,0.01,1\n"


def test_matrix_of_the_file() -> None:
    compensation, findings = choose(data_set(FULL), None, "file", (1, 2, 3))
    assert (compensation.source, compensation.indices) == ("$SPILLOVER", (1, 2, 3))
    assert compensation.inverse is not None
    dyes = np.array([[100.0, 0, 0], [0, 50, 7]])
    assert np.allclose(dyes @ MATRIX @ compensation.inverse, dyes, rtol=0, atol=1e-12)
    assert compensation.condition == pytest.approx(np.linalg.cond(MATRIX), rel=1e-5)
    assert len(compensation.sha256) == 64
    assert findings == ()


def test_digest_is_of_the_matrix_as_applied() -> None:
    same = choose(data_set(FULL), None, "file", (1, 2))[0].sha256
    other = spill(MATRIX + np.eye(3)[[1, 2, 0]] * 1e-6, "FITC-A", "PE-A", "APC-A")
    renamed = spill(MATRIX, "FITC-A", "APC-A", "PE-A")
    assert choose(data_set(FULL), None, "file", (1, 2, 3))[0].sha256 == same
    assert len({same, *(choose(data_set(s), None, "file", (1, 2))[0].sha256 for s in (other, renamed))}) == 3


def test_csv_goes_before_the_file(tmp_path: Path) -> None:
    path = csv(tmp_path, GOOD_CSV.replace("0.2", "0.3"))
    compensation, _ = choose(data_set(FULL), path, "file", (1, 2, 3))
    assert compensation.source == "matrix.csv"
    assert compensation.inverse is not None
    assert np.linalg.inv(compensation.inverse)[0, 1] == pytest.approx(0.3)


def test_none_by_will() -> None:
    compensation, findings = choose(data_set(FULL), None, "none", (1, 2, 3))
    assert (compensation.source, compensation.indices, compensation.inverse) == ("none (strategy)", (), None)
    assert findings == ()


def test_none_by_will_and_a_csv_contradict(tmp_path: Path) -> None:
    with pytest.raises(CompensationError, match="compensation: none"):
        choose(data_set(), csv(tmp_path, GOOD_CSV), "none", (1, 2))


def test_no_matrix_is_an_error_where_stains_overlap() -> None:
    doubt = Finding("spillover_unreadable", Severity.INFO, "SPILL holds no matrix (a label).")
    with pytest.raises(CompensationError) as caught:
        choose(data_set(findings=(doubt,)), None, "file", (1, 2))
    begin = "SPILL holds no matrix (a label). 2 overlapping stains need one. Give a CSV matrix in the column"
    assert str(caught.value).startswith(begin)
    assert "compensation: none" in str(caught.value)


@pytest.mark.parametrize("needed", [(), (1,), (1, 1)])
def test_no_matrix_is_no_matter_for_one_stain(needed: tuple[int, ...]) -> None:
    compensation, findings = choose(data_set(), None, "file", needed)
    assert compensation.inverse is None
    assert "fewer than two stains" in compensation.source
    assert findings == ()


def test_compensated_values_are_never_compensated_again(tmp_path: Path) -> None:
    done = data_set(FULL, already_compensated=True)
    for setting in ("file", "none"):
        compensation, _ = choose(done, None, setting, (1, 2))  # type: ignore[arg-type]
        assert (compensation.source, compensation.inverse) == ("already compensated (data set 1)", None)
        with pytest.raises(CompensationError, match="would compensate twice"):
            choose(done, csv(tmp_path, GOOD_CSV), setting, (1, 2))  # type: ignore[arg-type]


@pytest.mark.parametrize("tiny", [0.0, 1e-6])
def test_identity_is_reported_where_stains_overlap(tiny: float) -> None:
    """Cytek writes one 1e-6 into its identity matrices."""
    matrix = np.eye(3)
    matrix[0, 1] = tiny
    identity = spill(matrix, "FITC-A", "PE-A", "APC-A")
    _, findings = choose(data_set(identity), None, "file", (1, 2))
    assert checks(findings) == ["compensation_identity"]
    assert findings[0].severity is Severity.WARN
    assert choose(data_set(identity), None, "file", (1,))[1] == ()


def test_a_needed_channel_outside_the_matrix_is_reported() -> None:
    small = spill(MATRIX[:2, :2], "FITC-A", "PE-A")
    compensation, findings = choose(data_set(small), None, "file", (1, 2, 3))
    assert compensation.indices == (1, 2)
    assert checks(findings) == ["compensation_channel_missing"]
    assert "APC-A" in findings[0].message
    assert findings[0].severity is Severity.WARN


def test_a_matrix_about_other_channels_is_refused() -> None:
    small = spill(MATRIX[:2, :2], "FITC-A", "PE-A")
    with pytest.raises(CompensationError, match="lacks 1 of the 2 stains"):
        choose(data_set(small), None, "file", (2, 3))


def test_the_matrix_that_covers_the_stains_is_taken() -> None:
    small = spill(MATRIX[:2, :2], "FITC-A", "PE-A", source="SPILL")
    assert choose(data_set(small, FULL), None, "file", (1, 2, 3))[0].source == "$SPILLOVER"
    assert choose(data_set(small, FULL), None, "file", (1, 2))[0].source == "SPILL"


@pytest.mark.parametrize(
    ("off", "outcome"), [(0.9, []), (0.99, ["compensation_condition"]), (0.99999, None), (1.0, None)]
)
def test_condition_number(off: float, outcome: list[str] | None) -> None:
    near = spill(np.array([[1, off], [off, 1]]), "FITC-A", "PE-A")
    if outcome is None:
        with pytest.raises(CompensationError, match=r"singular|badly conditioned"):
            choose(data_set(near), None, "file", (1, 2))
    else:
        assert checks(choose(data_set(near), None, "file", (1, 2))[1]) == outcome


def test_percent_of_a_lone_data_set_may_be_applied_already() -> None:
    """The XL subtracts `$DFCiTOj` while it acquires."""
    percent = spill(MATRIX, "FITC-A", "PE-A", "APC-A", source="$DFCiTOj")
    assert checks(choose(data_set(percent), None, "file", (1, 2))[1]) == ["compensation_maybe_applied"]


# ---------------------------------------------------------------- CSV


@pytest.mark.parametrize(
    "text",
    [
        GOOD_CSV,
        GOOD_CSV.replace("\n", "\r"),
        GOOD_CSV.replace("\n", "\r\n"),
        "\ufeff" + GOOD_CSV,
        "# " + GOOD_CSV,
        GOOD_CSV.replace(",", ";"),
        GOOD_CSV.replace(",", "\t"),
        "title of the matrix\n<\t>\n" + GOOD_CSV.replace(",", "\t"),
        ',"FITC-A","PE-A","APC-A"\n"FITC-A",1,0.2,0.01\n"PE-A",0.05,1,0.02\n"APC-A",0,0.01,1\n',
        '"FITC-A" "PE-A" "APC-A"\n"FITC-A" 1 0.2 0.01\n"PE-A" 0.05 1 0.02\n"APC-A" 0 0.01 1\n',
        ",FITC-A :: CD3,PE-A :: CD4,APC-A :: CD8\n"
        "FITC-A :: CD3,1,0.2,0.01\nPE-A :: CD4,0.05,1,0.02\nAPC-A :: CD8,0,0.01,1",
        "CD3,CD4,CD8\n1,0.2,0.01\n0.05,1,0.02\n0,0.01,1\n",
        "FITC-A,PE-A,APC-A\n100,20,1\n5,100,2\n0,1,100\n",
        "FITC-A,PE-A,APC-A\n100%,20%,1%\n5%,100%,2%\n0%,1%,100%\n",
        GOOD_CSV + "\n\n,,\n",
    ],
)
def test_ways_to_write_a_matrix(tmp_path: Path, text: str) -> None:
    compensation, findings = choose(data_set(), csv(tmp_path, text), "file", (1, 2, 3))
    assert compensation.indices == (1, 2, 3)
    assert compensation.inverse is not None
    assert np.allclose(compensation.inverse, np.linalg.inv(MATRIX), rtol=1e-12)
    assert findings == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no row of channel names"),
        ("FITC-A,PE-A\n", "no row of channel names"),
        ("1,2\n3,4\n", "by number"),
        ("FITC-A,PE-A\n1,0.2\n", "1 rows of numbers"),
        ("FITC-A,PE-A\n1,0.2\n0.1,1\n0,0\n", "3 rows of numbers"),
        ("FITC-A,PE-A\n1,0.2\n0.1,one\n", "matrix.csv:3: 'one'"),
        ("FITC-A,PE-A\n1,0.2\n0.1,nan\n", "matrix.csv:3: 'nan'"),
        ("FITC-A,PE-A\n1,0.2\n0.1\n", "matrix.csv:3"),
        ("FITC-A,FITC-A\n1,0.2\n0.1,1\n", "occurs twice"),
        ("FITC-A,CD3\n1,0.2\n0.1,1\n", "twice, by channel and by stain"),
        ("FITC-A,Gone\n1,0.2\n0.1,1\n", "'Gone'"),
        ("FIT.A,PE-A\n1,0.2\n0.1,1\n", "'FIT.A'"),
        ("FITC-A,PE-A\n1,1\n1,1\n", "singular"),
    ],
)
def test_a_csv_that_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CompensationError, match=words):
        choose(data_set(FULL), csv(tmp_path, text), "file", (1, 2))


def test_a_csv_that_cannot_be_opened(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(CompensationError, match="column `compensation`"):
            choose(data_set(FULL), path, "file", (1, 2))


def test_a_csv_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "matrix.csv"
    path.write_bytes(bytes(range(256)) * 50)
    with pytest.raises(CompensationError):
        choose(data_set(FULL), path, "file", (1, 2))
