"""Cells of samples.csv and subjects.csv that would lose a tube or change its values in silence."""

from pathlib import Path

import pytest

from tests.unit.test_study_loading import SAMPLES, STUDY, only_problem, problems, write
from tregate.pipelines.study.load_study import Study, load_study
from tregate.pipelines.study.reasons import without_reason

PEOPLE = STUDY + "subjects: subjects.csv\n"


def samples(column: str, *cells: str) -> str:
    """Tube T of S1 at D1 and D8, with these cells."""
    rows = zip(("a.fcs,S1,D1,T", "b.fcs,S1,D8,T"), (*cells, "")[:2], strict=True)
    return f"file,subject,visit,tube,{column}\n" + "".join(f"{row},{cell}\n" for row, cell in rows)


def loaded(folder: Path, column: str, *cells: str, study: str = STUDY) -> Study:
    return load_study(write(folder, study, samples(column, *cells)))


def refused(folder: Path, column: str, *cells: str, study: str = STUDY) -> str:
    return only_problem(write(folder, study, samples(column, *cells)))[2]


# ---------------------------------------------------------------- exclude, control, withdrawn


@pytest.mark.parametrize("cell", ["no", "NO", "n", "0", "FALSE", "-", "–", "n/a", "None", "nan", "?", "nein", "ok"])
def test_exclude_that_denies_is_refused_and_not_obeyed(tmp_path: Path, cell: str) -> None:
    found = problems(write(tmp_path, samples=samples("exclude", cell, cell)))
    assert [line for _, line, _ in found] == [2, 3], "and no problem that no tube is used"
    assert f'`exclude`: "{cell}" is no reason' in found[0][2]
    assert "Leave it empty for a tube that is used" in found[0][2]


@pytest.mark.parametrize("cell", ["yes", "X", "1", "true", "✓", "excluded"])
def test_exclude_that_affirms_excludes(tmp_path: Path, cell: str) -> None:
    assert [entry.file for entry in loaded(tmp_path, "exclude", cell).used] == ["b.fcs"]


@pytest.mark.parametrize(
    "cell",
    ["clotted", "no events", "not stained", "3", "QC", "N2 leak", "x-ray day", "nothing in it", "0 beads", "凝固"],
)
def test_reasons_are_taken_as_they_are(tmp_path: Path, cell: str) -> None:
    study = loaded(tmp_path, "exclude", cell)
    assert [entry.exclude for entry in study.entries] == [cell, ""]
    assert len(study.used) == 1


def test_an_empty_cell_is_no_answer() -> None:
    assert without_reason("") == ""


@pytest.mark.parametrize("cell", ["no", "-", "0", "CD3-PE", "CD33"])
def test_a_control_of_what_the_panel_does_not_know_is_refused(tmp_path: Path, cell: str) -> None:
    text = refused(tmp_path, "control", cell)
    assert f'`control`: "{cell}" is no marker of the panel of T' in text
    assert "Leave it empty for a sample" in text
    assert "CD45" in text


@pytest.mark.parametrize("cell", ["CD3", "cd-3", "CD45", "Unstained", "isotype", "FMO CD25"])
def test_a_control_of_a_marker_of_the_panel_is_listed(tmp_path: Path, cell: str) -> None:
    study = loaded(tmp_path, "control", cell)
    assert [entry.file for entry in study.used] == ["b.fcs"]


def test_a_control_with_a_reason_of_its_own_names_what_it_likes(tmp_path: Path) -> None:
    assert len(loaded(tmp_path, "control,exclude", "isotype,isotype control", ",").used) == 1


def test_a_control_without_a_tube_may_be_of_any_panel(tmp_path: Path) -> None:
    sheet = samples("control", "", "Foxp3").replace("S1,D8,T", ",,")
    assert len(load_study(write(tmp_path, samples=sheet)).used) == 1


@pytest.mark.parametrize(("column", "cell"), [("exclude", "clotted"), ("control", "unstained")])
def test_a_study_of_which_no_tube_is_used_is_refused(tmp_path: Path, column: str, cell: str) -> None:
    text = refused(tmp_path, column, cell, cell)
    assert "no tube is used: each of the 2 rows has a reason in `exclude` or is a control" in text


@pytest.mark.parametrize("cell", ["no", "-", "0", "yes"])
def test_a_withdrawal_needs_a_day_or_a_reason(tmp_path: Path, cell: str) -> None:
    write(tmp_path, PEOPLE)
    (tmp_path / "subjects.csv").write_text(f"subject,withdrawn\nS1,{cell}\n", encoding="utf-8")
    assert f'`withdrawn`: "{cell}" is neither a day nor a reason' in only_problem(tmp_path)[2]


