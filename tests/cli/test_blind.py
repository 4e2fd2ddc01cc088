"""`blind: true`: what a reviewer may see, and the logged act that lifts it."""

import csv
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from cli_running import rows, tregate
from page_data import data_of, packed_texts

from tregate.pipelines.review.audit_log import AUDIT, read_log
from tregate.pipelines.review.review_file import COLUMNS
from tregate.pipelines.study.blinding import visit_codes
from tregate.pipelines.study.load_study import load_study

HIDDEN = re.compile(r"placebo|MIU|_(D1|D8|M3|UNS1)_|\b(D1|D8|M3|UNS1)\b|2024-\d\d|withdrawn|adverse")
SHOWN = ("counts", "gates", "findings", "failures", "treg", "nk", "subsets")


@pytest.fixture(scope="module")
def study(arms: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(arms, tmp_path_factory.mktemp("blind") / "study"))
    with (folder / "study.yaml").open("a", encoding="utf-8") as file:
        file.write("blind: true\n")
    return folder


@pytest.fixture(scope="module")
def store(arms_tables: Path) -> Path:
    """Tubes that the same trial was gated into."""
    return arms_tables / ".tubes"


@pytest.fixture(scope="module")
def out(study: Path, store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("blinded")
    done = tregate("run", study, "--out", folder, "--workers", "2", "--store", store)
    assert done.code == 0, done.err
    assert "Blinded" in done.err
    assert "Primary" not in done.err
    return folder


def test_arms_and_visits_are_in_no_table_and_not_on_the_page(out: Path) -> None:
    assert {path.stem for path in out.glob("*.csv")} == set(SHOWN)
    assert not (out / "tables.xlsx").exists()
    assert not list(out.glob("figure*"))
    for path in (*out.glob("*.csv"), out / "report.html", out / "run.log"):
        text = path.read_text(encoding="utf-8")
        if path.name == "run.log":
            text = re.sub(r"^\S+ \S+ ", "", text, flags=re.MULTILINE)  # the time of the run
        for shown in (text, *packed_texts(text).values()):
            shown = re.sub(r"[A-Za-z0-9+/=]{40,}", "", shown)  # pictures
            found = HIDDEN.search(shown)
            assert found is None, f"{path.name}: {shown[max(found.start() - 40, 0) : found.end() + 40]}"


def test_tubes_do_not_show_their_bead_lot(study: Path, out: Path) -> None:
    """A lot that was used at one visit alone would say which visit that is."""
    lots = {row["bead_lot"] for row in rows(study / "bead_lots.csv")}
    assert lots
    headers = re.findall(r'<p class="file">.*?</p>', (out / "report.html").read_text(encoding="utf-8"))
    assert len(headers) == len(load_study(study).used)
    assert not [header for header in headers if "bead lot" in header or any(lot in header for lot in lots)]


def test_the_page_of_a_blinded_run_exports_what_its_codes_are_recognised_by(study: Path, out: Path) -> None:
    sealed = load_study(study)
    assert sealed.blinding is not None
    data = data_of((out / "report.html").read_text(encoding="utf-8"), "data")
    assert data["codes"] == sealed.blinding.codes


def test_the_record_keeps_no_arm_and_the_hash_of_the_true_plan(out: Path, arms_tables: Path) -> None:
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert {person["arm"] for person in record["study"]["people"].values()} == {""}
    people = [list(person.values()) for person in record["study"]["people"].values()]
    assert HIDDEN.search(json.dumps([people, record["inputs"], record["plan"]["plan"]])) is None
    true = json.loads((arms_tables / "run.json").read_text(encoding="utf-8"))
    assert record["plan"]["sha256"] == true["plan"]["sha256"]


def test_the_order_of_codes_and_rows_is_not_that_of_visits(study: Path, out: Path) -> None:
    codes = visit_codes(load_study(study, unblinded=True))
    planned = [codes[visit] for visit in ("D1", "D8", "M3")]
    assert len(set(codes.values())) == 4
    order = list(dict.fromkeys(row["visit"] for row in rows(out / "counts.csv") if row["subject"] == "S01"))
    assert order == sorted(planned)
    assert [row["visit"] for row in rows(out / "treg.csv")][:3] == sorted(planned)


def test_values_are_those_of_the_same_tubes_and_folds_are_empty(study: Path, out: Path, arms_tables: Path) -> None:
    codes = visit_codes(load_study(study, unblinded=True))
    hidden = {(row["subject"], row["visit"]): row for row in rows(out / "treg.csv")}
    for row in rows(arms_tables / "treg.csv"):
        coded = hidden[row["subject"], codes[row["visit"]]]
        for column in ("cd4_per_ul", "treg_percent_of_cd4", "treg_per_ul_low"):
            assert coded[column] == row[column]
        assert {coded[column] for column in coded if column.startswith("fold_")} == {""}
        assert "baseline" not in coded["flags"]


def test_what_needs_visits_is_refused(study: Path, store: Path, out: Path, tmp_path: Path) -> None:
    for command in (("tables", out), ("export", out, "--to", "xpt"), ("verify", out, "--inputs", study)):
        done = tregate(*command)
        assert done.code == 2
        assert "blinded" in done.err
    plain = Path(shutil.copytree(study, tmp_path / "plain"))
    text = (plain / "study.yaml").read_text(encoding="utf-8")
    (plain / "study.yaml").write_text(text.replace("blind: true\n", ""), encoding="utf-8")
    done = tregate("run", plain, "--out", out, "--report", "none", "--workers", "2", "--store", store)
    assert done.code == 2
    assert "tregate unblind" in done.err


def test_unblinding_needs_a_reason_and_the_same_study(
    study: Path, out: Path, arms_tables: Path, tmp_path: Path
) -> None:
    assert "without a reason" in tregate("unblind", out, "--reason", " ").err
    assert "not blinded" in tregate("unblind", arms_tables, "--reason", "x").err
    other = Path(shutil.copytree(study, tmp_path / "other"))
    with (other / "subjects.csv").open(encoding="utf-8", newline="") as file:
        people = list(csv.reader(file))
    people[1][1], people[2][1] = people[2][1], people[1][1]
    (other / "subjects.csv").write_text("".join(f"{','.join(row)}\n" for row in people), encoding="utf-8")
    done = tregate("unblind", out, "--reason", "x", "--study", other)
    assert done.code == 2
    assert "subjects.csv of the study was changed" in done.err


def test_unblinding_writes_the_tables_of_the_trial_and_who_and_why(out: Path, store: Path, arms_tables: Path) -> None:
    before = (out / "run.json").read_bytes()
    done = tregate("unblind", out, "--reason", "database lock", "--workers", "2", "--store", store)
    assert done.code == 0, done.err
    for name in ("counts", "treg", "nk", "subsets", "summary", "comparisons", "cp", "sets", "gates"):
        assert (out / f"{name}.csv").read_bytes() == (arms_tables / f"{name}.csv").read_bytes(), name
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["blinded"] is None
    (act,) = record["unblinded"]
    assert act["reason"] == "database lock"
    assert {"when", "who", "blinded_run_sha256"} <= set(act)
    assert record["plan"]["changes"] == []
    assert record["plan"]["first_used"] == json.loads(before)["plan"]["first_used"]
    assert all(entry["reused"] for entry in record["inputs"])


@pytest.fixture(scope="module")
def review(study: Path, store: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run that was unblinded, and the marks that its blinded page gave."""
    folder = tmp_path_factory.mktemp("reviewed")
    given = ("--out", folder, "--report", "none", "--workers", "2", "--store", store)
    assert tregate("run", study, *given).code == 0
    codes = visit_codes(load_study(study, unblinded=True))
    place = f"S02,{codes['D8']},T,S02_{codes['D8']}_T.fcs"
    confirmed = f"S02,{codes['D1']},TREG,S02_{codes['D1']}_TREG.fcs"
    seal = load_study(study).blinding
    assert seal is not None
    marks = folder.parent / f"{folder.name}.csv"
    marks.write_text(
        f"{','.join(COLUMNS)},codes\n"
        f"Anna,2024-06-30T10:00:00Z,{place},,exclude,clogged,{seal.codes}\n"
        f"Anna,2024-06-30T10:01:00Z,{confirmed},,confirmed,,{seal.codes}\n",
        encoding="utf-8",
    )
    assert tregate("unblind", folder, "--reason", "lock", "--workers", "2", "--store", store).code == 0
    return folder, marks


def test_marks_on_the_blinded_page_are_applied_after_unblinding(review: tuple[Path, Path]) -> None:
    out, marks = review
    done = tregate("tables", out, "--review", marks)
    assert done.code == 0, done.err
    assert "excluded: S02 D8 T: clogged (review by Anna, 2024-06-30T10:00:00Z)" in done.err
    (row,) = (row for row in rows(out / "subsets.csv") if (row["subject"], row["visit"]) == ("S02", "D8"))
    assert (row["cd3_per_ul"], "excluded" in row["flags"]) == ("", True)
    (entry,) = read_log(out / AUDIT).decisions
    assert (entry.wish.visit, entry.wish.tube, entry.wish.file.count("D1")) == ("D1", "TREG", 1)
    assert tregate("verify", out).code == 0


def test_marks_without_their_codes_are_those_of_the_last_blinded_run(review: tuple[Path, Path], tmp_path: Path) -> None:
    out, marks = review
    plain = tmp_path / "review.csv"
    lines = marks.read_text(encoding="utf-8").splitlines()
    plain.write_text("\n".join(line.rpartition(",")[0] for line in lines) + "\n", encoding="utf-8")
    done = tregate("tables", out, "--review", plain)
    assert (done.code, "excluded: S02 D8 T" in done.err) == (0, True), done.err


def test_codes_of_another_study_name_no_visit(review: tuple[Path, Path], tmp_path: Path) -> None:
    out, marks = review
    other = tmp_path / "review.csv"
    lines = marks.read_text(encoding="utf-8").splitlines()
    other.write_text("\n".join([lines[0], lines[1].rpartition(",")[0] + ",0123456789abcdef"]) + "\n", encoding="utf-8")
    done = tregate("tables", out, "--review", other)
    assert done.code == 2
    assert "the codes are not those of its blinded run" in done.err


def test_no_code_is_the_name_of_a_visit(study: Path) -> None:
    plain = load_study(study, unblinded=True)
    names = {"D1": "X1", "D8": "X2", "M3": "D1"}
    entries = tuple(replace(one, visit=names.get(one.visit, one.visit)) for one in plain.entries)
    codes = visit_codes(replace(plain, visits=("X1", "X2", "D1"), entries=entries))
    assert {"X1", "X2", "D1"} <= set(codes)
    assert not set(codes) & set(codes.values())
