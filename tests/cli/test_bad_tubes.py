"""One bad tube of each kind: a row that says what to do, exit 1, and every other row as it was."""

import shutil
from pathlib import Path

import pytest
from cli_running import Done, edit_row, process, rows, run_study, tregate

from tregate.fixtures.faults import FAULTS

OF_TUBES = ("counts", "gates")
OF_VISITS = ("treg", "nk", "subsets")
FAILING = sorted(name for name, fault in FAULTS.items() if fault.expect.kind == "failure")


def failure(out: Path, file: str) -> dict[str, str]:
    found = [row for row in rows(out / "failures.csv") if row["file"] == file]
    assert len(found) == 1, found
    return found[0]


@pytest.fixture(scope="module")
def run_with_all(trial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables of the trial with one tube of each failing kind beside its own, gated by two processes."""
    folder = tmp_path_factory.mktemp("bad")
    study = Path(shutil.copytree(trial, folder / "study"))
    files = {FAULTS[name].apply(study).file for name in FAILING}
    done = process("run", study, "--out", folder / "out", "--workers", "2", "--report", "none", "--quiet")
    assert done.code == 1, done.err
    assert {row["file"] for row in rows(folder / "out" / "failures.csv")} == files
    return folder / "out"


@pytest.mark.parametrize("name", FAILING)
def test_a_failing_tube_is_one_row_that_says_what_to_do(name: str, run_with_all: Path) -> None:
    fault = FAULTS[name]
    (row,) = [row for row in rows(run_with_all / "failures.csv") if row["subject"] == fault.subject]
    assert row["stage"] == fault.expect.name
    assert row["message"].endswith(".")
    assert len(row["message"]) > 60


def test_failing_tubes_change_no_other_row(run_with_all: Path, tables: Path) -> None:
    failed = {FAULTS[name].subject for name in FAILING}
    for table in (*OF_TUBES, *OF_VISITS):
        kept = [row for row in rows(run_with_all / f"{table}.csv") if row["subject"] not in failed]
        assert kept == rows(tables / f"{table}.csv"), table


def test_a_file_cut_short_where_it_stood(spoiled: Path, tables: Path, tmp_path: Path) -> None:
    """The same tube spoiled in place: its visit is empty and flagged, the other rows are the same bytes."""
    path = spoiled / "fcs" / "S01_D8_T.fcs"
    path.write_bytes(path.read_bytes()[:200_000])
    done = run_study(spoiled, tmp_path / "out")
    assert done.code == 1
    assert "tube_failed_T" in visit_row(tmp_path / "out" / "treg.csv", "S01", "D8")["flags"]
    assert visit_row(tmp_path / "out" / "treg.csv", "S01", "D8")["cd4_per_ul"] == ""
    kept = [line for line in lines(tables / "counts.csv") if not line.startswith("S01,D8,T,")]
    assert lines(tmp_path / "out" / "counts.csv") == kept


def test_an_unlisted_lot_keeps_percentages(spoiled: Path, tables: Path, tmp_path: Path) -> None:
    edit_row(spoiled / "samples.csv", "fcs/S01_D1_T.fcs", bead_lot="FC-9999")
    done = run_study(spoiled, tmp_path / "out")
    assert done.code == 1
    row = failure(tmp_path / "out", "fcs/S01_D1_T.fcs")
    assert (row["stage"], row["error"]) == ("count", "bead_lot_unknown")
    assert "FC-9999" in row["message"]
    whole = [r for r in rows(tables / "counts.csv") if r["file"] == "fcs/S01_D1_T.fcs"]
    part = [r for r in rows(tmp_path / "out" / "counts.csv") if r["file"] == "fcs/S01_D1_T.fcs"]
    assert [r["percent_of_parent"] for r in part] == [r["percent_of_parent"] for r in whole]
    assert {r["cells_per_ul"] for r in part} == {""}
    assert visit_row(tmp_path / "out" / "treg.csv", "S01", "D1")["cd4_per_ul"] == ""


def test_a_washed_tube_asked_for_beads_keeps_percentages(spoiled: Path, tables: Path, tmp_path: Path) -> None:
    edit_row(spoiled / "samples.csv", "fcs/S01_D1_TREG.fcs", bead_lot="FC-7101", bead_volume_ul="100")
    done = run_study(spoiled, tmp_path / "out")
    assert done.code == 1
    assert failure(tmp_path / "out", "fcs/S01_D1_TREG.fcs")["error"] == "washed_tube_with_beads"
    for name in ("counts", "treg"):
        assert lines(tmp_path / "out" / f"{name}.csv") == lines(tables / f"{name}.csv")


def test_no_beads_is_a_failure_that_says_what_to_do(spoiled: Path, tmp_path: Path) -> None:
    added = FAULTS["no_beads"].apply(spoiled)
    done = run_study(spoiled, tmp_path / "out")
    assert done.code == 1
    row = failure(tmp_path / "out", added.file)
    assert (row["stage"], row["error"]) == ("count", "no_beads")
    assert "declares a bead load" in row["message"]
    counted = [r for r in rows(tmp_path / "out" / "counts.csv") if r["file"] == added.file]
    assert counted
    assert {r["cells_per_ul"] for r in counted} == {""}
    cd4 = next(r for r in counted if r["population"] == "CD4+")
    assert float(cd4["percent_of_parent"]) > 0
    assert cd4["flags"] == "beads_unmeasured"
    assert "unmeasured:cd4" not in visit_row(tmp_path / "out" / "treg.csv", added.subject, added.visit)["flags"]


def test_check_tells_tube_faults_with_their_lines(spoiled: Path) -> None:
    for name in ("truncated", "stain_missing", "singular_spillover", "lot_unlisted", "file_missing"):
        FAULTS[name].apply(spoiled)
    done: Done = tregate("check", spoiled)
    assert done.code == 1
    assert "5 tube problems" in done.out
    for line, words in enumerate(("TruncatedError", "CD3", "singular", "FC-9999", "does not exist"), start=14):
        reported = [text for text in done.out.splitlines() if f"samples.csv:{line}:" in text]
        assert reported, (line, done.out)
        if words != "TruncatedError":
            assert words in reported[0]


def visit_row(path: Path, subject: str, visit: str) -> dict[str, str]:
    return next(row for row in rows(path) if (row["subject"], row["visit"]) == (subject, visit))


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
