"""study.yaml, samples.csv, bead_lots.csv: what is wrong is reported at once, with file and line."""

from pathlib import Path

import pytest

from tregate.gating.errors import ConfigurationError
from tregate.pipelines.study.load_study import load_study, only_matching

STUDY = """\
study: pilot
samples: samples.csv
bead_lots: bead_lots.csv
visits: [D1, D8]
tubes:
  T: tetrachrome_t
  TREG: treg
tables: treg_nk
"""
SAMPLES = """\
file,subject,visit,tube,bead_lot,bead_volume_ul,blood_volume_ul
a.fcs,S1,D1,T,L1,100,100
b.fcs,S1,D1,TREG,,,
"""
LOTS = "bead_lot,beads_per_ul,expires\nL1,1003,2030-12-31\n"
STRATEGY = """\
strategy: own
panel: {markers: {CD3: [CD3], CD4: [CD4]}}
populations:
  CD3+: {parent: all, axes: [CD3], gate: {kind: range, low: 3000}}
"""


def write(folder: Path, study: str = STUDY, samples: str = SAMPLES, lots: str = LOTS) -> Path:
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    (folder / "samples.csv").write_text(samples, encoding="utf-8")
    (folder / "bead_lots.csv").write_text(lots, encoding="utf-8")
    for name in ("a.fcs", "b.fcs"):
        (folder / name).write_bytes(b"FCS3.1")
    return folder


def problems(folder: Path) -> list[tuple[str, int | None, str]]:
    """(file name, line, message with remedy) of everything that is wrong."""
    with pytest.raises(ConfigurationError) as caught:
        load_study(folder)
    return [(Path(p.file).name, p.line, f"{p.message} {p.remedy}".strip()) for p in caught.value.problems]


def only_problem(folder: Path) -> tuple[str, int | None, str]:
    found = problems(folder)
    assert len(found) == 1, found
    return found[0]


def test_a_sound_study(tmp_path: Path) -> None:
    study = load_study(write(tmp_path))
    assert (study.name, study.visits, study.baseline) == ("pilot", ("D1", "D8"), "D1")
    assert [entry.key for entry in study.entries] == [("S1", "D1", "T"), ("S1", "D1", "TREG")]
    assert study.entries[0].line == 2
    assert study.entries[0].blood_volume_ul == 100.0
    assert study.lots["L1"].beads_per_ul == 1003.0
    assert study.strategies["TREG"].washed
    assert study.preparation_cv_percent is None


def test_the_file_or_its_folder(tmp_path: Path) -> None:
    write(tmp_path)
    assert load_study(tmp_path) == load_study(tmp_path / "study.yaml")


def test_names_written_as_numbers(tmp_path: Path) -> None:
    study = load_study(
        write(tmp_path, STUDY.replace("[D1, D8]", "[1, 8]"), SAMPLES.replace(",D1,", ",1,").replace("S1", "007"))
    )
    assert study.visits == ("1", "8")
    assert study.subjects == ("007",)


def test_visits_and_subjects_of_the_analysis_may_be_numbers_too(tmp_path: Path) -> None:
    written = STUDY.replace("[D1, D8]", "[1, 8]") + "analysis: {primary_visit: 8, exclude_subjects: [12]}\n"
    study = load_study(write(tmp_path, written, SAMPLES.replace(",D1,", ",1,").replace("S1", "12")))
    assert study.analysis.primary_visit == "8"
    assert study.analysis.exclude_subjects == ("12",)


def test_everything_wrong_is_reported_at_once(tmp_path: Path) -> None:
    """The list of the issue: key, parent, cycle, key twice, visit, file twice; and a few more beside them."""
    (tmp_path / "own.yaml").write_text(
        STRATEGY
        + "  CD4+: {parent: CD33+, axes: [CD4], gate: {kind: range, low: 3000}}\n"
        + "  A: {all_of: [B]}\n"
        + "  B: {all_of: [A]}\n",
        encoding="utf-8",
    )
    study = STUDY.replace("TREG: treg", "TREG: own").replace("tables:", "tabels:") + "visits: [D1]\n"
    samples = SAMPLES + "a.fcs,S2,D15,T,L1,100,100\nc.fcs,S1,D1,T,L1,0,5\n"
    found = problems(write(tmp_path, study, samples, LOTS + "L2,many,2030\n"))
    for wanted in (
        ("study.yaml", 8, 'unknown key "tabels" (at tabels). Did you mean "tables"?'),
        ("study.yaml", 9, 'the key "visits" is given twice (first on line 4)'),
        ("own.yaml", 5, 'population "CD4+" refers to "CD33+", which does not exist'),
        ("own.yaml", 6, "in a circle: A -> B -> A"),
        ("samples.csv", 4, 'the visit "D15" is not in'),
        ("samples.csv", 4, 'the file "a.fcs" is listed twice (first on line 2)'),
        ("samples.csv", 5, "subject S1, visit D1, tube T is listed twice (first on line 2)"),
        ("samples.csv", 5, "`bead_volume_ul`: 0 must be above 0"),
        ("bead_lots.csv", 3, '"many" is not a number'),
        ("bead_lots.csv", 3, '"2030" is not a date'),
    ):
        assert any((file, line) == wanted[:2] and wanted[2] in text for file, line, text in found), (wanted, found)


