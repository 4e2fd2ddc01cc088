"""`tregate export --to flowjo` and `flowjo-matrix`: the run as a workspace that FlowKit and `tregate import` read."""

import warnings
from pathlib import Path

import flowkit
import numpy as np
import pytest
from cli_running import exported, rows, tregate
from lxml import etree

from tregate.pipelines.interchange.drawn import DrawnMatrix
from tregate.pipelines.interchange.flowjo_scales import matrix_of

DETAILS = ("subject", "visit", "tube", "population")


@pytest.fixture(scope="module")
def written(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(tables, "flowjo", tmp_path_factory.mktemp("flowjo"))


def test_every_population_of_every_tube_is_written_or_refused_in_words(written: Path, tables: Path) -> None:
    reported = {tuple(row[name] for name in DETAILS): row for row in rows(written / "export.csv")}
    counted = {tuple(row[name] for name in DETAILS): row["events"] for row in rows(tables / "counts.csv")}
    assert set(reported) == set(counted)
    for key, row in reported.items():
        if row["status"] == "written":
            assert row["events"] == row["flowkit_events"] == counted[key]
            assert row["differing_events"] == "0"
        else:
            assert row["reason"]
    assert sum(row["status"] == "written" for row in reported.values()) > 80
    reasons = {row["population"]: row["reason"] for row in reported.values() if row["status"] == "refused"}
    assert "learned boundary on 5 axes, and FlowJo draws gates on two" in reasons["Treg"]


def test_flowkit_counts_the_same_from_workspace_and_files(written: Path, trial: Path) -> None:
    """FlowKit reads no LMD files: those tubes are left out here; export.csv has their check on tregate's events."""
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore")
        files = [str(path) for path in sorted((trial / "fcs").glob("*.fcs"))]
        workspace = flowkit.Workspace(written / "tregate.wsp", fcs_samples=files, filename_as_id=True)
        workspace.analyze_samples(use_mp=False)
    assert set(workspace.get_sample_groups()) == {"All Samples", "T", "NK", "TREG"}
    assert len(workspace.get_sample_ids()) == 6
    checked = 0
    for row in rows(written / "export.csv"):
        name = Path(row["file"]).name
        if row["status"] == "written" and name in workspace.get_sample_ids():
            *outer, last = row["gate_id"].split("/")
            count = workspace.get_gating_results(name).get_gate_count(last, ("root", *outer))
            assert count == int(row["events"]), row
            checked += 1
    assert checked > 40


def test_import_takes_the_workspace_back_with_equal_counts(written: Path, trial: Path, tmp_path: Path) -> None:
    done = tregate("import", written / "tregate.wsp", "--fcs", trial / "fcs", "--out", tmp_path / "imported")
    assert done.code == 0, done.err
    for row in rows(tmp_path / "imported" / "agreement.csv"):
        assert row["why"] in ("equal", "the program had not computed this count (-1)"), row


def test_the_workspace_copies_no_keyword_of_the_files(written: Path) -> None:
    root = etree.parse(str(written / "tregate.wsp"))
    names = {str(one.get("name")) for one in root.iter("Keyword")}
    assert all(name in ("$TOT", "$PAR") or name[-1] in "NSR" for name in names), names


def test_the_same_run_gives_the_same_bytes(written: Path, tables: Path, tmp_path: Path) -> None:
    assert tregate("export", tables, "--to", "flowjo", "--out", tmp_path / "again").code == 0
    for path in written.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_matrix_files_hold_the_numbers_that_were_applied(tables: Path, tmp_path: Path) -> None:
    for target in ("compensation", "flowjo-matrix"):
        assert tregate("export", tables, "--to", target, "--out", tmp_path / target).code == 0
    listed = rows(tmp_path / "flowjo-matrix" / "compensation.csv")
    assert {row["matrix"] for row in listed} == {"matrix_1.mtx", "matrix_2.mtx"}
    for name in ("matrix_1", "matrix_2"):
        matrix = matrix_of(etree.parse(str(tmp_path / "flowjo-matrix" / f"{name}.mtx")).getroot())
        stated = rows(tmp_path / "compensation" / f"{name}.csv")
        assert isinstance(matrix, DrawnMatrix)
        assert list(matrix.detectors) == list(stated[0])
        assert [list(row) for row in matrix.rows] == [[float(value) for value in row.values()] for row in stated]
