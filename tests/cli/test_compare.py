"""`tregate compare`: own values made from a run's with a known bias come out with it; errors are named."""

import csv
import shutil
from pathlib import Path

import pytest
from cli_running import rows, tregate


@pytest.fixture
def out(tables: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tables, tmp_path / "out"))


def manual(tmp_path: Path, lines: list[str], head: str = "subject,visit,measure,value") -> Path:
    path = tmp_path / "manual.csv"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def values(out: Path, measure: str) -> list[tuple[str, str, float]]:
    with (out / "treg.csv").open(encoding="utf-8", newline="") as file:
        return [(row["subject"], row["visit"], float(row[measure])) for row in csv.DictReader(file)]


def test_a_known_ratio_comes_out(out: Path, tmp_path: Path) -> None:
    lines = [f"{s},{v},cd4_per_ul,{value / 1.25!r}" for s, v, value in values(out, "cd4_per_ul")]
    lines.append("NOBODY,D1,cd4_per_ul,500")
    done = tregate("compare", out, manual(tmp_path, lines))
    assert done.code == 0, done.err
    (row,) = rows(out / "comparison.csv")
    assert (row["measure"], row["scale"], row["n"], row["subjects"]) == ("cd4_per_ul", "ratio", "4", "2")
    assert row["without_partner"] == "1"
    assert row["bias"] == ""
    assert "too few subjects for bias and limits (2 of 3)" in row["note"]
    pairs = rows(out / "comparison_pairs.csv")
    assert [float(pair["difference"]) for pair in pairs if pair["difference"]] == pytest.approx([1.25] * 4, rel=1e-5)
    assert [pair["note"] for pair in pairs if pair["subject"] == "NOBODY"] == ["the run has no such subject and visit"]
    assert "1 manual value has no partner" in done.out


def test_values_without_any_partner_are_refused_with_the_near_names(out: Path, tmp_path: Path) -> None:
    lines = [f"{s.lower()},{v},cd4_per_ul,{value!r}" for s, v, value in values(out, "cd4_per_ul")]
    done = tregate("compare", out, manual(tmp_path, [*lines, "S01,D9,cd4_per_ul,500"]))
    assert done.code == 2
    assert "no value has a partner in the run: the run has no subject" in done.err
    assert 'subject "s01" (near: "S01"), "s02" (near: "S02"); the run has no visit "D9". Write subjects' in done.err
    assert "Warning" not in done.err
    assert not (out / "comparison.csv").exists()


def test_a_measure_of_which_no_value_has_a_partner_is_empty(out: Path, tmp_path: Path) -> None:
    (subject, visit, value), *_ = values(out, "cd4_per_ul")
    lines = [f"{subject},{visit},cd4_per_ul,{value!r}", f"{subject.lower()},{visit},nk_per_ul,200"]
    done = tregate("compare", out, manual(tmp_path, lines))
    assert done.code == 0, done.err
    assert "Warning" not in done.err
    assert f'1 manual value has no partner in the run (the run has no subject "{subject.lower()}"' in done.out
    assert {row["measure"]: row["n"] for row in rows(out / "comparison.csv")} == {"cd4_per_ul": "1", "nk_per_ul": "0"}


def test_a_measure_is_called_as_the_page_prints_it(out: Path, tmp_path: Path) -> None:
    head = "subject,visit,measure,value,unit"
    (subject, visit, cd4), (_, other, _) = values(out, "cd4_per_ul")[:2]
    names = [f"{subject},{visit},CD4+ /\N{GREEK SMALL LETTER MU}L,{cd4},", f"{subject},{other},cd4+  /µl,{cd4},"]
    names += [
        f'{subject},{visit},"treg, % of CD4+",6,',
        f"{subject},{other},Treg,70,/µL",
        f"{subject},{other},NK /µL,,",
        f"{subject},{other},Treg,6,% of CD4+",
        f"{subject},{other},Treg,8,% Teff",
    ]
    done = tregate("compare", out, manual(tmp_path, names, head))
    assert done.code == 0, done.err
    found = {row["measure"]: row["n"] for row in rows(out / "comparison.csv")}
    assert found == {"cd4_per_ul": "2", "treg_percent_of_cd4": "2", "treg_per_ul": "1", "treg_percent_of_teff": "1"}
    assert "1 row without a value was omitted." in done.out
    for unit in ("", "%"):
        done = tregate("compare", out, manual(tmp_path, [f"{subject},{visit},Treg,6,{unit}"], head))
        assert done.code == 2
        assert '"Treg" may be ' in done.err


