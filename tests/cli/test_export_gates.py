"""`tregate export --to gatingml` and `--to compensation`: every gate of every tube, written or refused in words."""

import hashlib
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from cli_running import exported, rows, tregate, write_rows

DETAILS = ("subject", "visit", "tube", "population")


@pytest.fixture(scope="module")
def gates(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(tables, "gatingml", tmp_path_factory.mktemp("gatingml"))


def test_every_population_of_every_tube_has_one_row(gates: Path, tables: Path) -> None:
    reported = Counter(tuple(row[name] for name in DETAILS) for row in rows(gates / "export.csv"))
    counted = {tuple(row[name] for name in DETAILS) for row in rows(tables / "counts.csv")}
    assert set(reported) == counted
    assert set(reported.values()) == {1}


def test_written_gates_hold_the_events_of_the_run_by_flowkit(gates: Path, tables: Path) -> None:
    counted = {tuple(row[name] for name in DETAILS): row["events"] for row in rows(tables / "counts.csv")}
    statuses = Counter()
    for row in rows(gates / "export.csv"):
        statuses[row["status"]] += 1
        if row["status"] == "written":
            assert row["differing_events"] == "0", row
            assert row["events"] == row["flowkit_events"] == counted[tuple(row[name] for name in DETAILS)]
            assert (gates / row["document"]).is_file()
            assert f'gating:id="{row["gate_id"]}"' in (gates / row["document"]).read_text(encoding="utf-8")
        else:
            assert row["reason"], row
            assert row["gate_id"] == ""
    assert set(statuses) == {"written", "refused", "step skipped"}
    assert statuses["written"] > 80


def test_refusals_say_why(gates: Path) -> None:
    reasons = {row["population"]: row["reason"] for row in rows(gates / "export.csv") if row["status"] == "refused"}
    assert "learned boundary" in reasons["Treg"]
    assert reasons["CD4+ non-Treg"] == "Treg, on which it rests, is not in the document"


def test_the_same_run_gives_the_same_bytes(gates: Path, tables: Path, tmp_path: Path) -> None:
    assert tregate("export", tables, "--to", "gatingml", "--out", tmp_path / "again").code == 0
    for path in gates.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_every_tube_names_the_matrix_that_was_applied(tables: Path, tmp_path: Path) -> None:
    done = tregate("export", tables, "--to", "compensation", "--out", tmp_path / "c")
    assert done.code == 0, done.err
    listed = rows(tmp_path / "c" / "compensation.csv")
    assert len(listed) == 12
    assert {row["source"] for row in listed} == {"$SPILLOVER"}
    for row in listed:
        matrix = rows(tmp_path / "c" / row["matrix"])
        assert len(matrix) == len(matrix[0])
        assert all(float(one[name]) == 1 for one, name in zip(matrix, matrix[0], strict=True))
    assert len({row["matrix"] for row in listed}) == 2


def test_a_gate_that_holds_other_events_than_the_run_ends_in_an_error(trial: Path, tmp_path: Path) -> None:
    """The run says one more CD3+ event than its gate holds; the record agrees, so that the table is not refused."""
    study, out = Path(shutil.copytree(trial, tmp_path / "study")), tmp_path / "out"
    assert tregate("run", study, "--out", out, "--report", "none").code == 0
    counts = rows(out / "counts.csv")
    wrong = next(row for row in counts if row["population"] == "CD3+")
    wrong["events"] = str(int(wrong["events"]) + 1)
    write_rows(out / "counts.csv", [*wrong], counts)
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    record["files"]["counts.csv"] = hashlib.sha256((out / "counts.csv").read_bytes()).hexdigest()
    (out / "run.json").write_text(json.dumps(record), encoding="utf-8")
    done = tregate("export", out, "--to", "gatingml")
    assert done.code == 2
    assert f"1 written gate holds other events than the run: {wrong['subject']} {wrong['visit']}" in done.err
    (reported,) = [row for row in rows(out / "gatingml" / "export.csv") if row["status"] == "differs"]
    assert reported["population"] == "CD3+"
    assert reported["differing_events"] == "0"


def test_a_study_that_was_changed_since_is_refused(trial: Path, tmp_path: Path) -> None:
    study = Path(shutil.copytree(trial, tmp_path / "study"))
    assert tregate("run", study, "--out", tmp_path / "out", "--report", "none").code == 0
    with (study / "samples.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    done = tregate("export", tmp_path / "out", "--to", "gatingml")
    assert done.code == 2
    assert "samples.csv" in done.err
    assert not (tmp_path / "out" / "gatingml" / "export.csv").exists()