@pytest.mark.parametrize(
    ("study", "line", "message"),
    [
        (STUDY.replace("tetrachrome_t", "tetrachrome_q"), 6, 'tube "T": the strategy "tetrachrome_q" does not exist'),
        (STUDY.replace("treg_nk", "nothing"), 8, 'the table definition "nothing" does not exist'),
        (STUDY + "baseline: D0\n", 9, 'baseline: "D0" is not one of the planned visits (D1, D8)'),
        (STUDY.replace("[D1, D8]", "[D1, D8, D1]"), 4, "visits: D1 is listed twice"),
        (STUDY + "preparation_cv_percent: -1\n", 9, "greater than or equal to 0"),
        (STUDY + "analysis: {primary_visit: M9}\n", 9, "'M9' is not one of the planned visits"),
        (STUDY + "checks:\n  cd3_pionts: 4\n", 10, '"cd3_pionts" is not a limit of a check'),
        (STUDY.replace("tables: treg_nk\n", ""), 1, 'the key "tables" is missing'),
        (STUDY.replace("visits: [D1, D8]", "visits: [D1, D8"), 5, "not valid YAML"),
    ],
)
def test_one_thing_wrong_in_study_yaml(tmp_path: Path, study: str, line: int, message: str) -> None:
    file, found_line, text = only_problem(write(tmp_path, study))
    assert file == "study.yaml"
    assert message in text
    assert found_line == line


@pytest.mark.parametrize(
    ("samples", "line", "message"),
    [
        (SAMPLES.replace("bead_lot,", "bead_lto,"), 1, 'unknown column "bead_lto". Did you mean "bead_lot"?'),
        (SAMPLES.replace(",tube,", ",tub,"), 1, 'the column "tube" is missing'),
        (SAMPLES.replace(",L1,100,", ',L1,"1,007",'), 2, '"1,007" can be read as 1007 or as 1.007'),
        (SAMPLES.replace(",D1,T,", ",D1,X,"), 2, 'the tube "X" is not in'),
        (SAMPLES.replace("a.fcs,S1", "a.fcs,"), 2, "`subject` is empty"),
        (SAMPLES.replace(",L1,100,100", ",L1,100"), 2, "6 fields, the header 7"),
        (SAMPLES.replace("a.fcs", '"a.fcs'), 2, "not valid CSV"),
        ("", None, "the file is empty"),
        (SAMPLES.splitlines()[0] + "\n", 1, "a header and no rows"),
    ],
)
def test_one_thing_wrong_in_samples_csv(tmp_path: Path, samples: str, line: int | None, message: str) -> None:
    found = problems(write(tmp_path, samples=samples))
    assert [(file, at) for file, at, text in found if message in text] == [("samples.csv", line)], found


def test_one_mistake_in_many_rows_is_reported_once_with_all_lines(tmp_path: Path) -> None:
    rows = "".join(f"{i}.fcs,S{i},M9,T\n" for i in range(8))
    found = problems(write(tmp_path, samples="file,subject,visit,tube\n" + rows + "9.fcs,S9,D8,T\n"))
    [(file, line, text)] = [one for one in found if 'the visit "M9" is not in' in one[2]]
    assert (file, line) == ("samples.csv", 2)
    assert "also in lines 3, 4, 5, 6, 7 and 2 more" in text


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("dataset", "two", '`dataset`: "two" is not a number of a data set'),
        ("dataset", "0", '`dataset`: "0" is not a number of a data set'),
        ("include_in_primary", "perhaps", '`include_in_primary`: "perhaps" is neither `yes` nor `no`'),
        ("compensation", "matrix.csv", '`compensation`: the file "matrix.csv" does not exist'),
        ("dilution", "nan", '`dilution`: "nan" is not a number'),
        ("beads_per_tube", "-5", "`beads_per_tube`: -5 must be above 0"),
    ],
)
def test_a_wrong_cell_is_reported_with_its_line(tmp_path: Path, column: str, value: str, message: str) -> None:
    samples = f"file,subject,visit,tube,{column}\na.fcs,S1,D1,T,\nb.fcs,S1,D1,TREG,{value}\n"
    file, line, text = only_problem(write(tmp_path, samples=samples))
    assert (file, line) == ("samples.csv", 3)
    assert message in text


