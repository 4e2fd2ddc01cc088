"""`tregate import` on real workspaces: counts that FlowJo stored, and counts that FlowKit makes of them."""

import csv
from pathlib import Path

import pytest
from cli_running import rows, run_study, tregate

DATA = Path(__file__).parents[3] / "shared" / "data"
MANIFEST = DATA / "workspaces" / "MANIFEST.csv"

pytestmark = pytest.mark.skipif(not MANIFEST.is_file(), reason="needs ../shared/data/workspaces")


def stated() -> list[dict[str, str]]:
    """Rows of FlowJo 10 workspaces whose FCS file is here."""
    if not MANIFEST.is_file():
        return []
    with MANIFEST.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["fcs"] and row["flowkit_1_3_2_count"]]


WORKSPACES = sorted({row["workspace"] for row in stated()})


def folder_of(workspace: str) -> Path:
    return DATA / Path(next(row["fcs"] for row in stated() if row["workspace"] == workspace)).parent


@pytest.mark.parametrize("workspace", WORKSPACES, ids=[Path(one).stem for one in WORKSPACES])
def test_counts_are_those_of_flowkit_and_agree_with_those_stored(workspace: str, tmp_path: Path) -> None:
    done = tregate("import", DATA / workspace, "--fcs", folder_of(workspace), "--out", tmp_path / "out")
    found = {(row["sample"], row["population"]): row for row in rows(tmp_path / "out" / "agreement.csv")}
    wanted = [row for row in stated() if row["workspace"] == workspace]
    assert len(found) == len(wanted)
    differing = []
    for row in wanted:
        ours = found[row["sample"], row["population"]]
        assert abs(int(ours["count"]) - int(row["flowkit_1_3_2_count"])) <= 1, row["population"]
        stored = int(row["stored_count"])
        if stored >= 0 and abs(int(ours["count"]) - stored) > max(2, 0.002 * stored):
            differing.append(row["population"])
            assert "bins" in ours["why"]
    # FlowJo stores 0 for one polygon of a synthetic line, whose events lie on an edge of its bins
    assert differing == (["poly1"] if "poly50" in workspace else [])
    assert done.code == (1 if differing else 0)


@pytest.mark.parametrize(
    ("workspace", "agreeing", "refused"),
    [
        # FlowJo 8.7.3: two files of 58 populations each
        ("real/LabKey+testAutomation/data/flow/flowjoquery/microFCS/microFCS.xml", 116, 0),
        # FlowJo 9.2: two magnetic gates and the four gates below one of them are refused; one gate has no stored count
        ("real/RGLab+flowWorkspaceData/inst/extdata/A2004Analysis.xml", 12, 6),
    ],
)
def test_counts_of_flowjo_8_and_9_agree_with_those_stored(
    workspace: str, agreeing: int, refused: int, tmp_path: Path
) -> None:
    path = DATA / workspace
    assert tregate("import", path, "--fcs", path.parent, "--out", tmp_path / "out").code == 1
    found = [row for row in rows(tmp_path / "out" / "agreement.csv") if row["file"]]
    assert sum(row["why"] in ("equal", "within tolerance") for row in found) == agreeing
    counts = [(int(row["stored_count"]), int(row["count"])) for row in found if row["stored_count"] and row["count"]]
    assert len(counts) == agreeing
    assert all(abs(theirs - ours) <= max(2, 0.002 * theirs) for theirs, ours in counts)
    assert sum(row["why"].startswith("gate refused") for row in found) == refused
    assert all("magnetic" in row["why"] or "its parent" in row["why"] for row in found if "refused" in row["why"])


def test_replay_gates_every_tube_as_the_import_did(tmp_path: Path) -> None:
    workspace = "real/SofieVG+FlowSOM/inst/extdata/gating.wsp"
    imported = tmp_path / "imported"
    assert tregate("import", DATA / workspace, "--fcs", folder_of(workspace), "--out", imported).code == 0
    done = run_study(imported / "study.yaml", tmp_path / "run", "--gates", imported / "gates.csv")
    assert done.code in (0, 1)
    counts = {row["population"]: row["events"] for row in rows(tmp_path / "run" / "counts.csv")}
    assert counts == {row["population"]: row["count"] for row in rows(imported / "agreement.csv")}
    again = run_study(imported / "study.yaml", tmp_path / "second")
    assert again.code in (0, 1)
    strategy = {row["population"]: row["events"] for row in rows(tmp_path / "second" / "counts.csv")}
    assert strategy == counts, "strategy.yaml alone holds the same shapes"


def test_a_wrong_folder_names_samples_and_files(tmp_path: Path) -> None:
    folder = folder_of("real/SofieVG+FlowSOM/inst/extdata/gating.wsp")
    workspace = DATA / "workspaces/whitews+FlowKit/data/8_color_data_set/8_color_ICS_with_ellipse.wsp"
    done = tregate("import", workspace, "--fcs", folder, "--out", tmp_path / "out")
    assert done.code == 2
    assert "101_DEN084Y5_15_E03_009_clean.fcs" in done.err
    assert "files: 68983.fcs" in done.err
    assert not (tmp_path / "out").exists()


def test_an_ellipse_in_linear_intensity_is_the_same_in_strategy_and_gates(tmp_path: Path) -> None:
    """Its covariance moves to the strategy's axes; gated by strategy.yaml alone it holds the events of the truth."""
    folder = DATA / "real" / "whitews+FlowKit" / "data" / "gate_ref"
    document = folder / "gml" / "gml_ellipse1_gate.xml"
    done = tregate("import", document, "--fcs", folder, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    (row,) = rows(tmp_path / "out" / "agreement.csv")
    truth = (folder / "truth" / "Results_Ellipse1.txt").read_text().split()
    assert int(row["count"]) == sum(map(int, truth))
    assert "counts otherwise" not in done.err


def test_the_compensation_of_a_file_without_a_matrix_is_none(tmp_path: Path) -> None:
    folder = DATA / "real" / "whitews+FlowKit" / "data" / "gate_ref"
    done = tregate("import", folder / "gml" / "gml_poly1_gate.xml", "--fcs", folder, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    (row,) = rows(tmp_path / "out" / "agreement.csv")
    truth = (folder / "truth" / "Results_Polygon1.txt").read_text().split()
    assert int(row["count"]) == sum(map(int, truth))
