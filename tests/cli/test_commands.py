"""init, inspect, check, and what every command line tool does."""

import csv
import json
import shutil
from importlib.metadata import version
from pathlib import Path

import pytest
from cli_running import edit_row, process, rows, tregate
from openpyxl import Workbook

from tregate.fixtures.faults import FAULTS


@pytest.fixture
def folder(trial: Path, tmp_path: Path) -> Path:
    """The trial's FCS files alone, as an instrument leaves them."""
    return Path(shutil.copytree(trial / "fcs", tmp_path / "day"))


# ---------------------------------------------------------------- every tool


def test_version() -> None:
    assert tregate("--version").out == f"tregate {version('tregate')}\n"


@pytest.mark.parametrize("command", ["init", "inspect", "check", "run", "demo"])
def test_every_command_has_help(command: str) -> None:
    done = tregate(command, "--help")
    assert done.code == 0
    assert "Usage:" in done.out


def test_no_command_shows_help_and_a_wrong_one_is_2() -> None:
    assert "Commands:" in process().out + process().err
    assert process("frobnicate").code == 2
    assert process("run").code == 2


def test_a_study_that_is_not_there(tmp_path: Path) -> None:
    for command in (("check", tmp_path / "no.yaml"), ("run", tmp_path / "no.yaml", "--out", tmp_path / "out")):
        done = process(*command)
        assert done.code == 2
        assert "the file does not exist" in done.out + done.err
        assert "Traceback" not in done.err
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------- init


def test_init_writes_a_study_that_runs(folder: Path, tmp_path: Path, tables: Path) -> None:
    done = tregate("init", folder)
    assert done.code == 0, done.err
    assert "12 of 12 FCS files recognised: 2 subjects, visits D1, D8" in done.out
    listed = rows(folder / "samples.csv")
    assert [(r["file"], r["subject"], r["visit"], r["tube"]) for r in listed[:3]] == [
        ("S01_D1_NK.fcs", "S01", "D1", "NK"),
        ("S01_D1_T.fcs", "S01", "D1", "T"),
        ("S01_D1_TREG.fcs", "S01", "D1", "TREG"),
    ]
    checked = tregate("check", folder)
    assert checked.code == 0
    assert "8 bead tubes (NK, T) have no bead lot or volumes, so their cells/µL stay empty." in checked.out
    assert tregate("run", folder, "--out", tmp_path / "out", "--workers", "1", "--report", "none").code == 0
    mine = {(r["subject"], r["visit"]): r for r in rows(tmp_path / "out" / "treg.csv")}
    for row in rows(tables / "treg.csv"):
        assert mine[row["subject"], row["visit"]]["treg_percent_of_cd4"] == row["treg_percent_of_cd4"]
        assert mine[row["subject"], row["visit"]]["cd4_per_ul"] == ""
        assert "bead_load_missing" in mine[row["subject"], row["visit"]]["flags"]


def test_init_overwrites_nothing(folder: Path) -> None:
    (folder / "samples.csv").write_text("mine", encoding="utf-8")
    done = tregate("init", folder)
    assert done.code == 2
    assert "samples.csv: already exists; init does not overwrite it" in done.err
    assert (folder / "samples.csv").read_text(encoding="utf-8") == "mine"
    assert not (folder / "study.yaml").exists()


def test_init_lists_what_it_cannot_use_with_the_reason(folder: Path) -> None:
    (folder / "S01_D15_T.fcs").write_bytes(b"")
    other = (folder / "S01_D1_T.fcs").read_bytes().replace(b"CD4-RD1", b"no stain"[:7])
    for name in ("compensation control.fcs", "S03_D1_T.fcs", "S01_D1_FMO CD4.fcs"):
        (folder / name).write_bytes(other)
    done = tregate("init", folder, "--json")
    assert done.code == 0, done.err
    reasons = {Path(one["file"]).name: one["reason"] for one in json.loads(done.out)["excluded"]}
    assert reasons["S01_D15_T.fcs"].startswith("cannot be read: ")
    assert "no shipped strategy fits" in reasons["S03_D1_T.fcs"]
    assert "CD4" in reasons["S03_D1_T.fcs"]
    assert reasons["compensation control.fcs"] == "control (compensation)"
    assert reasons["S01_D1_FMO CD4.fcs"] == "control (FMO)"
    excluded = {row["file"]: row["exclude"] for row in rows(folder / "samples.csv") if row["exclude"]}
    assert excluded == reasons
    assert tregate("check", folder).code == 0