def test_a_spreadsheets_csv(tmp_path: Path) -> None:
    """A byte-order mark, line ends of another system, empty rows, blanks around cells, a column of notes."""
    write(tmp_path)
    text = "\ufeff" + SAMPLES.replace("file,", "file , ").replace("volume_ul\n", "volume_ul\n").replace("\n", "\r\n")
    lines = text.split("\r\n")
    lines = [line + (",note 1" if i == 0 else ',"said, twice"') for i, line in enumerate(lines) if line]
    lines.insert(2, ",,,,,,,")
    (tmp_path / "samples.csv").write_bytes("\r\n".join(lines).encode("utf-8"))
    study = load_study(tmp_path)
    assert [entry.line for entry in study.entries] == [2, 4]
    assert study.entries[0].notes == {"note 1": "said, twice"}


def test_bytes_that_no_spreadsheet_writes_are_reported_with_their_line(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "samples.csv").write_bytes(SAMPLES.encode() + b"c.fcs,S\x81,D1,T,,,\n")
    file, line, text = only_problem(tmp_path)
    assert (file, line) == ("samples.csv", 4)
    assert "neither UTF-8 nor Windows-1252" in text


def test_excluded_rows_may_repeat_and_be_incomplete(tmp_path: Path) -> None:
    samples = "file,subject,visit,tube,exclude\na.fcs,S1,D1,T,\na.fcs,S1,D1,T,the same again\nc.fcs,,,,unknown\n"
    study = load_study(write(tmp_path, samples=samples))
    assert [entry.file for entry in study.used] == ["a.fcs"]
    assert study.subjects == ("S1",)


def test_one_missing_file_is_the_tubes_failure_all_missing_the_studys(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "a.fcs").unlink()
    assert len(load_study(tmp_path).used) == 2
    (tmp_path / "b.fcs").unlink()
    file, _, message = only_problem(tmp_path)
    assert file == "samples.csv"
    assert "none of the 2 files" in message
    assert message.endswith("check whether the folder was moved.")
    write(tmp_path, samples=SAMPLES.replace("a.fcs", "fcs\\a.fcs"))
    for made in tmp_path.glob("**/*.fcs"):
        made.unlink()
    assert only_problem(tmp_path)[2].endswith("write / between folders, not \\.")


def test_two_data_sets_of_one_file_are_two_tubes(tmp_path: Path) -> None:
    samples = "file,subject,visit,tube,dataset\na.fcs,S1,D1,T,1\na.fcs,S1,D1,TREG,2\n"
    assert [entry.dataset for entry in load_study(write(tmp_path, samples=samples)).entries] == [1, 2]


def test_the_same_file_by_another_path(tmp_path: Path) -> None:
    samples = "file,subject,visit,tube\na.fcs,S1,D1,T\n./a.fcs,S1,D1,TREG\n"
    file, line, message = only_problem(write(tmp_path, samples=samples))
    assert (file, line) == ("samples.csv", 3)
    assert 'the file "./a.fcs" is listed twice (first on line 2)' in message


@pytest.mark.parametrize(
    ("lots", "line", "message"),
    [
        (LOTS + "L1,990,2030-01-01\n", 3, 'the bead lot "L1" is listed twice (first on line 2)'),
        (LOTS + "L2,0,2030-01-01\n", 3, "`beads_per_ul`: 0 must be above 0"),
        (LOTS + ",990,2030-01-01\n", 3, "`bead_lot` is empty"),
        (LOTS + "L2,990,31.12.2030\n", 3, '"31.12.2030" is not a date. Write it as 2030-12-31.'),
        (LOTS.replace("expires", "expiry"), 1, 'unknown column "expiry". Did you mean "expires"?'),
    ],
)
def test_one_thing_wrong_in_bead_lots_csv(tmp_path: Path, lots: str, line: int, message: str) -> None:
    found = problems(write(tmp_path, lots=lots))
    assert [(file, at) for file, at, text in found if message in text] == [("bead_lots.csv", line)], found


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "bead_lots.csv").unlink()
    file, line, message = only_problem(tmp_path)
    assert (file, line) == ("bead_lots.csv", None)
    assert "the file does not exist" in message


def test_limits_of_the_study_reach_the_checks(tmp_path: Path) -> None:
    study = load_study(write(tmp_path, STUDY + "checks: {bead_events_fail: 50, cd3_points: 4}\n"))
    assert study.tube_limits.bead_events_fail == 50
    assert study.table_sources.declared.limit("cd3_points") == 4
    assert study.table_sources.declared.limit("treg_fold") == 6.0


