"""A table definition of the user's own, with three measures of its own, through every output of a run."""

import json
import re
import shutil
from pathlib import Path

import pytest
from cli_running import rows, tregate
from openpyxl import load_workbook
from page_data import data_of

OWN = """
tables: with_debris
extends: treg_nk
cells:
  double_negative: {population: CD3-, beads: true, prefer: [tetrachrome_nk], ontology: "CL:0009999"}
measures:
  cd3_negative_per_ul: {cells: double_negative, per: ul, label: CD3-negative, code: CD3NEG}
  cd3_negative_percent: {cells: double_negative, percent_of: lymphocytes, label: CD3-negative}
  nk_per_cd3_negative: {ratio: [nk_per_ul, cd3_negative_per_ul], label: "NK | CD3-", decimals: 3}
sheets:
  negatives:
    - {measure: cd3_negative_per_ul, fold: true}
    - cd3_negative_percent
    - nk_per_cd3_negative
figures:
  figure_own: {title: Own figure, about: Fold change of CD3-negative lymphocytes., panels: [cd3_negative_per_ul]}
shown: {console: [cd3_negative_per_ul, nk_per_cd3_negative], page: [cd3_negative_percent], primary: cd3_negative_per_ul}
plausible:
  - {parts: [nk_per_ul], of: cd3_negative_per_ul}
"""
COLUMNS = [
    "subject", "visit", "cd3_negative_per_ul", "cd3_negative_per_ul_low", "cd3_negative_per_ul_high",
    "cd3_negative_percent", "cd3_negative_percent_low", "cd3_negative_percent_high", "nk_per_cd3_negative",
    "fold_cd3_negative_per_ul", "nk_per_cd3_negative_low", "nk_per_cd3_negative_high", "fold_cd3_negative_per_ul_low",
    "fold_cd3_negative_per_ul_high", "cd3_negative_per_ul_loq", "cd3_negative_percent_loq", "flags",
]  # fmt: skip
MEASURES = ("cd3_negative_per_ul", "cd3_negative_percent", "nk_per_cd3_negative")