def test_two_files_for_one_tube_stop_the_study_until_a_person_decides(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "S01_D8_T.fcs", folder / "S01_D8_T (2).fcs")
    assert tregate("init", folder).code == 0
    notes = {row["file"]: row["note"] for row in rows(folder / "samples.csv") if row["note"]}
    (note,) = notes.values()
    assert note.startswith("same subject, visit and tube as ")
    done = tregate("check", folder)
    assert done.code == 2
    assert "tube T is listed twice" in done.out


def test_a_name_without_a_visit_never_becomes_a_baseline(folder: Path, tmp_path: Path) -> None:
    for tube in ("T", "NK"):
        shutil.copy(folder / f"S01_D8_{tube}.fcs", folder / f"S01_Odd_{tube}.fcs")
    out = tmp_path / "out"
    done = tregate("run", folder, "--out", out, "--workers", "1", "--report", "none", "--quiet")
    assert done.code == 2
    assert '2 files: no visit read in the name ("Odd")' in done.err
    assert '`visit` is empty (no visit read in the name ("Odd")): 2 rows' in done.err
    assert not (out / "treg.csv").exists()


def test_names_with_running_numbers(folder: Path) -> None:
    for n, path in enumerate(sorted(folder.glob("*"))):
        subject, visit, tube = path.stem.split("_")
        path.rename(path.with_name(f"Specimen_001_{subject} {visit} {tube}_{n:03d}{path.suffix}"))
    done = tregate("init", folder, "--preview")
    assert "2 subjects, visits D1, D8, tubes NK (tetrachrome_nk), T (tetrachrome_t), TREG (treg)" in done.out
    assert not (folder / "study.yaml").exists()
    assert tregate("init", folder).code == 0
    assert tregate("check", folder).code == 0


def test_init_again_keeps_what_was_typed(folder: Path) -> None:
    assert tregate("init", folder).code == 0
    sheet = (folder / "samples.csv").read_text(encoding="utf-8")
    (folder / "samples.csv").write_text(sheet.replace("S01,D1,T,,,", "S01,D1,T,FC-7,100,"), encoding="utf-8")
    assert tregate("init", folder).code == 2
    done = tregate("init", folder, "--force", "--bead-lot", "FC-8", "--bead-volume", "50", "--blood-volume", "100")
    assert done.code == 0, done.err
    kept = {row["file"]: row for row in rows(folder / "samples.csv")}["S01_D1_T.fcs"]
    assert (kept["bead_lot"], kept["bead_volume_ul"]) == ("FC-7", "100")
    assert "FC-7" in (folder / "samples.csv.bak").read_text(encoding="utf-8")
    study = (folder / "study.yaml").read_text(encoding="utf-8")
    assert "  T: {lot: FC-8, bead_volume_ul: 50, blood_volume_ul: 100}" in study
    assert "TREG: {lot" not in study
    assert rows(folder / "bead_lots.csv")[0]["bead_lot"] == "FC-8"


def test_init_names_every_file_that_it_wrote_and_asks_for_nothing_that_is_done(folder: Path) -> None:
    done = tregate("init", folder, "--bead-lot", "FC-8", "--bead-volume", "100", "--blood-volume", "100")
    assert done.code == 0, done.err
    assert f"{folder / 'samples.csv'} and {folder / 'bead_lots.csv'}." in done.out
    study = (folder / "study.yaml").read_text(encoding="utf-8")
    assert "\nbead_lots: bead_lots.csv\n" in study
    assert "remove the #" not in study
    (folder / "study.yaml").unlink()
    again = json.loads(tregate("init", folder, "--force", "--bead-lot", "FC-8", "--json").out)
    assert again["bead_lots"] is None, "it was there"
    (folder / "bead_lots.csv").unlink()
    assert tregate("init", folder, "--force").code == 0
    assert "remove the #" in (folder / "study.yaml").read_text(encoding="utf-8")


def test_check_reports_a_volume_that_no_other_row_has_and_refuses_nothing(folder: Path) -> None:
    assert tregate("init", folder, "--bead-lot", "FC-8", "--bead-volume", "100", "--blood-volume", "100").code == 0
    (folder / "bead_lots.csv").write_text("bead_lot,beads_per_ul,expires\nFC-8,1000,2030-01-01\n", encoding="utf-8")
    assert "Unlike nearly all other rows" not in tregate("check", folder).out
    sheet = (folder / "samples.csv").read_text(encoding="utf-8")
    (folder / "samples.csv").write_text(sheet.replace("S01,D8,T,,,", "S01,D8,T,,1000,"), encoding="utf-8")
    done = tregate("check", folder)
    assert done.code == 0
    assert "S01_D8_T.fcs: `bead_volume_ul` is 1000; 7 of 8 tubes have 100. If it was mistyped" in done.out
    (one,) = json.loads(tregate("check", folder, "--json").out)["unusual"]
    line = next(n for n, row in enumerate(sheet.splitlines(), start=1) if row.startswith("S01_D8_T.fcs"))
    assert (Path(one["file"]).name, one["line"]) == ("samples.csv", line)


