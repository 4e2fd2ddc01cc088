"""xlsx, CP, parquet and figures as people and programs open them."""

import hashlib
import re
import zipfile
from datetime import date, time
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from PIL import Image
from shipped_tables import DECLARED, FIGURES, cp_table, summarise, table1, write_visit_outputs
from visit_tables import SUBJECTS, VISITS, trial

from tregate.pipelines.export.collection import Collection
from tregate.pipelines.export.cp import COLUMNS, SUPPLEMENTAL, cell_phenotype
from tregate.pipelines.export.cp_words import marker_string, reason_words
from tregate.pipelines.export.parquet import write_parquet
from tregate.pipelines.export.table1 import mean_and_sd
from tregate.pipelines.export.xlsx import write_xlsx, xlsx_of
from tregate.pipelines.files.csv_file import read_csv
from tregate.pipelines.files.table import Table
from tregate.pipelines.report.fold_figure import draw, write_figure
from tregate.pipelines.statistics.measures import units_of
from tregate.pipelines.statistics.summarise import Summary
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.measure_declarations import Measure
from tregate.pipelines.study.moments import Moment
from tregate.pipelines.study.tables_definition import load_tables

MISSED = [("P01", visit) for visit in VISITS[1:]] + [("P04", "D15"), ("P05", "M3")]


@pytest.fixture(scope="module")
def tables() -> tuple[Table, ...]:
    return trial(2, missed=MISSED)


@pytest.fixture(scope="module")
def summary(tables: tuple[Table, ...]) -> Summary:
    return summarise(tables, VISITS, "D1", Analysis())


def test_the_workbook_has_a_sheet_a_table_with_typed_cells(
    tables: tuple[Table, ...], summary: Summary, tmp_path: Path
) -> None:
    write_xlsx([*tables, summary.table], tmp_path / "tables.xlsx", units_of(tables, DECLARED), footnotes=summary.notes)
    book = load_workbook(tmp_path / "tables.xlsx")
    assert book.sheetnames == ["treg", "nk", "subsets", "summary", "ReadMe"]
    for table in (*tables, summary.table):
        sheet = book[table.name]
        assert [cell.value for cell in sheet[1]] == list(table.columns)
        for number, row in enumerate(table.rows, start=2):
            for cell, value in zip(sheet[number], row, strict=True):
                if value in (None, ""):
                    assert cell.value is None
                elif isinstance(value, str):
                    assert (cell.value, cell.data_type) == (value, "s")
                else:
                    assert cell.data_type == "n"
                    assert cell.value == pytest.approx(value, rel=1e-7)
    treg = book["treg"]
    assert treg.freeze_panes == "C2"
    assert treg.max_row == len(tables[0]) + 1, "one header row and nothing beneath the table"
    assert treg.auto_filter.ref == treg.dimensions
    readme = [tuple(cell.value for cell in row[:3]) for row in book["ReadMe"].iter_rows()]
    assert [row[0] for row in readme[: len(summary.notes)]] == list(summary.notes)
    units = {row[:2]: row[2] for row in readme}
    assert [units["treg", column] for column in ("subject", "cd4_per_ul", "treg_percent_of_cd4")] == [
        None, "cells/µL", "% of CD4+",
    ]  # fmt: skip
    assert units["treg", "treg_percent_of_teff"] == "% of Teff"


def test_the_workbook_says_what_its_tables_rest_on_and_what_is_doubtful(
    tables: tuple[Table, ...], summary: Summary, tmp_path: Path
) -> None:
    found = Table("findings", ("check", "message"), (("gate_fallback", "Review the gate."),))
    plan = {"sha256": "ab" * 32}
    write_visit_outputs(
        tmp_path, tables, summary, study="s", visits=VISITS, baseline="D1", figures=False, findings=found, plan=plan
    )
    book = load_workbook(tmp_path / "tables.xlsx")
    assert book["Findings"]["A2"].value == "gate_fallback"
    about = {row[0].value: row[1].value for row in book["ReadMe"].iter_rows() if row[1].value}
    assert about["Baseline"] == "D1"
    assert about["Teff"] == "CD3+ cells without Treg (cd3_minus_treg)"
    assert about["Analysis plan"] == f"SHA-256 {'ab' * 32}"
    assert about["Visits"] == ", ".join(VISITS)