@pytest.mark.parametrize("cell", ["2026-03-01", "2026-03-01 adverse event", "consent", ""])
def test_a_day_or_a_reason_of_withdrawal_is_kept(tmp_path: Path, cell: str) -> None:
    write(tmp_path, PEOPLE)
    (tmp_path / "subjects.csv").write_text(f"subject,withdrawn\nS1,{cell}\n", encoding="utf-8")
    assert load_study(tmp_path).people["S1"].withdrawn == cell


# ---------------------------------------------------------------- dilution


@pytest.mark.parametrize("cell", ["0.5", "0.1", "0,25"])
def test_a_dilution_written_as_its_reciprocal_is_refused(tmp_path: Path, cell: str) -> None:
    text = only_problem(write(tmp_path, samples=samples("dilution", *([f'"{cell}"'] * 2))))[2]
    assert "is implausible, expected 1 to 1000 (rows 2, 3)" in text
    assert "2 for 1:2" in text


def test_a_dilution_below_1_as_the_default_of_a_tube_is_refused(tmp_path: Path) -> None:
    text = refused(tmp_path, "note", "", study=STUDY + "beads: {T: {dilution: 0.5}}\n")
    assert "`dilution`: 0.5 is implausible" in text


@pytest.mark.parametrize(("cell", "dilution"), [("1", 1.0), ("4", 4.0), ("", 2.0)])
def test_a_cell_overrides_the_default_of_its_tube(tmp_path: Path, cell: str, dilution: float) -> None:
    study = loaded(tmp_path, "dilution", cell, study=STUDY + "beads: {T: {dilution: 2}}\n")
    assert study.entries[0].dilution == dilution


def test_a_dilution_written_as_a_ratio_is_refused_with_its_number(tmp_path: Path) -> None:
    assert "is not a number. Write 2 for 1:2." in refused(tmp_path, "dilution", "1:2")


@pytest.mark.parametrize("cell", ["1", "1.0", "2", "1.1", "1000"])
def test_factors_of_dilution_are_read(tmp_path: Path, cell: str) -> None:
    assert loaded(tmp_path, "dilution", cell).entries[0].dilution == float(cell)


def test_a_study_of_concentrated_cells_declares_it(tmp_path: Path) -> None:
    study = loaded(tmp_path, "dilution", "0.5", study=STUDY + "checks: {dilution_low: 0.1}\n")
    assert study.entries[0].dilution == 0.5


# ---------------------------------------------------------------- groups of subjects.csv


