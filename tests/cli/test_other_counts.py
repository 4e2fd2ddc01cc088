"""Cells/µL by volume and by haematology: the blood's truth, no value without a stated volume, tables again."""

import shutil
from pathlib import Path

import pytest
from cli_running import edit_row, rows, run_study, tregate, write_rows

from tregate.fixtures.tube import Tube, make_tube
from tregate.gating.count.other_ways import poisson_limits

TOTAL, BLOOD = 1000.0, 100.0
DRAWN = 0.07
"""How far the tube may be from its blood: it drew 5 % more CD4+ cells per bead, and pairs add their factor."""


@pytest.fixture(scope="module")
def tube() -> Tube:
    return make_tube("tetrachrome_t", events=30_000, seed=8)


def acquired(tube: Tube) -> float:
    """Volume of the diluted blood that went through the laser [µL], by the beads that the fixture counts itself."""
    return tube.beads_seen / 1000.0 * TOTAL / BLOOD


def study(tmp_path: Path, tube: Tube, counting: str, **cells: str) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    for visit in ("D1", "D8"):
        tube.write(folder / f"{visit}.fcs", keywords={"$SMNO": visit})
    (folder / "study.yaml").write_text(
        "study: x\nvisits: [D1, D8]\ntubes: {T: tetrachrome_t}\ntables: treg_nk\npreparation_cv_percent: 0\n"
        f"counting: {{T: {counting}}}\n",
        encoding="utf-8",
    )
    columns = ["file", "subject", "visit", "tube", *cells]
    listed = [{"file": f"{v}.fcs", "subject": "S1", "visit": v, "tube": "T", **cells} for v in ("D1", "D8")]
    write_rows(folder / "samples.csv", columns, listed)
    return folder


BY_VOLUME = f"{{by: volume, total_volume_ul: {TOTAL:g}, cv_percent: 2}}"
BY_HAEMATOLOGY = "{by: haematology, of: lymphocytes, cv_percent: 5}"


def count(out: Path, population: str, visit: str = "D1") -> dict[str, str]:
    (row,) = [r for r in rows(out / "counts.csv") if (r["population"], r["visit"]) == (population, visit)]
    return row


def test_by_volume_the_truth_of_the_blood_comes_out(tmp_path: Path, tube: Tube) -> None:
    folder = study(tmp_path, tube, BY_VOLUME, blood_volume_ul="100", volume_ul=f"{acquired(tube):.6g}")
    done = run_study(folder, tmp_path / "out")
    assert done.code == 0, done.err
    for population in ("CD4+", "CD8+", "CD3+"):
        row = count(tmp_path / "out", population)
        assert float(row["cells_per_ul"]) == pytest.approx(tube.cells_per_ul[population], rel=DRAWN)
        assert float(row["cells_per_ul_low"]) < float(row["cells_per_ul"]) < float(row["cells_per_ul_high"])
        assert row["beads_cv_percent"] == "2"
        assert row["bead_events"] == ""
    visit = rows(tmp_path / "out" / "subsets.csv")[0]
    assert float(visit["cd4_per_ul"]) == pytest.approx(float(count(tmp_path / "out", "CD4+")["cells_per_ul"]))


def test_by_haematology_the_share_of_lymphocytes_is_set_on_their_count(tmp_path: Path, tube: Tube) -> None:
    per_ul = tube.cells_per_ul["lymphocytes"]
    folder = study(tmp_path, tube, BY_HAEMATOLOGY, lymphocytes_per_ul=f"{per_ul:.6g}")
    done = run_study(folder, tmp_path / "out")
    assert done.code == 0, done.err
    lymphocytes, cd4 = (count(tmp_path / "out", name) for name in ("lymphocytes", "CD4+"))
    assert float(cd4["cells_per_ul_counted"]) == pytest.approx(
        per_ul * int(cd4["events"]) / int(lymphocytes["events"]), rel=1e-5
    )
    assert float(cd4["cells_per_ul"]) == pytest.approx(tube.cells_per_ul["CD4+"], rel=DRAWN)
    assert float(cd4["preparation_cv_percent"]) == pytest.approx(5)