def test_readers_have_a_row_each_and_their_mean(out: Path, tmp_path: Path) -> None:
    lines = []
    for subject, visit, value in values(out, "cd4_per_ul"):
        for reader, factor in (("A", 1.1), ("B", 1 / 1.1)):
            lines += [f"{subject},{visit},cd4_per_ul,{value * factor!r},{reader},{repeat}" for repeat in (1, 2)]
    done = tregate("compare", out, manual(tmp_path, lines, "subject,visit,measure,value,reader,repeat"))
    assert done.code == 0, done.err
    assert [(row["reader"], row["n"]) for row in rows(out / "comparison.csv")] == [
        ("mean of readers", "4"),
        ("A", "4"),
        ("B", "4"),
    ]
    mean = [pair for pair in rows(out / "comparison_pairs.csv") if pair["reader"] == "mean of readers"]
    assert [float(pair["difference"]) for pair in mean] == pytest.approx([1.0] * 4, rel=1e-5)


@pytest.mark.parametrize(
    ("line", "head", "reason"),
    [
        ("S1,D1,cd4_per_uk,5", "subject,visit,measure,value", 'Did you mean "cd4_per_ul"?'),
        ("S1,D1,cd4_per_ul,many", "subject,visit,measure,value", '"many" is not a number'),
        ("S1,D1,cd4_per_ul,", "subject,visit,measure,value", "it is empty"),
        ("S1,D1,cd4_per_ul,-3", "subject,visit,measure,value", "negative"),
        ("S1,D1,cd4_per_ul,5,%", "subject,visit,measure,value,unit", 'the unit "%" is not that of cd4_per_ul'),
        ("S1,D1,cd4_per_ul,5\nS1,D1,cd4_per_ul,6", "subject,visit,measure,value", "as line 2"),
        ("S1,D1,5", "subject,visit,value", 'the column "measure" is missing'),
    ],
)
def test_errors_are_named_and_nothing_is_written(line: str, head: str, reason: str, out: Path, tmp_path: Path) -> None:
    done = tregate("compare", out, manual(tmp_path, [line], head))
    assert done.code == 2
    assert reason in done.err
    assert not (out / "comparison.csv").exists()


def test_changed_tables_are_not_compared(out: Path, tmp_path: Path) -> None:
    lines = [f"{s},{v},cd4_per_ul,{value!r}" for s, v, value in values(out, "cd4_per_ul")]
    path = out / "treg.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("1", "2", 1), encoding="utf-8")
    done = tregate("compare", out, manual(tmp_path, lines))
    assert done.code == 2
    assert "treg.csv was changed" in done.err


FLOWJO = """,T/CD3+/CD4+ | Count,T/CD3+/CD4+ | Conc
S01_D1_T.fcs,100,{0}
S01_D8_T.fcs,200,{1}
Mean,150,
SD,50,
"""


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_of_flowjo_is_read_by_a_mapping(out: Path, tmp_path: Path) -> None:
    own = {(s, v): value for s, v, value in values(out, "cd4_per_ul")}
    numbers = [f"{own['S01', visit] / 1.1:.6f}" for visit in ("D1", "D8")]
    table = written(tmp_path, "flowjo.csv", FLOWJO.format(*numbers))
    mapping = written(tmp_path, "mapping.yaml", "values: {T/CD3+/CD4+ | Conc: cd4_per_ul}\nreader: AB\n")
    done = tregate("compare", out, table, "--mapping", mapping)
    assert done.code == 0, done.err
    pairs = rows(out / "comparison_pairs.csv")
    assert [(pair["subject"], pair["visit"], pair["reader"]) for pair in pairs] == [
        ("S01", "D1", "AB"), ("S01", "D8", "AB"),
    ]  # fmt: skip
    assert [float(pair["difference"]) for pair in pairs] == pytest.approx([1.1, 1.1], rel=1e-5)
    assert all("fcs/S01_" in pair["files"] for pair in pairs)