def with_groups(folder: Path, column: str, one: str, other: str, study: str = PEOPLE) -> Path:
    write(folder, study, "file,subject,visit,tube\na.fcs,S1,D1,T\nb.fcs,S2,D1,T\n")
    (folder / "subjects.csv").write_text(f"subject,{column}\nS1,{one}\nS2,{other}\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("column", ["arm", "site", "stratum", "disease"])
def test_one_group_written_in_two_ways_is_refused(tmp_path: Path, column: str) -> None:
    file, line, text = only_problem(with_groups(tmp_path, column, "Placebo", "placebo"))
    assert (file, line) == ("subjects.csv", 3)
    assert f'{column} "Placebo" (row 2) and "placebo" (row 3) differ only in upper and lower case' in text


@pytest.mark.parametrize(
    ("one", "other"),
    [("IL-2", "IL2"), ("IL-2", "IL 2"), ("IL-2", "IL\u00a02"), ("IL-2", "1L-2"), ("Arm I", "Arm 1"), ("1", "1.0"),
     ("site 1", "Site 01"), ("0.5 mg", "0.5mg"), ("CD4+", "cd4 +"), ("low-dose", "Low dose"), (">65", "> 65")],
)  # fmt: skip
def test_groups_that_are_probably_one(tmp_path: Path, one: str, other: str) -> None:
    assert "probably one arm in two ways" in only_problem(with_groups(tmp_path, "arm", one, other))[2]


@pytest.mark.parametrize(
    ("one", "other"),
    [("0.1 mg", "0.01 mg"), ("1.5 MIU", "1.05 MIU"), ("<65", ">65"), ("<65", "<=65"), ("≥65", "<65"), ("CD4+", "CD4-"),
     ("A", "A'"), ("A", "B"), ("Arm I", "Arm II"), ("1", "10"), ("-1", "1"), ("1-5", "1.5"), ("IL-2", "IL-2 + X")],
)  # fmt: skip
def test_groups_that_are_two(tmp_path: Path, one: str, other: str) -> None:
    people = load_study(with_groups(tmp_path, "stratum", one, other)).people
    assert [person.stratum for person in people.values()] == [one, other]


def test_groups_that_look_alike_on_purpose(tmp_path: Path) -> None:
    study = load_study(with_groups(tmp_path, "arm", "A1", "a1", PEOPLE + "distinct: [A1, a1]\n"))
    assert study.people["S2"].arm == "a1"


# ---------------------------------------------------------------- volumes and haematology

BY_VOLUME = STUDY + "counting: {T: {by: volume, total_volume_ul: 1000}}\n"
BY_HAEMATOLOGY = STUDY + "counting: {T: {by: haematology, of: lymphocytes}}\n"
VOLUMES = "blood_volume_ul,volume_ul"


@pytest.mark.parametrize("cell", ["30", "1000", "1080"])
def test_a_volume_acquired_of_the_tube_is_read(tmp_path: Path, cell: str) -> None:
    assert loaded(tmp_path, VOLUMES, f"100,{cell}", ",", study=BY_VOLUME).entries[0].volume_ul == float(cell)


@pytest.mark.parametrize(
    ("cells", "total", "says"),
    [
        ("100,1200", "1000", "`volume_ul`: 1200 µL is more than was in the tube, 1000 µL by `total_volume_ul`"),
        ("100,30", "1", "`volume_ul`: 30 µL is more than was in the tube, 1 µL"),
        ("100,30", "80", "`blood_volume_ul`: 100 µL is more than was in the tube, 80 µL"),
        ("100,0.03", "1000", "`volume_ul`: 0.03 is implausible, expected 1 to 5000 (row 2)"),
        ("100,30000", "1000", "was it written in mL or nL?"),
    ],
)
def test_a_volume_that_no_tube_has_is_refused(tmp_path: Path, cells: str, total: str, says: str) -> None:
    sheet = samples(VOLUMES, cells, ",")
    found = problems(write(tmp_path, BY_VOLUME.replace("1000", total), sheet))
    assert any(says in text for _, _, text in found), found


@pytest.mark.parametrize(
    ("cell", "meant"),
    [("1.6", "Did you mean 1600? 1.6 may be written as 10^9/L"), ("0.05", "Did you mean 50?"),
     ("1600000", "Did you mean 1600? 1.6e+06 may be written per mL")],
)  # fmt: skip
def test_haematology_in_another_unit_is_refused_with_the_number_meant(tmp_path: Path, cell: str, meant: str) -> None:
    text = refused(tmp_path, "lymphocytes_per_ul", cell, study=BY_HAEMATOLOGY)
    assert "expected 10 to 500000" in text
    assert meant in text


@pytest.mark.parametrize("cell", ["10", "40", "1600", "120000"])
def test_lymphocytes_of_the_ill_and_the_well_are_read(tmp_path: Path, cell: str) -> None:
    study = loaded(tmp_path, "lymphocytes_per_ul", cell, study=BY_HAEMATOLOGY)
    assert study.entries[0].haematology_per_ul == float(cell)


# ---------------------------------------------------------------- columns without a name


@pytest.mark.parametrize("separator", [",", ";"])
def test_columns_without_name_and_content_are_passed_over(tmp_path: Path, separator: str) -> None:
    plain = load_study(write(tmp_path))
    lines = [line.split(",") for line in SAMPLES.splitlines()]
    wide = "\n".join(separator.join([*line[:2], "", *line[2:], "", " ", ""]) for line in lines)
    study = load_study(write(tmp_path, samples=wide + "\n"))
    assert study.entries == plain.entries


def test_empty_columns_may_be_missing_from_rows_or_from_the_header(tmp_path: Path) -> None:
    plain = load_study(write(tmp_path))
    header, *rows = SAMPLES.splitlines()
    assert load_study(write(tmp_path, samples="\n".join((f"{header},,", *rows)))).entries == plain.entries
    assert load_study(write(tmp_path, samples="\n".join((header, f"{rows[0]},,", rows[1])))).entries == plain.entries


def test_a_column_with_content_needs_its_name(tmp_path: Path) -> None:
    header, *rows = SAMPLES.splitlines()
    sheet = "\n".join((f"{header},,", f"{rows[0]},,checked", f"{rows[1]},,"))
    found = problems(write(tmp_path, samples=sheet))
    assert [(line, text.partition(".")[0]) for _, line, text in found] == [(1, "column 9 has no name")]
