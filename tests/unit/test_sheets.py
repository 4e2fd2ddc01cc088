"""Sheets as laboratories make them: what can mean one thing is read and said, what can mean two is refused."""

import re
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.unit.test_study_loading import LOTS, SAMPLES, STUDY, only_problem, problems, write
from tregate.gating.errors import Problem
from tregate.pipelines.files.equal_problems import grouped
from tregate.pipelines.files.look_alikes import code_points, mistaken_for, one_way
from tregate.pipelines.files.number_text import number
from tregate.pipelines.study.load_study import Study, load_study


def reported(study: Study) -> str:
    return "\n".join(map(str, study.notes))


def as_loaded(study: Study) -> list[tuple[object, ...]]:
    return [(e.key, e.file, e.bead_lot, e.bead_volume_ul, e.blood_volume_ul, e.dilution) for e in study.entries]


def test_semicolons_and_decimal_commas_are_read_and_said(tmp_path: Path) -> None:
    plain = load_study(write(tmp_path))
    (tmp_path / "b").mkdir()
    sheet = SAMPLES.replace(",", ";").replace(";100;100", ";100,0;100")
    study = load_study(write(tmp_path / "b", samples=sheet, lots=LOTS.replace(",", ";").replace("1003", "1003,0")))
    assert as_loaded(study) == as_loaded(plain)
    assert study.lots["L1"].beads_per_ul == 1003.0
    assert "separated by semicolons" in reported(study)
    assert '("100,0" as 100)' in reported(study)


@pytest.mark.parametrize("codec", ["cp1252", "utf-16", "utf-8-sig"])
def test_other_encodings_are_read_and_named(tmp_path: Path, codec: str) -> None:
    write(tmp_path)
    (tmp_path / "samples.csv").write_bytes(SAMPLES.replace("S1", "Müller").encode(codec))
    study = load_study(tmp_path)
    assert study.subjects == ("Müller",)
    assert ("Windows-1252" in reported(study)) is (codec == "cp1252")
    assert ("UTF-16" in reported(study)) is (codec == "utf-16")


def test_excels_line_about_its_separator_is_no_row(tmp_path: Path) -> None:
    study = load_study(write(tmp_path, samples="sep=;\n" + SAMPLES.replace(",", ";")))
    assert study.entries[0].line == 3


def test_a_workbook_is_the_same_study(tmp_path: Path) -> None:
    plain = load_study(write(tmp_path))
    book = openpyxl.Workbook()
    for row in SAMPLES.splitlines():
        book.active.append([float(cell) if cell.isdigit() else cell or None for cell in row.split(",")])
    book.save(tmp_path / "samples.xlsx")
    (tmp_path / "samples.csv").unlink()
    study = load_study(tmp_path)
    assert as_loaded(study) == as_loaded(plain)
    assert study.samples_file.name == "samples.xlsx"
    assert "workbook" in reported(study)


def a_workbook(folder: Path, formula_cell: str) -> Path:
    """The study with samples.xlsx, in which `formula_cell` is the XML of H2 (dilution)."""
    write(folder)
    (folder / "samples.csv").unlink()
    book = openpyxl.Workbook()
    for row in SAMPLES.splitlines():
        book.active.append([float(cell) if cell.isdigit() else cell or None for cell in row.split(",")])
    book.active["H1"], book.active["H2"] = "dilution", "=RESULT"
    book.save(folder / "written.xlsx")
    with zipfile.ZipFile(folder / "written.xlsx") as old, zipfile.ZipFile(folder / "samples.xlsx", "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part, replaced = re.subn(rb'<c r="H2">.*?</c>', formula_cell.encode(), part)
                assert replaced == 1
            new.writestr(name, part)
    return folder


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="H2"><f>2*5</f><v /></c>', '<c r="H2"><f>2*5</f></c>', '<c r="H2" t="str"><f>A1</f></c>',
        '<c r="H2"><f t="shared" si="0"/><v></v></c>',
    ],
)  # fmt: skip
def test_a_formula_without_a_stored_result_is_refused_by_its_cell(tmp_path: Path, cell: str) -> None:
    found = only_problem(a_workbook(tmp_path, cell))
    assert found[0] == "samples.xlsx"
    assert "cell H2 holds a formula without a stored result; open the workbook in Excel" in found[2]


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="H2" t="str"><f>IF(1=2,"clotted","")</f><v></v></c>', '<c r="H2" t="str"><f>""</f><v/></c>',
        '<c r="H2" t="s"/>', "",
    ],
)  # fmt: skip
def test_a_formula_whose_result_is_empty_text_is_an_empty_cell(tmp_path: Path, cell: str) -> None:
    assert load_study(a_workbook(tmp_path, cell)).used[0].dilution == 1.0


