"""`tregate run` over real human T-cell files: tables for what can be gated, a plain reason for everything else."""

from pathlib import Path

import pytest
from cli_running import rows, run_study, write_rows
from real_data import needs_real, real_file

from tregate.gating.engine import gate
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.load import load_strategy
from tregate.gating.units import Marker, PopulationName

pytestmark = needs_real

GATED = {
    "118795.fcs": "offsets of TEXT point elsewhere",
    "118797.fcs": "the same",
    "Donor1.fcs": "dye first; CD8a and CD8b on two channels",
    "Donor2.fcs": "the same",
    "INF071_Ctrl_Tetramer.fcs": "spectral, unmixed, identity matrix",
    "INF149_Ctrl_Tetramer.fcs": "the same",
}
UNMEASURED = {"100715.fcs": "CD3 shows no valley", "test_comp_example.fcs": "CD3 stains nothing apart"}
FAILED = {
    "AriaFile1.fcs": ("read", "truncated"),
    "Fake_3_2.fcs": ("read", "saved again as UTF-8 text"),
    "corrupted.fcs": ("read", "Not an FCS file"),
    "a2004_O1T2pb05i_A2_A02.fcs": ("panel", "No channel is stained with CD3"),
    "Gates_PTLG021_Unstim_Control_1.fcs": ("panel", "has no FSC-A signal"),
    "Miltenyi Biotec - MACSQuant Analyzer.fcs": ("compensate", "The file contains no matrix"),
    "data1.fcs": ("compensate", "The file contains no matrix"),
    "itn_02.fcs": ("compensate", "The file contains no matrix"),
}
FILES = [*GATED, *UNMEASURED, *FAILED]

STUDY = f"""study: real human T cells
samples: samples.csv
visits: [V1]
tubes: {{T: {(Path(__file__).parent / "strategies" / "human_t_cells.yaml").as_posix()}}}
tables: treg_nk
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run over all these files, one subject each."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "study.yaml").write_text(STUDY)
    listed = [
        {"file": str(real_file(name).resolve()), "subject": f"S{i:02d}", "visit": "V1", "tube": "T"}
        for i, name in enumerate(FILES)
    ]
    write_rows(folder / "samples.csv", ["file", "subject", "visit", "tube"], listed)
    done = run_study(folder, folder / "out")
    assert done.code == 1, done.err
    return folder / "out"


def of(out: Path, table: str, name: str) -> list[dict[str, str]]:
    return [row for row in rows(out / table) if row["file"].endswith(name)]


@pytest.mark.parametrize("name", GATED)
def test_what_can_be_gated_is_in_the_table(out: Path, name: str) -> None:
    found = {row["population"]: row for row in of(out, "counts.csv", name)}
    assert 40 < float(found["CD3+"]["percent_of_parent"]) < 85
    cd4, cd8 = (float(found[p]["percent_of_parent"]) for p in ("CD4+", "CD8+"))
    assert 25 < cd4 < 80
    assert 10 < cd8 < 45
    assert {row["cells_per_ul"] for row in found.values()} == {""}
    assert of(out, "failures.csv", name) == []


@pytest.mark.parametrize("name", ["118795.fcs", "118797.fcs"])
def test_granulocytes_that_take_up_stain_are_no_t_cells(name: str) -> None:
    """By an outline drawn by eye: CD3 above 3000 and side scatter below 33,000, singlets.

    62 % of the "CD3+" events once lay above that side scatter, in a cluster that is dimmer in CD3 and larger.
    """
    strategy = load_strategy("human_t_cells", Path(__file__).parent / "strategies")
    prepared = prepare(read(real_file(name)), strategy)
    gated = gate(prepared, strategy)
    sample, channels = prepared.sample, prepared.binding.channels
    cd3, side = sample.linear(channels[Marker("CD3")]), sample.linear(channels[Marker("SSC-A")])
    ours = gated.mask(PopulationName("CD3+"))
    drawn = gated.mask(PopulationName("singlets")) & (cd3 > 3000) & (side < 33_000)
    assert (side[ours] > 33_000).mean() < 0.12
    assert 2 * (ours & drawn).sum() / (ours.sum() + drawn.sum()) > 0.88
    of_cd3 = gated.events[PopulationName("CD4+")] / gated.events[PopulationName("CD3+")]
    assert 0.45 < of_cd3 < 0.53


@pytest.mark.parametrize("name", UNMEASURED)
def test_what_shows_no_place_is_empty_with_its_reason(out: Path, name: str) -> None:
    found = {row["population"]: row for row in of(out, "counts.csv", name)}
    assert found["CD4+"]["events"] == found["CD4+"]["percent_of_parent"] == ""
    reasons = [row["message"] for row in of(out, "findings.csv", name) if row["check"] == "unmeasured"]
    reasons += [row["message"] for row in of(out, "failures.csv", name) if row["stage"] == "gate"]
    assert any("CD3" in reason for reason in reasons)


@pytest.mark.parametrize("name", FAILED)
def test_what_cannot_be_gated_has_a_plain_reason(out: Path, name: str) -> None:
    (failure,) = of(out, "failures.csv", name)
    stage, reason = FAILED[name]
    assert failure["stage"] == stage
    assert reason in failure["message"]
    assert of(out, "counts.csv", name) == []


def test_repairs_and_doubts_are_reported(out: Path) -> None:
    checks = {row["check"] for row in rows(out / "findings.csv") if "118795.fcs" in row["file"]}
    assert {"repair_offsets_from_header", "compensation_identity"} <= checks


def test_visit_tables_hold_every_subject_and_no_invented_number(out: Path) -> None:
    subsets = rows(out / "subsets.csv")
    assert len(subsets) == len(FILES)
    assert {row["cd3_per_ul"] for row in subsets} == {""}


def test_a_bare_folder_of_such_files_is_answered_file_by_file(tmp_path: Path) -> None:
    """Without a study every file is set up but for the names that say no visit, or named with the reason why not."""
    folder, out = tmp_path / "files", tmp_path / "out"
    folder.mkdir()
    for name in FILES:
        (folder / name).symlink_to(real_file(name))
    asked = run_study(folder, out)
    assert asked.code == 2
    assert "`subject` is empty" in asked.err
    assert "listed twice" not in asked.err, "no cascade: rows without a subject are not the same tube"
    listed = rows(out / "samples.csv")
    assert sorted(Path(row["file"]).name for row in listed) == sorted(FILES)
    filled = [{**row, "subject": Path(row["file"]).stem, "visit": "V1"} for row in listed]
    write_rows(out / "samples.csv", list(listed[0]), filled)
    study = out / "study.yaml"
    study.write_text(study.read_text().replace("visits: []", "visits: [V1]"))
    done = run_study(study, tmp_path / "tables")
    assert done.code == 1, done.err
    in_counts = {Path(row["file"]).name for row in rows(tmp_path / "tables" / "counts.csv")}
    failed = {Path(row["file"]).name: row["message"] for row in rows(tmp_path / "tables" / "failures.csv")}
    for row in listed:
        name = Path(row["file"]).name
        assert (name in in_counts or name in failed) + bool(row["exclude"]) == 1
