"""The workbook, parquet, CSV and table 1 of visit tables as people and programs open them."""

import re
import zipfile
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from shipped_tables import DECLARED, summarise, table1, write_visit_outputs
from visit_tables import SUBJECTS, VISITS, trial

from tregate.pipelines.export.parquet import write_parquet
from tregate.pipelines.export.table1 import mean_and_sd
from tregate.pipelines.export.xlsx import write_xlsx, xlsx_of
from tregate.pipelines.files.csv_file import read_csv
from tregate.pipelines.files.table import Table
from tregate.pipelines.statistics.measures import units_of
from tregate.pipelines.statistics.summarise import Summary
from tregate.pipelines.study.analysis import Analysis


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
    notes = list(read_csv(tmp_path / "about_tables.csv").records())
    of_treg = {row["about"]: row["value"] for row in notes if row["table"] == "treg" and row["column"] is None}
    assert of_treg["Baseline"] == "D1"
    assert "cd3_minus_treg" in str(of_treg["Teff"])
    assert of_treg["Analysis plan"] == f"SHA-256 {'ab' * 32}"
    units = {row["column"]: row["value"] for row in notes if row["table"] == "treg" and row["about"] == "unit"}
    assert units["treg_per_ul"] == units["treg_per_ul_low"] == "cells/µL"
    ids = {(row["column"], row["about"]): row["value"] for row in notes if row["table"] == "nk"}
    assert ids["nk_per_ul", "UCUM"] == ids["nk_per_ul_high", "UCUM"] == "{cells}/uL"
    assert ids["nk_bright_percent_of_nk", "UCUM"] == "%"
    assert ids["nk_per_ul", "cell type"] == "CL:0000623 natural killer cell"
    assert ("subsets", "cd4_per_ul", "LOINC", "24467-3") in [tuple(row.values()) for row in notes]
    assert {row["table"] for row in notes} == {None, "treg", "nk", "subsets", "summary"}
    assert any(row["about"] == "note" and "Fold changes and tests" in str(row["value"]) for row in notes)