def test_results_that_excel_stored_are_read(tmp_path: Path) -> None:
    assert load_study(a_workbook(tmp_path, '<c r="H2"><f>2*5</f><v>10</v></c>')).used[0].dilution == 10.0


@pytest.mark.parametrize("content", [b"PK\x03\x04 and no more", b"PK\x03\x04" + bytes(500)])
def test_what_only_begins_as_a_workbook_is_a_problem(tmp_path: Path, content: bytes) -> None:
    write(tmp_path)
    (tmp_path / "samples.csv").write_bytes(content)
    assert "not a workbook that can be read" in only_problem(tmp_path)[2]


@pytest.mark.parametrize(
    ("text", "semicolons", "value"),
    [
        ("99,5", False, 99.5), ("1.007,5", False, 1007.5), ("1,007.5", False, 1007.5), ("0,007", False, 0.007),
        ("1 007", False, 1007.0), ("1'007,5", True, 1007.5), ("1.007", False, 1.007), ("1,007,000", False, 1007000.0),
        ("100.5", True, 100.5), ("1e3", False, 1000.0),
    ],
)  # fmt: skip
def test_one_reading_is_taken(text: str, semicolons: bool, value: float) -> None:
    assert number(text, decimal_commas=semicolons) == value


@pytest.mark.parametrize(("text", "semicolons"), [("1,007", False), ("12,500", True), ("1.007", True)])
def test_two_readings_are_both_offered(text: str, semicolons: bool) -> None:
    found = number(text, decimal_commas=semicolons)
    assert isinstance(found, str)
    assert "or as" in found


@pytest.mark.parametrize("text", ["many", "1_000", "nan", "inf", "1e999", "1,,5", "--1", ""])
def test_what_is_no_number_stays_none(text: str) -> None:
    assert isinstance(number(text), str)


@pytest.mark.parametrize(
    ("one", "other"),
    [("S01", "s01"), ("1", "1.0"), ("7", "007"), ("S-01", "S 1"), ("S01", "SO1"), ("Ас1", "Ac1"), ("P-1", "P–1")],
)
def test_names_that_are_easily_mistaken(one: str, other: str) -> None:
    assert mistaken_for(one) & mistaken_for(other)


@pytest.mark.parametrize(("one", "other"), [("S1", "S2"), ("1-1", "11"), ("P1", "P10"), ("A1", "B1"), ("V1.5", "V1")])
def test_names_that_are_two(one: str, other: str) -> None:
    assert not mistaken_for(one) & mistaken_for(other)


def test_characters_that_do_not_show_are_no_part_of_a_name(tmp_path: Path) -> None:
    rows = SAMPLES + "c.fcs,S\u200b1,D8,T,L1,100,100\n"
    study = load_study(write(tmp_path, STUDY.replace("D8", "D\u00a08"), rows.replace(",D8,", ",D 8,")))
    assert study.subjects == ("S1",)
    assert study.visits == ("D1", "D 8")
    assert "U+200B" in reported(study)
    assert one_way("Mu\u0308ller") == "Müller"
    assert code_points("Mu\u0308ller") == "U+0308"


def test_one_subject_in_two_ways_stops_the_study(tmp_path: Path) -> None:
    sheet = SAMPLES + "c.fcs,s01,D8,T,L1,100,100\n"
    assert 'subject "S1" (rows 2, 3) and "s01" (row 4) differ only' in only_problem(write(tmp_path, samples=sheet))[2]
    load_study(write(tmp_path, STUDY + "distinct: [S1, s01]\n", sheet))


