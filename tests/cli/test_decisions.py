"""Decisions of reviewers come into the tables, are marked there, and nothing else changes."""

import json
import shutil
from pathlib import Path

import pytest
from cli_running import rows, run_study, tregate
from decided import moved_threshold, of_tube, take_down
from openpyxl import load_workbook
from page_data import packed_texts

TUBE = ("S01", "D1", "T")
GATE = "CD3+"


def beside(run: Path, factory: pytest.TempPathFactory) -> Path:
    """A copy of a run with its store, in a folder from which its study is found as from the first."""
    return Path(shutil.copytree(run, factory.mktemp("out"), dirs_exist_ok=True))


@pytest.fixture
def out(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of its own."""
    return beside(tables, tmp_path_factory)


@pytest.fixture(scope="module")
def raised(tables: Path, trial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose tables hold one decision; not to be changed."""
    out = beside(tables, tmp_path_factory)
    take_down(out, moved_threshold(out, trial, TUBE, GATE, 8.0))
    assert tregate("tables", out).code == 0
    return out


def counts(out: Path) -> dict[tuple[str, str, str, str], dict[str, str]]:
    return {(r["subject"], r["visit"], r["tube"], r["population"]): r for r in rows(out / "counts.csv")}


def tables_of(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir() if path.suffix in (".csv", ".xlsx", ".md")}


def reused(out: Path) -> list[str]:
    inputs = json.loads((out / "run.json").read_text(encoding="utf-8"))["inputs"]
    return [one["file"] for one in inputs if not one["reused"]]


def test_tables_gates_only_the_changed_tube_and_marks_what_changed(out: Path, trial: Path) -> None:
    assert run_study(trial, out, "--report", "all").code == 0
    before = counts(out)
    wish = moved_threshold(out, trial, TUBE, GATE, 8.0)
    take_down(out, wish)
    done = tregate("tables", out)
    assert done.code == 0, done.err
    assert "1 decision of reviewers applied" in done.err
    assert reused(out) == [wish.file]
    after = counts(out)
    assert int(after[*TUBE, GATE]["events"]) < int(before[*TUBE, GATE]["events"])
    other = {key for key in before if key[:3] != TUBE}
    assert {key for key in other if after[key]["events"] != before[key]["events"]} == set()
    marked = {key[3] for key, row in after.items() if "gate_by_hand" in row["flags"]}
    assert GATE in marked
    assert {key[:3] for key, row in after.items() if "gate_by_hand" in row["flags"]} == {TUBE}

    (gate,) = [row for row in rows(out / "gates.csv") if row["placed_by"] == "A. Reader"]
    assert (gate["population"], gate["method"], gate["reason"]) == (GATE, "by hand", "too low")
    (change,) = rows(out / "changes.csv")
    assert (change["who"], change["population"], change["reason"], change["stands"]) == (
        "A. Reader", GATE, "too low", "yes",
    )  # fmt: skip
    supplements = [
        row for row in rows(out / "suppcp.csv") if row["QNAM"] == "CPFLAGS" and "gate_by_hand" in row["QVAL"]
    ]
    places = {(row["USUBJID"], row["CPSEQ"]): row["VISIT"] for row in rows(out / "cp.csv")}
    assert {places[row["USUBJID"], row["IDVARVAL"]] for row in supplements} == {"D1"}
    assert {row["USUBJID"].rpartition("-")[2] for row in supplements} == {"S01"}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count('aria-label="gate placed by a person"') > 0
    assert "placed by A. Reader: too low" in "".join(packed_texts(page).values())
    book = load_workbook(out / "tables.xlsx")
    assert [row[8] for row in book["changes"].iter_rows(min_row=2, max_row=2, values_only=True)] == [GATE]
    assert "1 gate of 1 tube placed by a person" in (out / "table1.md").read_text(encoding="utf-8")
    assert tregate("verify", out).code == 0


def test_a_new_run_with_the_log_has_the_same_tables(
    raised: Path, trial: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = beside(raised, tmp_path_factory)
    new = tmp_path / "new"
    assert run_study(trial, new, "--review", out / "audit.jsonl").code == 0
    assert tables_of(new) == tables_of(out)
    assert (new / "audit.jsonl").read_bytes() == (out / "audit.jsonl").read_bytes()
    assert run_study(trial, out).code == 0, "the same command again"
    assert tables_of(new) == tables_of(out), "keeps what was decided"


def test_gates_below_are_placed_again_or_kept(out: Path, trial: Path, tmp_path: Path) -> None:
    own = {row["population"]: row["geometry"] for row in rows(out / "gates.csv") if tuple(row.values())[:3] == TUBE}
    for keep, same in (((), False), (("CD4+",), True)):
        again = Path(shutil.copytree(out, tmp_path / f"kept{same}"))
        take_down(again, moved_threshold(again, trial, TUBE, GATE, 0.05, keep=keep))
        assert run_study(trial, again).code == 0
        there = {r["population"]: r["geometry"] for r in rows(again / "gates.csv") if tuple(r.values())[:3] == TUBE}
        assert (there["CD4+"] == own["CD4+"]) is same


def test_undo_gives_the_first_tables_back_and_stays_on_record(
    tables: Path, raised: Path, trial: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first = {name: data for name, data in tables_of(tables).items() if name.startswith(("counts", "treg", "gates"))}
    out = beside(raised, tmp_path_factory)
    assert {name: (out / name).read_bytes() for name in first} != first
    take_down(out, of_tube(out, trial, TUBE, "undo", "it was right", population=GATE, after={"undone": 1}))
    assert tregate("tables", out).code == 0
    assert {name: (out / name).read_bytes() for name in first} == first
    assert [(row["action"], row["stands"]) for row in rows(out / "changes.csv")] == [
        ("move", "no"), ("undo of 1", "yes"),
    ]  # fmt: skip


def test_an_excluded_tube_has_its_reviewer_and_reason(out: Path, trial: Path) -> None:
    take_down(out, of_tube(out, trial, TUBE, "exclude", "clotted"))
    assert tregate("tables", out).code == 0
    excluded = json.loads((out / "run.json").read_text(encoding="utf-8"))["excluded"]
    assert [one["tube"] for one in excluded] == ["T"]
    assert excluded[0]["reason"].startswith("clotted (review by A. Reader, ")


def test_decisions_follow_the_file_not_its_name(out: Path, spoiled: Path, trial: Path, tmp_path: Path) -> None:
    wish = moved_threshold(out, trial, TUBE, GATE, 8.0)
    take_down(out, wish)
    (spoiled / wish.file).rename(spoiled / "fcs" / "renamed.fcs")
    samples = spoiled / "samples.csv"
    samples.write_text(samples.read_text(encoding="utf-8").replace(wish.file, "fcs/renamed.fcs"), encoding="utf-8")
    assert run_study(spoiled, tmp_path / "new", "--review", out).code == 0
    assert [r["file"] for r in rows(tmp_path / "new" / "gates.csv") if r["placed_by"] == "A. Reader"] == [
        "fcs/renamed.fcs"
    ]


def test_tables_refuses_decisions_where_the_study_is_another(out: Path, spoiled: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    assert run_study(spoiled, own).code == 0
    wish = moved_threshold(own, spoiled, TUBE, GATE, 8.0)
    take_down(own, wish)
    samples = spoiled / "samples.csv"
    samples.write_text(samples.read_text(encoding="utf-8").replace(",100,", ",50,"), encoding="utf-8")
    before = tables_of(own)
    done = tregate("tables", own)
    assert done.code == 2
    assert "samples.csv was changed" in done.err
    assert tables_of(own) == before


def test_a_broken_log_stops_everything_that_would_apply_it(out: Path, trial: Path) -> None:
    take_down(out, moved_threshold(out, trial, TUBE, GATE, 8.0))
    log = out / "audit.jsonl"
    log.write_bytes(log.read_bytes().replace(b"too low", b"too bad", 1))
    for done in (tregate("tables", out), run_study(trial, out)):
        assert done.code == 2
        assert "entry 1 was changed" in done.err
    done = tregate("verify", out)
    assert done.code == 1
    assert "audit.jsonl: entry 1 was changed" in done.out


def test_an_edited_gate_is_by_hand_and_unsigned(out: Path, trial: Path, tmp_path: Path) -> None:
    alone = tmp_path / "gates.csv"
    lines = (out / "gates.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(k for k, line in enumerate(lines) if line.startswith(",".join(TUBE)) and f",{GATE}," in line)
    columns = [row for row in rows(out / "gates.csv") if tuple(row.values())[:3] == TUBE and row["population"] == GATE]
    low = json.loads(columns[0]["geometry"])["low"]
    lines[at] = lines[at].replace(str(low), str(low * 8.0))
    alone.write_text("".join(lines), encoding="utf-8")
    done = run_study(trial, tmp_path / "new", "--gates", alone)
    assert done.code == 2
    assert f"1 row was changed by hand, the first is {GATE} of S01 D1 T" in done.err
    assert run_study(trial, tmp_path / "new", "--gates", alone, "--gates-edited", "debris").code == 0
    edited = [row for row in rows(tmp_path / "new" / "gates.csv") if row["placed_by"] == "by hand, unsigned"]
    assert [(row["population"], row["reason"]) for row in edited] == [(GATE, "debris")]
    found = [row for row in rows(tmp_path / "new" / "findings.csv") if row["check"] == "gate_by_hand"]
    assert [row["message"] for row in found] == [
        f"The gate of {GATE} was placed by a person (by hand, unsigned): debris."
    ]
    replayed = run_study(trial, tmp_path / "again", "--gates", tmp_path / "new" / "gates.csv")
    assert replayed.code == 0, "its own row is whole again, and still says who placed it"
    assert [row["placed_by"] for row in rows(tmp_path / "again" / "gates.csv")].count("by hand, unsigned") == 1
