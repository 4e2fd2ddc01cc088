"""`tregate run` on a small trial: what it writes, and that it writes the same again."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest
from cli_running import command, edit_row, process, rows, run_study, tregate

CONTRACT = {
    "counts": "subject,visit,tube,file,population,parent,events,parent_events,percent_of_parent,cells_per_ul,"
    "cells_per_ul_low,cells_per_ul_high,bead_events,blood_analysed_ul,loq_per_ul,percent_of_parent_low,"
    "percent_of_parent_high,estimated_events,coincidence_factor,coincidence_low,coincidence_high,coincidence_source,"
    "pair_events,cells_per_ul_counted,counting_cv_percent,beads_cv_percent,preparation_cv_percent,"
    "coincidence_cv_percent,gate_cv_percent,flags",
    "treg": "subject,visit,cd4_per_ul,cd4_per_ul_low,cd4_per_ul_high,treg_percent_of_cd4,treg_percent_of_cd4_low,"
    "treg_percent_of_cd4_high,treg_per_ul,treg_per_ul_low,treg_per_ul_high,treg_percent_of_teff,teff_definition,"
    "fold_treg_percent,fold_treg_per_ul,treg_percent_of_teff_low,treg_percent_of_teff_high,fold_treg_percent_low,"
    "fold_treg_percent_high,fold_treg_per_ul_low,fold_treg_per_ul_high,cd4_per_ul_loq,treg_percent_of_cd4_loq,"
    "treg_per_ul_loq,flags",
    "nk": "subject,visit,nk_per_ul,nk_per_ul_low,nk_per_ul_high,nk_bright_per_ul,nk_bright_per_ul_low,"
    "nk_bright_per_ul_high,nk_dim_per_ul,nk_dim_per_ul_low,nk_dim_per_ul_high,nk_bright_percent_of_nk,"
    "fold_nk_per_ul,fold_nk_bright_per_ul,nk_bright_percent_of_nk_low,nk_bright_percent_of_nk_high,fold_nk_per_ul_low,"
    "fold_nk_per_ul_high,fold_nk_bright_per_ul_low,fold_nk_bright_per_ul_high,nk_per_ul_loq,nk_bright_per_ul_loq,"
    "nk_dim_per_ul_loq,nk_bright_percent_of_nk_loq,flags",
    "subsets": "subject,visit,lymphocytes_per_ul,lymphocytes_per_ul_low,lymphocytes_per_ul_high,cd3_per_ul,"
    "cd3_per_ul_low,cd3_per_ul_high,cd4_per_ul,cd4_per_ul_low,cd4_per_ul_high,cd8_per_ul,cd8_per_ul_low,"
    "cd8_per_ul_high,b_per_ul,b_per_ul_low,b_per_ul_high,nk_per_ul,nk_per_ul_low,nk_per_ul_high,lymphosum_percent,"
    "lymphosum_percent_low,lymphosum_percent_high,lymphocytes_per_ul_loq,cd3_per_ul_loq,cd4_per_ul_loq,cd8_per_ul_loq,"
    "b_per_ul_loq,nk_per_ul_loq,flags",
    "summary": "table,measure,visit,n,mean,sd,median,min,max,fold_n,fold_mean,fold_sd,fold_median,fold_gmean,test,"
    "p_value,p_method,p_floor,stars,pairs,mean_change,gmr,gmr_low,gmr_high,gmr_n,shift,shift_low,shift_high,p_exact,"
    "p_all_visits,p_any_visit,q1,q3,family,p_unadjusted,n_baseline_below_loq",
    "findings": "subject,visit,tube,file,check,severity,population,value,limit,message",
    "failures": "subject,visit,tube,file,stage,error,message",
}


def digests(folder: Path, pattern: str = "*.csv") -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob(pattern))
        if path.is_file()
        if path.name != "run.json"
    }


@pytest.mark.parametrize("name", CONTRACT)
def test_columns_are_the_contracts(name: str, tables: Path) -> None:
    assert (tables / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0] == CONTRACT[name]


def test_every_planned_visit_has_a_row_and_a_measured_figure(tables: Path) -> None:
    for name in ("treg", "nk", "subsets"):
        listed = rows(tables / f"{name}.csv")
        assert [(row["subject"], row["visit"]) for row in listed] == [
            ("S01", "D1"), ("S01", "D8"), ("S02", "D1"), ("S02", "D8"),
        ]  # fmt: skip
    assert all(float(row["treg_per_ul"]) > 0 for row in rows(tables / "treg.csv"))


def test_no_cell_is_nan_or_a_formula(tables: Path) -> None:
    for path in tables.glob("*.csv"):
        for row in rows(path):
            assert not [cell for cell in row.values() if cell.lower() in ("nan", "inf", "none", "-inf")]
            assert not [cell for cell in row.values() if cell[:1] in "=+@" and cell]


def test_same_bytes_whatever_the_workers(trial: Path, tables: Path, tmp_path: Path) -> None:
    done = process("run", trial, "--out", tmp_path / "out", "--workers", "3")
    assert done.code == 0, done.err
    assert digests(tmp_path / "out") == digests(tables)


def test_gates_fed_back_give_the_same_tables(trial: Path, tables: Path, tmp_path: Path) -> None:
    done = run_study(trial, tmp_path / "out", "--gates", tables / "gates.csv")
    assert done.code == 0, done.err
    for name in ("counts.csv", "treg.csv", "nk.csv", "subsets.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tables / name).read_bytes()


def test_the_record_leads_back_to_every_input(trial: Path, tables: Path) -> None:
    record = json.loads((tables / "run.json").read_text(encoding="utf-8"))
    assert len(record["inputs"]) == 12
    for entry in record["inputs"]:
        data = (trial / entry["file"]).read_bytes()
        assert (entry["size"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert entry["compensation"]["source"]
    assert {tube: set(entry) for tube, entry in record["strategies"].items()} == {
        tube: {"sha256", "strategy", "version", "definition_sha256"} for tube in ("T", "NK", "TREG")
    }
    assert record["files"] == {name: digest for name, digest in digests(tables, "*").items() if name != "run.log"}
    assert {"program", "python", "libraries", "start", "end", "command_line", "seeds"} <= set(record)


def test_only_takes_the_files_that_match(trial: Path, tables: Path, tmp_path: Path) -> None:
    done = run_study(trial, tmp_path / "out", "--only", "S02_*")
    assert done.code == 0, done.err
    whole = [row for row in rows(tables / "counts.csv") if row["subject"] == "S02"]
    part = rows(tmp_path / "out" / "counts.csv")
    figures = ("subject", "visit", "tube", "population", "events", "cells_per_ul")
    assert [[row[name] for name in figures] for row in part] == [[row[name] for name in figures] for row in whole]


def test_only_that_matches_nothing_is_a_wrong_command(trial: Path, tmp_path: Path) -> None:
    done = run_study(trial, tmp_path / "out", "--only", "nobody*")
    assert done.code == 2
    assert '--only: no file of the study matches "nobody*"' in done.err
    assert not (tmp_path / "out").exists()


def test_strict_ends_before_tables(spoiled: Path, tmp_path: Path) -> None:
    (spoiled / "fcs" / "S01_D1_T.fcs").write_bytes(b"")
    done = run_study(spoiled, tmp_path / "out", "--strict")
    assert done.code == 1
    assert "fcs/S01_D1_T.fcs" in done.err
    assert not list((tmp_path / "out").glob("*.csv")) if (tmp_path / "out").exists() else True


def test_strict_goes_through_where_nothing_is_wrong(trial: Path, tables: Path, tmp_path: Path) -> None:
    done = run_study(trial, tmp_path / "out", "--strict")
    assert done.code == 0, done.err
    assert digests(tmp_path / "out") == digests(tables)


def test_an_excluded_tube_is_listed_and_not_used(spoiled: Path, tmp_path: Path) -> None:
    edit_row(spoiled / "samples.csv", "fcs/S01_D8_TREG.fcs", exclude="clotted")
    done = run_study(spoiled, tmp_path / "out")
    assert done.code == 0, done.err
    assert "1 excluded" in done.err
    assert not [row for row in rows(tmp_path / "out" / "counts.csv") if row["file"] == "fcs/S01_D8_TREG.fcs"]
    row = next(r for r in rows(tmp_path / "out" / "treg.csv") if (r["subject"], r["visit"]) == ("S01", "D8"))
    assert row["treg_per_ul"] == ""
    assert "excluded_TREG" in row["flags"]
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert [(one["file"], one["reason"]) for one in record["excluded"]] == [("fcs/S01_D8_TREG.fcs", "clotted")]


def test_quiet_says_nothing_when_all_is_well(trial: Path, tmp_path: Path) -> None:
    done = run_study(trial, tmp_path / "out", "--quiet", "--only", "S01_D1_T*")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_quiet_says_what_went_wrong(spoiled: Path, tmp_path: Path) -> None:
    (spoiled / "fcs" / "S01_D1_T.fcs").write_bytes(b"")
    done = run_study(spoiled, tmp_path / "out", "--quiet", "--only", "S01_D1_*")
    assert (done.code, done.out) == (1, "")
    first, last = done.err.splitlines()
    assert first.startswith("fcs/S01_D1_T.fcs: read: Not an FCS file: it is empty")
    assert last == f"1 failure; causes and remedies: {tmp_path / 'out' / 'failures.csv'}"


def test_progress_in_a_log_is_plain_lines(trial: Path, tmp_path: Path) -> None:
    done = run_study(trial, tmp_path / "out", "--only", "S01_D1_*")
    assert any(line.startswith("gating: 3 of 3") for line in done.err.splitlines())
    assert "\x1b" not in done.err
    assert "3 tubes: 3 gated, 0 failed" in done.err


def test_the_same_file_under_two_names_is_reported(spoiled: Path, tmp_path: Path) -> None:
    (spoiled / "fcs" / "S01_D8_T.fcs").write_bytes((spoiled / "fcs" / "S01_D1_T.fcs").read_bytes())
    done = run_study(spoiled, tmp_path / "out")
    assert done.code == 0, done.err
    reported = [row for row in rows(tmp_path / "out" / "findings.csv") if row["check"] == "same_bytes"]
    assert {(row["file"], row["severity"]) for row in reported} == {
        ("fcs/S01_D1_T.fcs", "fail"), ("fcs/S01_D8_T.fcs", "fail"),
    }  # fmt: skip


@pytest.mark.parametrize(("pages", "drawn"), [("all", 3), ("flagged", 3), ("none", None)])
def test_the_page_is_written_when_asked_for(trial: Path, tmp_path: Path, pages: str, drawn: int | None) -> None:
    out = tmp_path / "out"
    done = tregate("run", trial, "--out", out, "--workers", "1", "--report", pages, "--only", "S01_D1_*")
    assert done.code == 0, done.err
    assert (out / "report.html").exists() == (drawn is not None)


def test_a_later_run_leaves_nothing_of_the_earlier_one(trial: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    tregate("run", trial, "--out", out, "--workers", "1", "--report", "all", "--only", "S01_D1_*")
    assert (out / "report.html").exists()
    run_study(trial, out, "--only", "S02_D1_*")
    assert not (out / "report.html").exists()
    assert {row["subject"] for row in rows(out / "counts.csv")} == {"S02"}


def test_tables_that_tregate_did_not_write_are_not_overwritten(trial: Path, tmp_path: Path) -> None:
    (tmp_path / "counts.csv").write_text("mine", encoding="utf-8")
    done = run_study(trial, tmp_path)
    assert done.code == 2
    assert "contains counts.csv, which tregate did not write" in done.err
    assert (tmp_path / "counts.csv").read_text(encoding="utf-8") == "mine"


def test_a_scheduler_that_closes_every_stream_gets_its_tables(trial: Path, tmp_path: Path) -> None:
    def close_all() -> None:
        for stream in (0, 1, 2):
            os.close(stream)

    arguments = ("run", trial, "--out", tmp_path / "out", "--workers", "1", "--report", "none", "--only", "S01_D1_*")
    done = subprocess.run(command(*arguments), check=False, preexec_fn=close_all)
    assert done.returncode == 0
    assert {row["subject"] for row in rows(tmp_path / "out" / "counts.csv")} == {"S01"}