def test_a_file_is_found_by_the_name_it_looks_like(tmp_path: Path) -> None:
    write(tmp_path, samples=SAMPLES.replace("a.fcs", "Müller.fcs"))
    (tmp_path / "a.fcs").rename(tmp_path / "Mu\u0308ller.fcs")
    study = load_study(tmp_path)
    assert study.entries[0].path.exists()
    assert "U+0308" in reported(study)


def test_equal_faults_are_one_line() -> None:
    faults = [Problem("samples.csv", line, "`visit` is empty.", "Fill it in.") for line in range(2, 20)]
    (one,) = grouped(faults)
    assert str(one) == "samples.csv:2: `visit` is empty: 18 rows (2, 3, 4, 5, 6, ...). Fill it in."


def test_every_fault_of_every_file_comes_in_one_round(tmp_path: Path) -> None:
    sheet = SAMPLES.replace(",", ";").replace(";100;100", ";1,007;100").replace(";tube", ";tube;date") + ";;;;;;\n"
    found = problems(write(tmp_path, STUDY + "colour: red\n", sheet, LOTS.replace("1003", "1.003.5")))
    assert {file for file, _, _ in found} == {"study.yaml", "samples.csv", "bead_lots.csv"}
    assert not any("dataset?" in text for _, _, text in found)


def test_bead_defaults_are_the_typed_rows(tmp_path: Path) -> None:
    typed = load_study(write(tmp_path))
    bare = "file,subject,visit,tube\na.fcs,S1,D1,T\nb.fcs,S1,D1,TREG\n"
    default = STUDY + "beads: {T: {lot: L1, bead_volume_ul: 100, blood_volume_ul: 100}}\n"
    assert as_loaded(load_study(write(tmp_path, default, bare))) == as_loaded(typed)
    own = SAMPLES.replace("L1,100,100", ",,50")
    assert load_study(write(tmp_path, default, own)).entries[0].blood_volume_ul == 50.0
    none = SAMPLES.replace("L1,100,100", "none,,")
    assert not load_study(write(tmp_path, default, none)).entries[0].wants_beads


def test_defaults_for_a_tube_without_beads_are_refused(tmp_path: Path) -> None:
    assert "is washed" in only_problem(write(tmp_path, STUDY + "beads: {TREG: {lot: L1}}\n"))[2]


@pytest.mark.parametrize(
    ("lots", "samples", "words"),
    [
        (LOTS.replace("1003", "1003000"), SAMPLES, "Did you mean 1003? 1.003e+06 may be written per mL"),
        (LOTS.replace("1003", "1.003"), SAMPLES, "Did you mean 1003?"),
        (LOTS, SAMPLES.replace(",100,100", ",100,0.1"), "was it written in mL?"),
        (LOTS, SAMPLES.replace(",100,100", ",0.05,100"), "`bead_volume_ul`: 0.05 is implausible"),
    ],
)
def test_another_unit_is_caught_before_gating(tmp_path: Path, lots: str, samples: str, words: str) -> None:
    assert words in only_problem(write(tmp_path, samples=samples, lots=lots))[2]


def test_two_statements_of_one_bead_load(tmp_path: Path) -> None:
    sheet = SAMPLES.replace("blood_volume_ul", "blood_volume_ul,beads_per_tube").replace("100,100", "100,100,{}")
    sheet = sheet.replace("TREG,,,", "TREG,,,,")
    text = only_problem(write(tmp_path, samples=sheet.format(50000)))[2]
    assert "`beads_per_tube` 50000 contradicts lot" in text
    load_study(write(tmp_path, samples=sheet.format(100300)))
    load_study(write(tmp_path, samples=sheet.format(100000)))


def test_a_workbook_that_states_a_million_rows_is_answered_at_once(tmp_path: Path) -> None:
    write(tmp_path)
    book = openpyxl.Workbook()
    book.active.append(["file", "subject", "visit", "tube"])
    book.active["A20001"] = book.active["XFD1048576"] = "far away"
    book.save(tmp_path / "samples.csv")
    begun = time.monotonic()
    assert "more than 20000 rows or 100 columns" in only_problem(tmp_path)[2]
    assert time.monotonic() - begun < 20.0
