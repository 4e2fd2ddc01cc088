"""A visit that was measured twice, from samples.csv to cp.csv."""

import shutil
from pathlib import Path

from cli_running import rows, run_study, write_rows

TUBES = ("T", "NK", "TREG")


def test_a_repeat_is_listed_and_changes_no_planned_value(trial: Path, tables: Path, tmp_path: Path) -> None:
    study = Path(shutil.copytree(trial, tmp_path / "study"))
    listed = rows(study / "samples.csv")
    columns = [*listed[0], "replicate"]
    first = [row for row in listed if (row["subject"], row["visit"]) == ("S01", "D8")]
    other = {row["tube"]: row for row in listed if (row["subject"], row["visit"]) == ("S01", "D1")}
    assert [row["tube"] for row in first] == list(TUBES)
    for row in first:  # another tube of the same person stands for the repeat
        name = f"fcs/again_{row['tube']}{Path(row['file']).suffix}"
        shutil.copyfile(study / other[row["tube"]]["file"], study / name)
        listed.append(row | {"file": name, "replicate": "2", "bead_lot": other[row["tube"]]["bead_lot"]})
    write_rows(study / "samples.csv", columns, listed)
    out = tmp_path / "out"
    assert run_study(study, out, "--workers", "2", "--store", tables / ".tubes").code == 0
    values = {(row["subject"], row["visit"]): row["treg_percent_of_cd4"] for row in rows(out / "treg.csv")}
    assert values == {(r["subject"], r["visit"]): r["treg_percent_of_cd4"] for r in rows(tables / "treg.csv")}
    extra = {row["measure"]: row for row in rows(out / "unscheduled.csv")}
    treg = extra["treg_percent_of_cd4"]
    assert (treg["visit"], treg["planned_visit"], treg["replicate"]) == ("D8 repeat 2", "D8", "2")
    assert treg["value"] == values["S01", "D1"]
    low, high = sorted((float(values["S01", "D1"]), float(values["S01", "D8"])))
    assert low < float(treg["repeats_gmean"]) < high
    assert float(treg["repeats_cv_percent"]) > 0
    cp = [row for row in rows(out / "cp.csv") if row["CPTESTCD"] == "TREGCD4" and row["USUBJID"].endswith("S01")]
    assert [(row["VISIT"], row["VISITNUM"], row["CPREPNUM"]) for row in cp] == [
        ("D1", "1", ""), ("D8", "2", "1"), ("D8", "2", "2"),
    ]  # fmt: skip
    (told,) = [row for row in rows(out / "findings.csv") if row["check"] == "unscheduled_visit"]
    assert "repeat 2 of D8" in told["message"]