@pytest.mark.parametrize(
    ("checks", "says"),
    [
        ("{cd4_per_ul_low: 9000}", "cd4_per_ul_low 9000 is above cd4_per_ul_high 7000"),
        ("{cd4_per_ul_high: 50}", "cd4_per_ul_low 75 is above cd4_per_ul_high 50"),
        ("{cd4_per_ul_low: 900, cd4_per_ul_high: 800}", "cd4_per_ul_low 900 is above cd4_per_ul_high 800"),
        ("{treg_percent_low: 30}", "treg_percent_low 30 is above treg_percent_high 25"),
        ("{beads_per_tube_low: 1000000}", "beads_per_tube_low 1e+06 is above beads_per_tube_high 900000"),
    ],
)
def test_a_window_is_not_upside_down(tmp_path: Path, checks: str, says: str) -> None:
    file, line, text = only_problem(write(tmp_path, STUDY + f"checks: {checks}\n"))
    assert (file, line) == ("study.yaml", 9)
    assert says in text


@pytest.mark.parametrize("checks", ["{cd4_per_ul_low: 8000, cd4_per_ul_high: 9000}", "{cd4_per_ul_low: 7000}"])
def test_windows_that_hold_a_value_are_taken(tmp_path: Path, checks: str) -> None:
    assert load_study(write(tmp_path, STUDY + f"checks: {checks}\n")).visits == ("D1", "D8")


@pytest.mark.parametrize("name", ["a.fcs", "samples.csv", "Data.001"])
def test_a_file_of_data_is_no_study(tmp_path: Path, name: str) -> None:
    write(tmp_path)
    (tmp_path / "Data.001").write_bytes(b"FCS3.1    \x94\xff")
    with pytest.raises(ConfigurationError) as caught:
        load_study(tmp_path / name)
    (problem,) = caught.value.problems
    assert problem.message == "this file is no study.yaml."
    assert problem.remedy == "Name the folder of the FCS files, or the study.yaml in it."


def test_limits_of_quantification_are_by_measure(tmp_path: Path) -> None:
    study = load_study(write(tmp_path, STUDY + "lloq: {treg_per_ul: 2}\n"))
    assert study.table_sources.declared.lloq("treg_per_ul") == 2.0
    write(tmp_path, STUDY + "lloq: {treg.treg_per_ul: 2}\n")
    assert 'the tables have no measure "treg.treg_per_ul". Measures: ' in only_problem(tmp_path)[2]


def test_true_is_no_limit(tmp_path: Path) -> None:
    write(tmp_path, STUDY + "checks: {bead_events_fail: true}\n")
    file, line, message = only_problem(tmp_path)
    assert (file, line) == ("study.yaml", len(STUDY.splitlines()) + 1)
    assert "found True (at checks.bead_events_fail)" in message


def test_only_matching_keeps_rows_by_name_or_path(tmp_path: Path) -> None:
    study = load_study(write(tmp_path))
    assert [entry.file for entry in only_matching(study, "a.*").entries] == ["a.fcs"]


def test_arms_of_subjects_csv_reach_the_study(tmp_path: Path) -> None:
    folder = write(tmp_path, STUDY + "subjects: people.csv\nanalysis: {reference_arm: placebo}\n")
    (folder / "people.csv").write_text("subject,arm\nS1,placebo\n", encoding="utf-8")
    study = load_study(folder)
    assert study.people["S1"].arm == "placebo"
    assert study.people_file == folder / "people.csv"
    (folder / "people.csv").write_text("subject,arm\nS1,low dose\n", encoding="utf-8")
    _, line, message = only_problem(folder)
    assert line == 10
    assert 'no subject is in the reference_arm "placebo". Arms: low dose.' in message


def test_spans_and_responders_name_planned_visits_and_measures(tmp_path: Path) -> None:
    rules = "{spans: {late: [M1]}, responders: [{measure: treg.cells, visit: D9, at_least: 1.35}]}"
    messages = [message for _, _, message in problems(write(tmp_path, STUDY + f"analysis: {rules}\n"))]
    assert any("spans names 'M1', not one of the planned visits" in message for message in messages)
    assert any("responders names 'D9', not one of the planned visits" in message for message in messages)
    rules = "{responders: [{measure: treg.cells, visit: D8, at_least: 1.35}]}"
    assert (
        'the tables have no measure "treg.cells" (responders)'
        in only_problem(write(tmp_path, STUDY + f"analysis: {rules}\n"))[2]
    )