def test_init_reads_folders_where_names_are_short(folder: Path) -> None:
    """One folder a subject; the same file in two folders stays two files; a link to nowhere is no secret."""
    source = sorted((folder).rglob("S01_D1_T*"))[0]
    for name in ("P7/D8/T.fcs", "P7/copy/P7_D8_T.fcs", "other/P7_D8_T.fcs"):
        (folder / "new" / name).parent.mkdir(parents=True)
        (folder / "new" / name).write_bytes(source.read_bytes())
    (folder / "new" / "gone.fcs").symlink_to(folder / "nowhere.fcs")
    done = tregate("init", folder / "new")
    assert done.code == 0
    listed = {row["file"]: row for row in rows(folder / "new" / "samples.csv")}
    short = listed["P7/D8/T.fcs"]
    assert (short["subject"], short["visit"], short["tube"], short["exclude"]) == ("P7", "D8", "T", "")
    assert listed["other/P7_D8_T.fcs"]["subject"] == "P7"
    assert sum("same subject, visit and tube as" in row["note"] for row in listed.values()) == 2
    assert "cannot be opened" in listed["gone.fcs"]["exclude"]


def test_init_with_a_pattern(folder: Path) -> None:
    for path in folder.glob("*"):
        subject, visit, tube = path.stem.split("_")
        path.rename(path.with_name(f"{tube} of {subject}, {visit}{path.suffix}"))
    done = tregate("init", folder, "--pattern", "{tube} of {subject}, {visit}")
    assert done.code == 0, done.err
    assert "2 subjects, visits D1, D8, tubes NK (tetrachrome_nk), T (tetrachrome_t), TREG (treg)" in done.out


