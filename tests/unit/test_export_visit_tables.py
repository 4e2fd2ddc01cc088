"""xlsx, CP, parquet and figures as people and programs open them."""

import hashlib
import re
import zipfile
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from PIL import Image
from shipped_tables import DECLARED, FIGURES, cp_table, summarise, table1, write_visit_outputs
from visit_tables import SUBJECTS, VISITS, trial

from tregate.pipelines.export.cp import COLUMNS
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
    assert book.sheetnames == ["treg", "nk", "subsets", "summary"]
    for table in (*tables, summary.table):
        sheet = book[table.name]
        assert [cell.value for cell in sheet[1]] == list(table.columns)
        for number, row in enumerate(table.rows, start=3):
            for cell, value in zip(sheet[number], row, strict=True):
                if value in (None, ""):
                    assert cell.value is None
                elif isinstance(value, str):
                    assert (cell.value, cell.data_type) == (value, "s")
                else:
                    assert cell.data_type == "n"
                    assert cell.value == pytest.approx(value, rel=1e-7)
    treg = book["treg"]
    assert treg.freeze_panes == "C3"
    assert [treg.cell(2, c).value for c in (1, 3, 6, 12)] == [None, "cells/µL", "% of CD4+", "% of Teff"]
    feet = [treg.cell(r, 1).value for r in range(len(tables[0]) + 4, treg.max_row + 1)]
    assert feet[0] == summary.notes[0]
    assert feet[3] == "* p < 0.05, ** p < 0.01, *** p < 0.001, " + feet[3].split("0.001, ")[1]


def test_probabilities_stand_below_each_other_with_as_many_digits() -> None:
    values = (0.12, 0.0591805, 0.0078125, 0.00002)
    table = Table("summary", ("p_value", "mean"), tuple((value, value) for value in values))
    sheet = load_workbook(BytesIO(xlsx_of([table])))["summary"]
    assert [cell.number_format for cell in sheet["A"][2:]] == ["0.0000", "0.0000", "0.0000", "0.00E+00"]
    assert [cell.value for cell in sheet["A"][2:]] == list(values)
    assert sheet["B3"].number_format == "0.00"


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
    assert book.sheetnames == ["a_b_c", "x" * 31, "x" * 28 + "_2", "Treg", "treg_2"]


def test_cp_has_a_row_for_every_subject_visit_and_measure(tables: tuple[Table, ...]) -> None:
    long = pd.DataFrame(list(cp_table(tables, VISITS, "D1", study="PILOT").records()))
    assert tuple(long.columns) == COLUMNS
    assert len(long) == len(SUBJECTS) * len(VISITS) * (4 + 4 + 7)
    assert long["CPTESTCD"].str.fullmatch(r"[A-Z][A-Z0-9]{0,7}").all()
    assert not long.duplicated(["USUBJID", "CPCAT", "CPTESTCD", "VISIT"]).any()
    assert not long.duplicated(["USUBJID", "CPSEQ"]).any()
    absent = long[long["CPSTAT"] == "NOT DONE"]
    assert len(absent) == len(MISSED) * 15
    assert absent[["CPORRES", "CPSTRESN", "CPORRESU"]].isna().all(axis=None)
    assert (absent["CPREASND"] == "missing_tube").all()
    present = long[long["CPSTAT"].isna()]
    treg = next(tables[0].records())
    seen = present[(present["CPTESTCD"] == "TREG") & (present["VISIT"] == "D1")].iloc[0]
    assert (seen["USUBJID"], seen["CPSTRESN"], seen["CPBLFL"]) == ("PILOT-P01", treg["treg_per_ul"], "Y")
    assert (seen["CPLO95"], seen["CPHI95"]) == (treg["treg_per_ul_low"], treg["treg_per_ul_high"])
    assert float(seen["CPORRES"]) == pytest.approx(seen["CPSTRESN"], rel=1e-5)
    ratio = present[present["CPTESTCD"] == "TREGTEFF"]
    assert (ratio["CPDEF"] == "cd3_minus_treg").all()


def test_cp_makes_codes_for_measures_of_other_table_definitions() -> None:
    table = Table(
        "own", ("subject", "visit", "activated_treg_per_ul", "activated_tcon_per_ul"), (("A", "D1", 1.0, 2.0),)
    )
    names = ("activated_treg_per_ul", "activated_tcon_per_ul")
    measures = {name: Measure(cells="treg", per="ul") for name in names}
    own = Declared(DECLARED.definition.model_copy(update={"measures": measures}))
    codes = cp_table([table], ("D1",), "D1", study="X", declared=own).column("CPTESTCD")
    assert codes == ("ACTIVATE", "ACTIVA02")


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
        tmp_path, [table], summary, study="s", visits=("D1", "D8"), baseline="D1", footnotes=["=own note"]
    )
    notes = (tmp_path / "table1.md").read_text(encoding="utf-8").split("## Notes")[1]
    assert "- Teff: all CD3+ cells (cd3).\n" in notes
    assert "95 % confidence limits of counting, beads, preparation, pairs and gating" in notes
    assert "- =own note\n" in notes
    feet = [cell.value for cell in load_workbook(tmp_path / "tables.xlsx")["treg"]["A"]]
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
        *("treg.csv", "nk.csv", "subsets.csv", "summary.csv", "cp.csv", "tables.xlsx", "table1.md"),
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