def test_a_table_of_kaluza_has_a_row_per_gate(out: Path, tmp_path: Path) -> None:
    own = {(s, v): value for s, v, value in values(out, "cd4_per_ul")}
    lines = ["Data Set;Gate;Number;Cells/\u00b5L"]
    for visit in ("D1", "D8"):
        value = f"{own['S01', visit] / 1000:.9f}".replace(".", ",")
        lines += [f"Subject S01 {visit} 0001;CD4;12;{value}", f"Subject S01 {visit} 0001;other;5;1,5"]
    table = written(tmp_path, "kaluza.csv", "\n".join(lines) + "\n")
    text = (
        "pattern: 'Subject (?P<subject>S\\d+) (?P<visit>D\\d+)'\n"
        "gate: Gate\nvalue: Cells/\u00b5L\ngates: {CD4: cd4_per_ul}\nfactor: {cd4_per_ul: 1000}\n"
    )
    done = tregate("compare", out, table, "--mapping", written(tmp_path, "mapping.yaml", text))
    assert done.code == 0, done.err
    pairs = rows(out / "comparison_pairs.csv")
    assert [float(pair["difference"]) for pair in pairs] == pytest.approx([1.0, 1.0], rel=1e-5)


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("values: {nothing: cd4_per_ul}", 'the column "nothing" is missing'),
        ("values: {T/CD3+/CD4+ | Conc: cd4_per_uk}", 'the run has no measure "cd4_per_uk"'),
        ("values: {T/CD3+/CD4+ | Conc: cd4_per_ul}\nskip: [Mean]", 'the sample "SD" is no file of the run'),
        ("values: {}", "give either `values`"),
        ("pattern: '('\nvalues: {a: b}", "no regular expression"),
        ("pattern: 'S(.)'\nvalues: {a: b}", "pattern needs the groups"),
        ("columns: 1", "columns"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_with_words(mapping: str, said: str, out: Path, tmp_path: Path) -> None:
    table = written(tmp_path, "flowjo.csv", FLOWJO.format(1, 2))
    done = tregate("compare", out, table, "--mapping", written(tmp_path, "mapping.yaml", mapping + "\n"))
    assert done.code == 2
    assert said in done.err
    assert not (out / "comparison.csv").exists()


def test_the_page_links_the_tubes_of_far_pairs(trial: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    assert tregate("run", trial, "--out", results).code == 0
    lines = []
    for table, measure in (("treg", "cd4_per_ul"), ("nk", "nk_per_ul")):
        known = [row for row in rows(results / f"{table}.csv") if row.get(measure)]
        lines += [f"{row['subject']},{row['visit']},{measure},{float(row[measure])!r}" for row in known]
    lines[0] = lines[0].rpartition(",")[0] + "," + str(float(lines[0].rpartition(",")[2]) * 30)
    done = tregate("compare", results, manual(tmp_path, lines))
    assert done.code == 0, done.err
    page = (results / "comparison.html").read_text(encoding="utf-8")
    assert "data:image/svg+xml;base64," in page
    assert "Pairs farthest from the mean difference" in page
    assert page.count('href="report.html#tube-') >= 8
    far = page[page.index("Pairs farthest") :]
    first = far[: far.index("</tr>", far.index("S01"))]
    assert all(f">{tube}</a>" in first for tube in ("T", "NK", "TREG"))
    first = (results / "comparison.html").read_bytes()
    assert tregate("compare", results, manual(tmp_path, lines)).code == 0
    assert (results / "comparison.html").read_bytes() == first