def test_probabilities_stand_below_each_other_with_as_many_digits() -> None:
    values = (0.12, 0.0591805, 0.0078125, 0.00002)
    table = Table("summary", ("p_value", "mean"), tuple((value, value) for value in values))
    sheet = load_workbook(BytesIO(xlsx_of([table])))["summary"]
    assert [cell.number_format for cell in sheet["A"][1:]] == ["0.0000", "0.0000", "0.0000", "0.00E+00"]
    assert [cell.value for cell in sheet["A"][1:]] == list(values)
    assert sheet["B2"].number_format == "0.00"


def test_no_text_of_the_workbook_runs() -> None:
    table = Table("t", ("subject", "=x"), (('=HYPERLINK("http://x")', "@SUM(1)"), ("+1", "a\x07b")))
    book = load_workbook(BytesIO(xlsx_of([table], footnotes=["=1+1"])))
    cells = [cell for row in book["t"].iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f" or str(cell.value)[0] in "=+-@"]
    assert "a\ufffdb" in [cell.value for cell in cells]


def test_the_workbook_knows_no_time_and_no_user(tables: tuple[Table, ...]) -> None:
    first = xlsx_of(tables)
    with zipfile.ZipFile(BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
        assert archive.testzip() is None
    assert set(re.findall(r"\d{4}-\d\d-\d\d", core)) == {"1980-01-01"}
    assert xlsx_of(tables) == first


def test_sheet_names_are_what_a_spreadsheet_takes() -> None:
    names = ("a/b:c", "x" * 40, "x" * 41, "Treg", "treg")
    book = load_workbook(BytesIO(xlsx_of([Table(name, ("a",), ()) for name in names])))
    assert book.sheetnames == ["a_b_c", "x" * 31, "x" * 28 + "_2", "Treg", "treg_2", "ReadMe"]


def test_cp_has_one_record_per_test_and_time(tables: tuple[Table, ...]) -> None:
    long = pd.DataFrame(list(cp_table(tables, VISITS, "D1", study="PILOT").records()))
    assert tuple(long.columns) == COLUMNS
    tests = 4 + 4 + 7 - 3  # CD4+ and NK are in two tables, lymphosum is about the measurement
    assert len(long) == len(SUBJECTS) * len(VISITS) * tests
    assert long["CPTESTCD"].str.fullmatch(r"[A-Z][A-Z0-9_]{0,7}").all()
    assert not long.duplicated(["USUBJID", "CPTESTCD", "CPSBMRKS", "VISIT"]).any()
    assert not long.duplicated(["USUBJID", "CPSEQ"]).any()
    assert long["CPTEST"].map(lambda name: name.isascii() and len(name) <= 40).all()
    assert (
        long["CPMRKSTR"]
        .str.fullmatch(r"((CD[0-9]+|FOXP3|SSC)(-|lo|mid|\+|hi))+(/((CD[0-9]+|FOXP3|SSC)(-|lo|\+|hi))+)?")
        .all()
    )
    assert set(long["CPCAT"]) == {"IMMUNOPHENOTYPING"}
    assert long["CPDRVFL"].isna().all()
    absent = long[long["CPSTAT"] == "NOT DONE"]
    assert len(absent) == len(MISSED) * tests
    assert absent[["CPORRES", "CPSTRESN", "CPORRESU"]].isna().all(axis=None)
    assert (absent["CPREASND"] == "NO TUBE").all()
    present = long[long["CPSTAT"].isna()]
    assert set(zip(present["CPORRESU"], present["CPRESTYP"], strict=True)) == {
        ("10^6/L", "NUMBER CONCENTRATION"), ("%", "NUMBER FRACTION"),
    }  # fmt: skip
    treg = next(tables[0].records())
    seen = present[(present["CPTESTCD"] == "TLR") & (present["VISIT"] == "D1")].iloc[0]
    assert (seen["USUBJID"], seen["CPSTRESN"], seen["CPBLFL"]) == ("PILOT-P01", treg["treg_per_ul"], "Y")
    assert float(seen["CPORRES"]) == pytest.approx(seen["CPSTRESN"], rel=1e-5)


def test_what_is_no_variable_of_cp_is_a_supplemental_qualifier(tables: tuple[Table, ...]) -> None:
    found = cell_phenotype(tables, VISITS, "D1", DECLARED, study="PILOT")
    long, more = (pd.DataFrame(list(table.records())) for table in (found.cp, found.supplemental))
    assert tuple(more.columns) == SUPPLEMENTAL
    assert not more.duplicated(["USUBJID", "IDVARVAL", "QNAM"]).any()
    keys = set(zip(long["USUBJID"], long["CPSEQ"].astype(str), strict=True))
    assert set(zip(more["USUBJID"], more["IDVARVAL"], strict=True)) <= keys
    assert (more["QLABEL"].str.len() <= 40).all()
    treg = next(tables[0].records())
    at = long[(long["CPTESTCD"] == "TLR") & (long["VISIT"] == "D1") & (long["USUBJID"] == "PILOT-P01")].iloc[0]
    own = more[(more["USUBJID"] == at["USUBJID"]) & (more["IDVARVAL"] == str(at["CPSEQ"]))]
    values = dict(zip(own["QNAM"], own["QVAL"], strict=True))
    assert float(values["CPLO95"]) == pytest.approx(treg["treg_per_ul_low"], rel=1e-5)
    ratio = long[long["CPTESTCD"] == "TREGTEFF"]["CPSEQ"].astype(str)
    of_ratio = more[more["IDVARVAL"].isin(ratio) & (more["QNAM"] == "CPDEF")]
    assert set(of_ratio["QVAL"]) == {"cd3_minus_treg"}


def test_dates_make_study_days_and_the_last_value_before_exposure(tables: tuple[Table, ...]) -> None:
    screening, first = Moment(date(2024, 1, 10)), Moment(date(2024, 1, 15), time(9, 30))
    told = Collection(
        drawn={("P01", "D1"): first, ("P01", "D8"): Moment(date(2024, 1, 22)), ("P02", "D1"): screening},
        days={("P01", "D1"): 1, ("P01", "D8"): 8, ("P02", "D1"): -5},
        planned_days={"D1": 1, "D8": 8},
        first_dose={"P01": date(2024, 1, 15), "P02": date(2024, 1, 15)},
        laboratory="Lab A",
    )
    found = cell_phenotype(tables, VISITS, "D1", DECLARED, study="S", collection=told).cp
    rows = {(r["USUBJID"], r["VISIT"]): r for r in found.records() if r["CPTESTCD"] == "TLYH"}
    assert [rows["S-P01", visit]["CPDTC"] for visit in ("D1", "D8", "D15")] == ["2024-01-15T09:30", "2024-01-22", None]
    assert [rows["S-P01", visit]["CPDY"] for visit in ("D1", "D8", "D15")] == [1, 8, None]
    assert [rows["S-P01", visit]["VISITDY"] for visit in ("D1", "D8", "D15")] == [1, 8, None]
    assert [rows["S-P01", visit]["CPLOBXFL"] for visit in ("D1", "D8")] == ["Y", None]
    assert (rows["S-P02", "D1"]["CPDY"], rows["S-P02", "D1"]["CPLOBXFL"]) == (-5, "Y")
    assert rows["S-P03", "D1"]["CPLOBXFL"] is None
    assert rows["S-P03", "D1"]["CPNAM"] == "Lab A"


def test_reasons_are_words() -> None:
    assert reason_words(("missing_tube_T", "missing_tube_TREG"), "TREG") == "NO TREG TUBE"
    assert reason_words(("below_loq:treg", "bead_lot_unknown")) == "BEAD LOT NOT DOCUMENTED"
    assert reason_words(("excluded_NK",)) == "NK TUBE EXCLUDED"
    assert reason_words(("unmeasured:treg",)) == "POPULATION COULD NOT BE GATED"
    assert reason_words(("own_flag:x",)) == "OWN FLAG"
    assert reason_words(()) == "NO VALUE"


@pytest.mark.parametrize("name", ["treg_nk", "tbnk", "treg_extended"])
def test_every_shipped_test_has_a_name_and_a_marker_string(name: str) -> None:
    declared = Declared(load_tables(name).definition)
    shown = {column.measure for columns in declared.sheets.values() for column in columns}
    tests = [measure for measure in shown if not declared.measures[measure].quality]
    assert all(marker_string(declared, measure) for measure in tests)
    assert all(declared.measures[measure].test for measure in tests)
    named = {(declared.measures[measure].test, declared.measures[measure].subset) for measure in tests}
    assert len(named) == len(tests), "two tests of one name"


def test_cp_makes_codes_for_measures_of_other_table_definitions() -> None:
    table = Table(
        "own", ("subject", "visit", "activated_treg_per_ul", "activated_tcon_per_ul"), (("A", "D1", 1.0, 2.0),)
    )
    names = ("activated_treg_per_ul", "activated_tcon_per_ul")
    measures = {name: Measure(cells="treg", per="ul") for name in names}
    own = Declared(DECLARED.definition.model_copy(update={"measures": measures}))
    codes = cp_table([table], ("D1",), "D1", study="X", declared=own).column("CPTESTCD")
    assert codes == ("ACTIVATE", "ACTIVA02")
    names = cp_table([table], ("D1",), "D1", study="X", declared=own).column("CPTEST")
    assert names == ("Treg", "ACTIVA02"), "no two tests have one name"


def test_parquet_is_typed_and_reads_back(tables: tuple[Table, ...], summary: Summary, tmp_path: Path) -> None:
    for table in (*tables, summary.table):
        path = tmp_path / f"{table.name}.parquet"
        write_parquet(table, path)
        frame = pd.read_parquet(path)
        back = frame.astype(object).where(frame.notna(), None)
        assert tuple(back.itertuples(index=False, name=None)) == table.rows
        first = path.read_bytes()
        write_parquet(table, path)
        assert path.read_bytes() == first
    kinds = pd.read_parquet(tmp_path / "summary.parquet").dtypes
    assert (str(kinds["n"]), str(kinds["mean"]), str(kinds["visit"])) == ("int64", "float64", "object")


def test_parquet_keeps_columns_without_any_figure(tmp_path: Path) -> None:
    write_parquet(Table("t", ("flags", "x", "ok"), ((None, None, True),)), tmp_path / "t.parquet")
    frame = pd.read_parquet(tmp_path / "t.parquet")
    assert [str(kind) for kind in frame.dtypes] == ["object", "float64", "bool"]


@pytest.mark.parametrize(
    ("mean", "sd", "text"),
    [
        (46.1, 15.5, "46.1±15.5"),
        (1307.2, 458.4, "1307±458"),
        (178.0, 66.54, "178±66.5"),
        (6.3, 0.83, "6.3±0.8"),
        (0.934, 0.071, "0.93±0.07"),
        (0.0, 0.0, "0.0±0.0"),
        (12.3, None, "12.3"),
    ],
)
def test_means_are_printed_as_in_the_published_table(mean: float, sd: float | None, text: str) -> None:
    assert mean_and_sd(mean, sd) == text


def test_table1_shows_every_published_row_once_in_its_order(summary: Summary) -> None:
    text = table1(summary.table, VISITS, "D1")
    first = text.split("## Fold change")[0]
    rows = [line.split(" | ")[:2] for line in first.splitlines() if line.startswith("| ")][1:]
    assert [f"{label.removeprefix('| ')}, {unit}" for label, unit in rows][:9] == [
        "Treg, cells/µL",
        "Treg, % of CD4+",
        "Lymphocytes, cells/µL",
        "Treg/Teff, % of Teff",
        "CD3+, cells/µL",
        "CD4+, cells/µL",
        "CD8+, cells/µL",
        "CD19+, cells/µL",
        "CD3-CD56+ NK, cells/µL",
    ]
    assert len(rows) == 13


def test_study_names_and_visits_cannot_break_the_markdown(tables: tuple[Table, ...]) -> None:
    odd = [
        Table(t.name, t.columns, tuple((r[0], str(r[1]).replace("D8", "D|8"), *r[2:]) for r in t.rows)) for t in tables
    ]
    visits = tuple(visit.replace("D8", "D|8") for visit in VISITS)
    summary = summarise(odd, visits, "D1", Analysis())
    text = table1(summary.table, visits, "D1", study="<script>|`x`\n# y")
    assert text.startswith("# \\<script>\\|\\`x\\` # y\n")
    widths = {
        len(re.findall(r"(?<!\\)\|", line)) for line in text.split("## Fold")[0].splitlines() if line.startswith("|")
    }
    assert widths == {9}


def test_footnotes_name_teff_and_what_the_limits_leave_out(tmp_path: Path) -> None:
    columns = ("subject", "visit", "treg_percent_of_teff", "teff_definition", "flags")
    rows = (("A", "D1", 5.0, "cd3", "below_loq:treg"), ("A", "D8", 9.0, "cd3", ""))
    table = Table("treg", columns, rows)
    summary = summarise([table], ("D1", "D8"), "D1", Analysis())
    write_visit_outputs(
        tmp_path, [table], summary, study="s", visits=("D1", "D8"), baseline="D1", footnotes=["=own note"],
        figures=False,
    )  # fmt: skip
    notes = (tmp_path / "table1.md").read_text(encoding="utf-8").split("## Notes")[1]
    assert "- Teff: all CD3+ cells (cd3).\n" in notes
    assert "95 % confidence limits of counting, beads, preparation, pairs and gating" in notes
    assert "- =own note\n" in notes
    feet = [cell.value for cell in load_workbook(tmp_path / "tables.xlsx")["ReadMe"]["A"]]
    assert "Teff: all CD3+ cells (cd3)." in feet
    assert "'=own note" in feet


def test_the_figure_draws_every_subject_and_the_geometric_mean_ratio_with_its_interval(summary: Summary) -> None:
    shown = [series for series in summary.series if str(series.measure) in FIGURES["figure1"]]
    figure = draw(shown, summary.table)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["Treg (% of CD4+)", "Treg (cells/µL)", "Treg/Teff (% of Teff)"]
    for axes, series in zip(figure.axes, shown, strict=True):
        courses = [line.get_ydata() for line in axes.get_lines() if len(line.get_ydata()) == len(VISITS)]
        assert len(courses) == len(SUBJECTS) + 1
        rows = {r["visit"]: r for r in summary.table.records() if r["measure"] == series.measure.name}
        assert list(courses[-1]) == pytest.approx([1.0, *(rows[visit]["gmr"] for visit in VISITS[1:])])
        upright = [line.get_ydata() for line in axes.get_lines() if len(set(line.get_xdata())) == 1]
        drawn = [tuple(ends) for ends in upright if ends[0] != ends[1]]
        assert drawn == [(rows[visit]["gmr_low"], rows[visit]["gmr_high"]) for visit in VISITS[1:]]
        stars = {annotation.xy[0]: annotation.get_text() for annotation in axes.texts}
        assert stars == {i: rows[v]["stars"] for i, v in enumerate(VISITS) if rows[v]["stars"]}
        assert [tick.get_text() for tick in axes.get_xticklabels()][:2] == ["D1\nn=9", "D8\nn=8"]


def test_figures_are_opaque_of_print_size_and_the_same_every_time(summary: Summary, tmp_path: Path) -> None:
    digests = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        stem = tmp_path / folder / "figure1"
        files = write_figure(summary.series, summary.table, FIGURES["figure1"], stem, caption="µ")
        assert [path.name for path in files] == ["figure1.png", "figure1.svg", "figure1.pdf"]
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in files])
    assert digests[0] == digests[1]
    with Image.open(tmp_path / "a" / "figure1.png") as picture:
        assert round(picture.info["dpi"][0]) == 300
        assert 165 < picture.width / 300 * 25.4 < 185
        assert picture.convert("RGBA").getchannel("A").getextrema() == (255, 255)
        assert picture.convert("RGB").getpixel((1, 1)) == (255, 255, 255)
    drawn = (tmp_path / "a" / "figure1.svg").read_text(encoding="utf-8")
    assert "<dc:date>" not in drawn
    assert "fill: #ffffff" in drawn
    assert b"CreationDate" not in (tmp_path / "a" / "figure1.pdf").read_bytes()