@pytest.fixture(scope="module")
def own(trial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables of the trial by the user's own definition, with a page."""
    study = Path(shutil.copytree(trial, tmp_path_factory.mktemp("own") / "trial"))
    (study / "own.yaml").write_text(OWN, encoding="utf-8")
    text = (study / "study.yaml").read_text(encoding="utf-8")
    (study / "study.yaml").write_text(text.replace("tables: treg_nk", "tables: own.yaml"), encoding="utf-8")
    out = study.parent / "out"
    done = tregate("run", study, "--out", out, "--workers", "1", "--report", "flagged", "--parquet", "--figures")
    assert done.code == 0, done.err
    return out


def test_its_table_has_its_columns_and_values_that_follow_from_counts(own: Path) -> None:
    table = rows(own / "negatives.csv")
    assert list(table[0]) == COLUMNS
    counts = {(r["subject"], r["visit"], r["population"]): r for r in rows(own / "counts.csv") if r["tube"] == "NK"}
    nk = {(r["subject"], r["visit"]): float(r["nk_per_ul"]) for r in rows(own / "nk.csv")}
    for row in table:
        place = row["subject"], row["visit"]
        part, whole = counts[(*place, "CD3-")], counts[(*place, "lymphocytes")]
        assert row["cd3_negative_per_ul"] == part["cells_per_ul"]
        share = 100 * int(part["events"]) / int(whole["events"])
        assert float(row["cd3_negative_percent"]) == pytest.approx(share, rel=1e-5)
        assert float(row["nk_per_cd3_negative"]) == pytest.approx(nk[place] / float(part["cells_per_ul"]), rel=1e-5)


def test_an_id_in_no_shipped_list_is_a_note_of_check_and_of_the_run(own: Path) -> None:
    messages = [row["message"] for row in rows(own / "findings.csv") if row["check"] == "catalogue_ids"]
    assert len(messages) == 1
    assert messages[0].startswith("own.yaml:5: double_negative: CL:0009999 is not in the shipped list of cell types")
    done = tregate("check", own.parent / "trial")
    assert (done.code, "CL:0009999 is not in the shipped list" in done.out) == (0, True)


def test_the_tables_that_it_extends_are_what_they_were(own: Path, tables: Path) -> None:
    for name in ("counts.csv", "treg.csv", "nk.csv", "subsets.csv"):
        assert (own / name).read_bytes() == (tables / name).read_bytes()


def test_summary_cp_xlsx_parquet_and_table1_have_its_measures(own: Path) -> None:
    summary = [row for row in rows(own / "summary.csv") if row["table"] == "negatives"]
    assert [row["measure"] for row in summary] == [name for name in MEASURES for _ in ("D1", "D8")]
    assert all(row["n"] == "2" for row in summary)
    codes = {row["CPTEST"]: row["CPTESTCD"] for row in rows(own / "cp.csv") if row["CPSCAT"] == "NEGATIVES"}
    assert codes["CD3-negative"] == "CD3NEG"
    assert len(set(codes.values())) == 3
    book = load_workbook(own / "tables.xlsx")
    assert [cell.value for cell in book["negatives"][1]] == COLUMNS
    units = {row[1].value: row[2].value for row in book["ReadMe"].iter_rows() if row[0].value == "negatives"}
    assert [units[column] for column in COLUMNS[2:6]] == ["cells/µL", "cells/µL", "cells/µL", "% of lymphocytes"]
    assert (own / "negatives.parquet").exists()
    line = next(line for line in (own / "table1.md").read_text(encoding="utf-8").splitlines() if "NK \\| CD3-" in line)
    assert re.search(r"\| \d+\.\d{3}(; \d+\.\d{3})? \(2\) \|", line), "as many decimals as declared, and no mean of two"


def test_its_figure_and_the_page_show_it(own: Path) -> None:
    assert (own / "figure_own.svg").exists()
    page = (own / "report.html").read_text(encoding="utf-8")
    figure = next(one for one in data_of(page, "data")["figures"] if one["title"] == "Own figure")
    assert [panel["title"] for panel in figure["panels"]] == ["CD3-negative (cells/µL)"]
    assert "CD3-, % of lymphocytes" in page


def test_the_record_has_it_and_tables_makes_the_same_again(own: Path) -> None:
    before = {name: (own / name).read_bytes() for name in ("negatives.csv", "summary.csv", "cp.csv", "treg.csv")}
    record = json.loads((own / "run.json").read_text(encoding="utf-8"))
    assert "cd3_negative_per_ul" in record["tables"]["definition"]["measures"]
    assert tregate("tables", own).code == 0
    assert {name: (own / name).read_bytes() for name in before} == before


@pytest.mark.parametrize(
    ("definition", "tubes", "expected"),
    [
        ("tbnk", "  T: tetrachrome_t\n  NK: tetrachrome_nk\n", {"tbnk.csv": "cd4_cd8_ratio"}),
        ("treg_extended", "", {"teff.csv": "cd4_non_treg_per_ul", "nk.csv": "nk_dim_percent_of_nk"}),
    ],
)
def test_the_other_shipped_definitions(spoiled: Path, definition: str, tubes: str, expected: dict[str, str]) -> None:
    text = (spoiled / "study.yaml").read_text(encoding="utf-8").replace("tables: treg_nk", f"tables: {definition}")
    if tubes:
        start, end = text.index("tubes:\n") + 7, text.index("tables:")
        text = text[:start] + tubes + text[end:]
        samples = spoiled / "samples.csv"
        kept = [line for line in samples.read_text(encoding="utf-8").splitlines() if "TREG" not in line]
        samples.write_text("\n".join(kept) + "\n", encoding="utf-8")
    (spoiled / "study.yaml").write_text(text, encoding="utf-8")
    done = tregate("run", spoiled, "--out", spoiled / "out", "--workers", "1", "--report", "none")
    assert done.code == 0, done.err
    for file, column in expected.items():
        table = rows(spoiled / "out" / file)
        assert len(table) == 4
        assert all(float(row[column]) > 0 for row in table)
    assert not definition.startswith("tbnk") or not (spoiled / "out" / "treg.csv").exists()