@pytest.mark.parametrize(
    ("counting", "cells", "reason"),
    [
        (BY_VOLUME, {"blood_volume_ul": "100"}, "volume_missing"),
        (BY_VOLUME, {"volume_ul": "80"}, "blood_volume_missing"),
        (BY_HAEMATOLOGY, {"note": "none"}, "haematology_missing"),
    ],
)
def test_without_a_stated_amount_there_is_no_concentration(
    tmp_path: Path, tube: Tube, counting: str, cells: dict[str, str], reason: str
) -> None:
    run_study(study(tmp_path, tube, counting, **cells), tmp_path / "out")
    row = count(tmp_path / "out", "CD4+")
    assert row["events"]
    assert row["percent_of_parent"]
    assert row["cells_per_ul"] == ""
    assert reason in row["flags"]
    failed = rows(tmp_path / "out" / "failures.csv")
    assert {(r["stage"], r["error"]) for r in failed} == {("count", reason)}


def test_check_reports_a_volume_that_neither_file_nor_row_states(tmp_path: Path, tube: Tube) -> None:
    folder = study(tmp_path, tube, BY_VOLUME, blood_volume_ul="100")
    checked = tregate("check", folder)
    assert checked.code == 1
    assert "`volume_ul` is empty" in checked.out
    for visit in ("D1", "D8"):
        tube.write(folder / f"{visit}.fcs", keywords={"$SMNO": visit, "$VOL": "80000", "$VOLUNIT": "nL"})
    edited = tregate("check", folder)
    assert edited.code == 0, edited.out


def test_a_file_that_states_more_than_was_in_the_tube_has_no_concentration(tmp_path: Path, tube: Tube) -> None:
    folder = study(tmp_path, tube, BY_VOLUME.replace("1000", "60"), blood_volume_ul="50")
    for visit in ("D1", "D8"):
        tube.write(folder / f"{visit}.fcs", keywords={"$SMNO": visit, "$VOL": "80000"})
    checked = tregate("check", folder)
    assert (checked.code, "80 µL were acquired ($VOL)" in checked.out) == (1, True), checked.out
    run_study(folder, tmp_path / "out")
    row = count(tmp_path / "out", "CD4+")
    assert row["cells_per_ul"] == ""
    assert "volume_above_total" in row["flags"]
    assert {r["error"] for r in rows(tmp_path / "out" / "failures.csv")} == {"volume_above_total"}


def test_tables_made_again_have_the_same_bytes(tmp_path: Path, tube: Tube) -> None:
    for counting, cells in (
        (BY_VOLUME, {"blood_volume_ul": "100", "volume_ul": "123.4"}),
        (BY_HAEMATOLOGY, {"lymphocytes_per_ul": "1777"}),
    ):
        folder = study(tmp_path, tube, counting, **cells)
        run_study(folder, tmp_path / "out")
        before = (tmp_path / "out" / "subsets.csv").read_bytes()
        assert b"S1,D1,1" in before or b"S1,D1," in before
        done = tregate("tables", tmp_path / "out")
        assert done.code == 0, done.err
        assert (tmp_path / "out" / "subsets.csv").read_bytes() == before
        shutil.rmtree(tmp_path / "study")
        shutil.rmtree(tmp_path / "out")