def test_a_study_without_nk_has_no_nk_figure(tables: tuple[Table, ...], tmp_path: Path) -> None:
    only = summarise(tables[:1], VISITS, "D1", Analysis())
    assert write_figure(only.series, only.table, FIGURES["figure_nk"], tmp_path / "figure_nk") == ()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("subjects", [SUBJECTS[:1], SUBJECTS[:2]])
def test_small_studies_have_their_outputs_too(subjects: tuple[str, ...], tmp_path: Path) -> None:
    tables = trial(9, subjects=subjects, missed=[(subjects[-1], "M6")])
    summary = summarise(tables, VISITS, "D1", Analysis())
    files = write_visit_outputs(tmp_path, tables, summary, study="tiny", visits=VISITS, baseline="D1")
    assert {path.name for path in files} == {
        *("treg.csv", "nk.csv", "subsets.csv", "summary.csv", "cp.csv", "suppcp.csv", "about_tables.csv"),
        *("tables.xlsx", "table1.md"),
        *(f"{stem}{end}" for stem in ("figure1", "figure_nk") for end in (".png", ".svg", ".pdf")),
    }
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert "nan" not in (tmp_path / "summary.csv").read_text(encoding="utf-8")


def test_what_was_written_can_be_read_and_written_again(
    tables: tuple[Table, ...], summary: Summary, tmp_path: Path
) -> None:
    plan = {"study": "s", "visits": VISITS, "baseline": "D1", "figures": False, "formats": ("parquet",)}
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    write_visit_outputs(tmp_path / "a", tables, summary, **plan)  # type: ignore[arg-type]
    text = ("subject", "visit", "flags", "teff_definition")
    again = [read_csv(tmp_path / "a" / f"{table.name}.csv", text=text) for table in tables]
    write_visit_outputs(tmp_path / "b", again, summary, **plan)  # type: ignore[arg-type]
    for table in tables:
        first = (tmp_path / "a" / f"{table.name}.csv").read_bytes()
        assert (tmp_path / "b" / f"{table.name}.csv").read_bytes() == first
        assert (tmp_path / "a" / f"{table.name}.parquet").exists()


