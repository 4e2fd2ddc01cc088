"""A visit that was measured twice, from samples.csv to cp.csv."""

import math
import shutil
from pathlib import Path

import pytest
from cli_running import rows, run_study, tregate, write_rows

TUBES = ("T", "NK", "TREG")


def repeated(trial: Path, folder: Path) -> Path:
    """The trial, with S01 D8 measured twice: another tube of the same person stands for the repeat."""
    study = Path(shutil.copytree(trial, folder / "study"))
    listed = rows(study / "samples.csv")
    columns = [*listed[0], "replicate"]
    first = [row for row in listed if (row["subject"], row["visit"]) == ("S01", "D8")]
    other = {row["tube"]: row for row in listed if (row["subject"], row["visit"]) == ("S01", "D1")}
    assert [row["tube"] for row in first] == list(TUBES)
    for row in first:
        name = f"fcs/again_{row['tube']}{Path(row['file']).suffix}"
        shutil.copyfile(study / other[row["tube"]]["file"], study / name)
        listed.append(row | {"file": name, "replicate": "2", "bead_lot": other[row["tube"]]["bead_lot"]})
    write_rows(study / "samples.csv", columns, listed)
    return study


def test_a_repeat_is_listed_and_changes_no_planned_value(trial: Path, tables: Path, tmp_path: Path) -> None:
    study = repeated(trial, tmp_path)
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
    (finding,) = [row for row in rows(out / "findings.csv") if row["check"] == "unscheduled_visit"]
    assert "repeat 2 of D8" in finding["message"]


def test_declared_replicates_are_averaged_into_the_visit_tables(trial: Path, tables: Path, tmp_path: Path) -> None:
    study = repeated(trial, tmp_path)
    with (study / "study.yaml").open("a", encoding="utf-8") as file:
        file.write("replicates: {T: mean, NK: first, TREG: mean}\n")
    out = tmp_path / "out"
    assert run_study(study, out, "--workers", "2", "--store", tables / ".tubes").code == 0
    counted = {
        (row["visit"], row["population"]): row
        for row in rows(out / "counts.csv")
        if row["subject"] == "S01" and row["tube"] == "TREG"
    }
    made = {(row["subject"], row["visit"]): row for row in rows(out / "treg.csv")}
    before = {(row["subject"], row["visit"]): row for row in rows(tables / "treg.csv")}
    mean, single = made["S01", "D8"], before["S01", "D8"]
    parts = [(int(counted[v, "Treg"]["events"]), int(counted[v, "CD4+"]["events"])) for v in ("D8", "D8 repeat 2")]
    pooled = 100 * sum(events for events, _ in parts) / sum(of for _, of in parts)
    assert float(mean["treg_percent_of_cd4"]) == pytest.approx(pooled, rel=1e-5)
    logs = [math.log(events / of) for events, of in parts]
    cv = 100 * math.sqrt(math.expm1((logs[0] - logs[1]) ** 2 / 2))
    assert float(mean["treg_percent_of_cd4_replicates_cv_percent"]) == pytest.approx(cv, rel=1e-5)
    assert mean["treg_percent_of_cd4_replicates"] == "2"
    low, high = (math.log(float(mean[f"treg_percent_of_cd4_{end}"])) for end in ("low", "high"))
    assert high - low > abs(logs[0] - logs[1]), "what replicates differ by is within the limits"
    unchanged = [key for key in before if key != ("S01", "D8")]
    columns = [column for column in before["S01", "D1"] if "fold" not in column and column != "flags"]
    assert all(made[key][c] == before[key][c] for key in unchanged for c in columns)
    assert made["S01", "D1"]["treg_percent_of_cd4_replicates"] == "1"
    assert made["S01", "D1"]["treg_percent_of_cd4_replicates_cv_percent"] == ""
    assert list(mean)[: len(single) - 1] == list(single)[:-1], "columns are added before the flags"
    nk = {(row["subject"], row["visit"]): row for row in rows(out / "nk.csv")}
    assert (
        nk["S01", "D8"]["nk_per_ul"]
        == {(r["subject"], r["visit"]): r for r in rows(tables / "nk.csv")}["S01", "D8"]["nk_per_ul"]
    )
    assert "nk_per_ul_replicates" not in nk["S01", "D8"]
    extra = {row["measure"]: row for row in rows(out / "unscheduled.csv")}
    assert extra["nk_per_ul"]["value"], "the repeat of NK is a value of its own"
    assert (extra["treg_percent_of_cd4"]["value"], extra["treg_percent_of_cd4"]["flags"]) == ("", "in_mean_TREG")
    found = {(row["check"], row["tube"], row["visit"]): row for row in rows(out / "findings.csv")}
    assert "The mean contains it" in found["replicate_apart", "T", "D8"]["message"]
    assert ("replicate_apart", "T", "D8 repeat 2") in found
    assert "`replicates` in study.yaml" in found["replicate_apart", "NK", "D8"]["message"]
    assert ("replicates_agree", "TREG", "D8") in found, "percentages of washed tubes are compared too"
    assert "replicate_apart" in mean["flags"], "a value of which a replicate is apart says so"
    again = tmp_path / "again"
    assert tregate("tables", out, "--out", again).code == 0
    assert (again / "treg.csv").read_bytes() == (out / "treg.csv").read_bytes()


def test_a_lost_replicate_is_named_and_the_other_one_counts(trial: Path, tables: Path, tmp_path: Path) -> None:
    study = repeated(trial, tmp_path)
    listed = rows(study / "samples.csv")
    lost = next(row for row in listed if (row["subject"], row["visit"], row["tube"]) == ("S01", "D8", "TREG"))
    lost["exclude"] = "clotted"
    write_rows(study / "samples.csv", [*listed[0], "exclude"], listed)
    with (study / "study.yaml").open("a", encoding="utf-8") as file:
        file.write("replicates: {TREG: mean}\n")
    out = tmp_path / "out"
    assert run_study(study, out, "--workers", "2", "--store", tables / ".tubes").code == 0
    made = next(row for row in rows(out / "treg.csv") if (row["subject"], row["visit"]) == ("S01", "D8"))
    other = next(row for row in rows(tables / "treg.csv") if (row["subject"], row["visit"]) == ("S01", "D1"))
    assert made["treg_percent_of_cd4"] == other["treg_percent_of_cd4"]
    assert made["treg_percent_of_cd4_replicates"] == "1"
    (found,) = [row for row in rows(out / "findings.csv") if row["check"] == "replicate_missing"]
    assert "1 of 2 replicates of TREG" in found["message"]
    assert lost["file"] in found["message"]


def test_a_rule_for_a_tube_that_is_not_there_is_refused(trial: Path, tmp_path: Path) -> None:
    study = repeated(trial, tmp_path)
    with (study / "study.yaml").open("a", encoding="utf-8") as file:
        file.write("replicates: {TREGS: mean, T: median}\n")
    done = tregate("check", study)
    assert done.code == 2
    assert "replicates" in done.err + done.out
    assert "first" in done.err + done.out