def test_a_kind_of_tube_has_one_way_of_counting(tmp_path: Path, tube: Tube) -> None:
    folder = study(tmp_path, tube, BY_VOLUME, blood_volume_ul="100", volume_ul="80")
    edit_row(folder / "samples.csv", "D8.fcs", lymphocytes_per_ul="1500")
    done = tregate("check", folder)
    assert done.code == 2
    assert "samples.csv:3: `lymphocytes_per_ul`: tubes T are counted by volume" in done.out
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    for wrong, words in (
        ("counting: {TREG: {by: volume, total_volume_ul: 1}}", 'the study has no tube "TREG"'),
        ("counting: {T: {by: volume}}", "total_volume_ul"),
        ("counting: {T: {by: haematology, of: Lymphos}}", 'has no population "Lymphos"'),
    ):
        (folder / "study.yaml").write_text(text.replace(text.splitlines()[-1], wrong), encoding="utf-8")
        done = tregate("check", folder)
        assert done.code == 2
        assert words in done.out


@pytest.mark.parametrize("by", ["volume", "haematology"])
def test_a_change_of_the_way_needs_a_bridging_factor_and_carries_its_uncertainty(
    tmp_path: Path, tube: Tube, by: str
) -> None:
    """D1 is counted by beads and D8 by another way that reads 20 % low, as the laboratory measured."""
    low = 1.2
    amount = {"volume_ul": f"{acquired(tube) * low:.6g}"} if by == "volume" else {
        "lymphocytes_per_ul": f"{tube.cells_per_ul['lymphocytes'] / low:.6g}"
    }  # fmt: skip
    way = BY_VOLUME if by == "volume" else BY_HAEMATOLOGY
    folder = study(
        tmp_path, tube, way, blood_volume_ul="100", bead_lot="", bead_volume_ul="", **dict.fromkeys(amount, "")
    )
    (folder / "bead_lots.csv").write_text("bead_lot,beads_per_ul,expires\nL1,1000,2032-12-31\n", encoding="utf-8")
    text = (folder / "study.yaml").read_text(encoding="utf-8").replace("treg_nk", "treg_extended")
    text += "bead_lots: bead_lots.csv\n"
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    edit_row(folder / "samples.csv", "D1.fcs", bead_lot="L1", bead_volume_ul="100")
    edit_row(folder / "samples.csv", "D8.fcs", **amount)
    refused = tregate("check", folder)
    assert refused.code == 2
    assert "declare a bridging factor" in refused.out
    bridged = text.replace(way, way[:-1] + f", bridge: {{factor: {low}, cv_percent: 6}}}}")
    (folder / "study.yaml").write_text(bridged, encoding="utf-8")
    out = tmp_path / "out"
    done = run_study(folder, out)
    assert done.code == 0, done.err
    first, other = (count(out, "CD4+", visit) for visit in ("D1", "D8"))
    assert first["bead_events"]
    assert other["bead_events"] == ""
    for row in (first, other):
        assert float(row["cells_per_ul"]) == pytest.approx(tube.cells_per_ul["CD4+"], rel=DRAWN)
    shared = 2.0 if by == "volume" else 0.0
    assert float(other["beads_cv_percent"]) == pytest.approx((6**2 + shared**2) ** 0.5, rel=1e-3)
    visit = next(row for row in rows(out / "teff.csv") if row["visit"] == "D8")
    assert float(visit["fold_cd3_per_ul"]) == pytest.approx(1, abs=0.06)
    ends = float(visit["fold_cd3_per_ul_low"]), float(visit["fold_cd3_per_ul_high"])
    assert ends[0] < 1 / 1.1 < 1.1 < ends[1], "the uncertainty of the factor is in the fold change"
    assert "bridged_count" in visit["flags"]
    (found,) = [row for row in rows(out / "findings.csv") if row["check"] == "bridged_count"]
    assert f"bridging factor {low:g}" in found["message"]
    before = (out / "teff.csv").read_bytes()
    assert tregate("tables", out).code == 0
    assert (out / "teff.csv").read_bytes() == before


def test_limits_of_a_count_in_a_volume_are_garwoods() -> None:
    assert poisson_limits(0)[0] == 0.0
    assert poisson_limits(0)[1] == pytest.approx(3.689, abs=0.001)
    assert poisson_limits(100) == pytest.approx((81.36, 121.63), abs=0.01)