def test_a_folder_without_a_study_is_run_as_init_would(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = tregate("run", folder, "--out", out, "--workers", "1", "--report", "none")
    assert done.code == 0, done.err
    assert "tregate creates one as `tregate init` would" in done.err
    assert not (folder / "study.yaml").exists()
    assert not (folder / "samples.csv").exists()
    assert len(rows(out / "samples.csv")) == 12
    assert {row["subject"] for row in rows(out / "treg.csv")} == {"S01", "S02"}
    assert tregate("run", folder, "--out", out, "--workers", "1", "--report", "none").code == 0
    (out / "study.yaml").write_text("mine", encoding="utf-8")
    done = tregate("run", folder, "--out", out, "--workers", "1", "--report", "none")
    assert done.code == 2
    assert "choose another --out" in done.err


@pytest.fixture
def planned(folder: Path) -> Path:
    """A study with an exclusion that no file name states."""
    assert tregate("init", folder).code == 0
    edit_row(folder / "samples.csv", "S01_D1_T.fcs", exclude="clotted")
    return folder


@pytest.mark.parametrize("name", ["study.yaml.txt", "study.yml", "Study.yaml", "stduy.yaml", "trial.yaml", "study.txt"])
def test_a_study_file_by_another_name_is_named_and_nothing_is_drafted(name: str, planned: Path, tmp_path: Path) -> None:
    """Windows hides .txt: all exclusions, lots and visits were lost, with exit code 0."""
    (planned / "study.yaml").rename(planned / name)
    for done in (tregate("run", planned, "--out", tmp_path / "out"), tregate("check", planned)):
        assert done.code == 2
        assert f"Rename {name} to study.yaml" in done.out + done.err
    assert not (tmp_path / "out").exists()
    done = tregate("run", planned / name, "--out", tmp_path / "out", "--workers", "1", "--report", "none")
    assert done.code == 0, done.err


def test_a_sheet_without_a_study_is_not_passed_over(planned: Path, tmp_path: Path) -> None:
    (planned / "study.yaml").unlink()
    done = tregate("run", planned, "--out", tmp_path / "out")
    assert done.code == 2
    assert "samples.csv: this sheet has no study.yaml beside it" in done.err
    assert not (tmp_path / "out").exists()


def test_what_says_nothing_of_the_study_does_not_keep_a_folder_from_being_run(folder: Path, tmp_path: Path) -> None:
    """A sheet of the instrument, notes, a strategy of one's own, and what an init that was broken off left."""
    assert tregate("init", folder).code == 0
    (folder / "study.yaml").unlink()
    (folder / "notes.txt").write_text("visits: see binder\n", encoding="utf-8")
    (folder / "my_strategy.yaml").write_text("strategy: mine\n", encoding="utf-8")
    for sheet in (None, "Sample,Well\n1,A1\n"):
        if sheet is not None:
            (folder / "samples.csv").write_text(sheet, encoding="utf-8")
        out = tmp_path / ("begun" if sheet is None else "other")
        done = tregate("run", folder, "--out", out, "--workers", "1", "--report", "none")
        assert done.code == 0, done.err


def test_a_folder_of_nothing_that_can_be_gated(tmp_path: Path) -> None:
    (tmp_path / "fcs").mkdir()
    (tmp_path / "fcs" / "a.fcs").write_bytes(b"not an FCS file at all")
    done = tregate("run", tmp_path / "fcs", "--out", tmp_path / "out")
    assert done.code == 2
    assert "no shipped strategy can gate any of the 1 FCS files" in done.err
    assert "a.fcs: cannot be read: Not an FCS file" in done.err
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------- inspect


def test_check_of_a_sound_study(trial: Path) -> None:
    done = tregate("check", trial)
    assert (done.code, done.out) == (0, "The study can be run: 12 tubes.\n")


def test_check_and_run_tell_the_same_problems(spoiled: Path, tmp_path: Path) -> None:
    study = spoiled / "study.yaml"
    text = study.read_text(encoding="utf-8").replace("tables:", "tabels:").replace("TREG: treg", "TREG: trge")
    study.write_text(text, encoding="utf-8")
    checked = tregate("check", spoiled)
    ran = tregate("run", spoiled, "--out", tmp_path / "out")
    assert (checked.code, ran.code) == (2, 2)
    for words in ('unknown key "tabels"', 'the strategy "trge" does not exist', 'the key "tables" is missing'):
        assert words in checked.out
        assert words in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("sheet", ["samples.csv", "samples.xlsx"])
def test_check_reports_one_fault_of_many_tubes_once_and_by_the_name_of_their_list(spoiled: Path, sheet: str) -> None:
    listed = (spoiled / "samples.csv").read_text(encoding="utf-8")
    lots = {row["bead_lot"] for row in csv.DictReader(listed.splitlines()) if row["bead_lot"]}
    for lot in lots:
        listed = listed.replace(lot, "7101")
    if sheet == "samples.csv":
        (spoiled / sheet).write_text(listed, encoding="utf-8")
    else:
        (spoiled / "samples.csv").unlink()
        book = Workbook()
        for row in csv.reader(listed.splitlines()):
            book.active.append(row)
        book.save(spoiled / sheet)
    (fault,) = [line for line in tregate("check", spoiled).out.splitlines() if "Bead lot" in line]
    assert f'{sheet}:2: count: Bead lot "7101" ({sheet}) is not in the list of bead lots, so' in fault
    assert ": 8 rows (2, 3, " in fault


def test_check_as_json(spoiled: Path) -> None:
    FAULTS["stain_missing"].apply(spoiled)
    answer = json.loads(tregate("check", spoiled, "--json").out)
    assert answer["problems"] == []
    assert [fault["line"] for fault in answer["tube_faults"]] == [14]
    assert answer["tubes"] == 13


# ---------------------------------------------------------------- run


def test_a_single_file_is_answered_by_what_is_wanted(folder: Path, tmp_path: Path) -> None:
    file = folder / "S01_D1_T.fcs"
    ran, made = tregate("run", file, "--out", tmp_path / "out"), tregate("init", file)
    assert (ran.code, made.code) == (2, 2)
    assert "this file is no study.yaml. Name the folder of the FCS files, or the study.yaml in it." in ran.err
    assert "this is a file, not a folder. Name the folder that contains it." in made.err


def test_a_folder_that_cannot_be_made_is_reported_before_gating(trial: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = tregate("run", trial, "--out", tmp_path / "file" / "out")
    assert done.code == 2
    assert "the folder is not writable: Not a directory. Choose another --out." in done.err
    assert "gating" not in done.err


def test_help_names_what_is_asked_for() -> None:
    assert "STUDY" in tregate("run", "--help").out
    assert "FOLDER" in tregate("init", "--help").out


def test_the_demo_wants_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_bytes(b"")
    done = tregate("demo", tmp_path)
    assert done.code == 2
    assert "the folder contains other files" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_check_of_a_folder_without_a_study_says_how_to_begin(tmp_path: Path) -> None:
    done = tregate("check", tmp_path)
    assert done.code == 2
    assert "study.yaml: the file does not exist. `tregate init FOLDER` writes one" in done.out