def test_exact_p_values_are_written_exactly(summary: Summary, tmp_path: Path, tables: tuple[Table, ...]) -> None:
    write_visit_outputs(tmp_path, tables, summary, study="s", visits=VISITS, baseline="D1", figures=False)
    line = next(
        line
        for line in (tmp_path / "summary.csv").read_text(encoding="utf-8").splitlines()
        if line.startswith("treg,treg_percent_of_cd4,D8,")
    )
    assert ",Wilcoxon signed-rank,0.0078125,exact; 8 pairs; 0 zeros; 0 tied,0.0078125,**,8," in line


def test_csv_tables_name_their_baseline_definitions_plan_and_units(tmp_path: Path) -> None:
    tables = trial(9)
    plan = {"sha256": "ab" * 32}
    write_visit_outputs(
        tmp_path,
        tables,
        summarise(tables, VISITS, "D1", Analysis()),
        study="s",
        visits=VISITS,
        baseline="D1",
        plan=plan,
        figures=False,
    )
    told = list(read_csv(tmp_path / "about_tables.csv").records())
    of_treg = {row["about"]: row["value"] for row in told if row["table"] == "treg" and row["column"] is None}
    assert of_treg["Baseline"] == "D1"
    assert "cd3_minus_treg" in str(of_treg["Teff"])
    assert of_treg["Analysis plan"] == f"SHA-256 {'ab' * 32}"
    units = {row["column"]: row["value"] for row in told if row["table"] == "treg" and row["about"] == "unit"}
    assert units["treg_per_ul"] == units["treg_per_ul_low"] == "cells/µL"
    ids = {(row["column"], row["about"]): row["value"] for row in told if row["table"] == "nk"}
    assert ids["nk_per_ul", "UCUM"] == ids["nk_per_ul_high", "UCUM"] == "{cells}/uL"
    assert ids["nk_bright_percent_of_nk", "UCUM"] == "%"
    assert ids["nk_per_ul", "cell type"] == "CL:0000623 natural killer cell"
    assert ("subsets", "cd4_per_ul", "LOINC", "24467-3") in [tuple(row.values()) for row in told]
    assert {row["table"] for row in told} == {None, "treg", "nk", "subsets", "summary"}
    assert any(row["about"] == "note" and "Fold changes and tests" in str(row["value"]) for row in told)
