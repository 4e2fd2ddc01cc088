"""What is recorded is what was computed, and a change of it is seen."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from cli_running import rows, run_study, tregate
from decided import of_tube, take_down

from tregate.gating.strategy.load import shipped
from tregate.pipelines import run as running


@pytest.fixture
def out(tables: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tables, tmp_path / "out"))


def record(out: Path) -> dict:
    return json.loads((out / "run.json").read_text(encoding="utf-8"))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_an_untouched_run_is_as_recorded(out: Path, trial: Path) -> None:
    recorded = record(out)
    number = len(recorded["files"]) + len(recorded["study"]["read"]) + len(recorded["inputs"])
    done = tregate("verify", out, "--inputs", trial)
    assert (done.code, done.out) == (0, f"{number} of {number} files are as recorded.\n")
    assert tregate("verify", out, "--inputs", trial).code == 0
    assert tregate("tables", out, "--teff", "cd3").code == 0
    assert tregate("verify", out).code == 0, "a rebuild records what it writes"


@pytest.mark.parametrize("name", ["treg.csv", "counts.csv", "table1.md"])
def test_a_changed_or_missing_file_is_named(out: Path, name: str) -> None:
    replace_in(out / name, "1", "2")
    done = tregate("verify", out)
    assert done.code == 1
    assert done.out.startswith(f"{name} was changed: its SHA-256 is {sha256((out / name).read_bytes())[:12]}")
    (out / name).unlink()
    done = tregate("verify", out, "--quiet")
    assert done.code == 1
    assert done.out.startswith(f"{name} is missing")


def test_no_record_is_no_run(tmp_path: Path, out: Path) -> None:
    assert tregate("verify", tmp_path / "none").code == 2
    (out / "run.json").write_text('{"files": {"../x": "0"}}', encoding="utf-8")
    assert tregate("verify", out).code == 2


def test_changed_inputs_are_named(out: Path, spoiled: Path) -> None:
    tube = rows(spoiled / "samples.csv")[3]["file"]
    with (spoiled / tube).open("ab") as file:
        file.write(b"\0")
    replace_in(spoiled / "samples.csv", ",100,", ",10,")
    done = tregate("verify", out, "--inputs", spoiled)
    assert done.code == 1
    assert [line.split(" was ")[0] for line in done.out.splitlines()[:-1]] == ["samples.csv", tube]


def test_tables_refuses_counts_that_are_not_the_runs(out: Path) -> None:
    before = (out / "treg.csv").read_bytes()
    first = rows(out / "counts.csv")[0]["events"]
    replace_in(out / "counts.csv", f",{first},", f",{int(first) + 1},")
    done = tregate("tables", out)
    assert done.code == 2
    assert "counts.csv was changed" in done.err
    assert "--accept-changed" in done.err
    assert (out / "treg.csv").read_bytes() == before
    assert tregate("tables", out, "--accept-changed", "counted by hand").code == 0
    assert record(out)["rebuilt"][-1]["accept_changed"] == "counted by hand"


def test_tables_refuses_gates_that_are_not_the_runs(out: Path) -> None:
    replace_in(out / "gates.csv", "mixture", "Mixture")
    done = tregate("tables", out)
    assert (done.code, "gates.csv was changed" in done.err) == (2, True)


def test_study_files_are_recorded_as_they_were_parsed(
    spoiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They change while the tubes are gated; the record is of those that the tables were made of."""
    parsed = {name: (spoiled / name).read_bytes() for name in ("study.yaml", "samples.csv", "bead_lots.csv")}
    true_analyse = running.analyse_tubes

    def meanwhile(study, progress, **options):
        replace_in(spoiled / "samples.csv", ",100,", ",10,")
        (spoiled / "bead_lots.csv").unlink()
        return true_analyse(study, progress, **options)

    monkeypatch.setattr(running, "analyse_tubes", meanwhile)
    assert run_study(spoiled, tmp_path / "out").code == 0
    recorded = record(tmp_path / "out")["study"]["files"]
    assert recorded == {name: {"size": len(data), "sha256": sha256(data)} for name, data in parsed.items()}


def test_the_record_names_who_where_and_which_program(out: Path) -> None:
    recorded = record(out)
    assert recorded["user"] is None or recorded["user"]
    assert recorded["host"]
    assert len(recorded["program"]["gating_sha256"]) == 64


def test_gates_that_were_edited_need_a_reason(out: Path, trial: Path, tmp_path: Path) -> None:
    gates = out / "gates.csv"
    assert run_study(trial, tmp_path / "same", "--gates", gates).code == 0
    assert record(tmp_path / "same")["options"]["gates"] == {
        "name": "gates.csv", "sha256": sha256(gates.read_bytes()), "edited": None,
    }  # fmt: skip
    with gates.open("a", encoding="utf-8") as file:
        file.write("\n")
    done = run_study(trial, tmp_path / "edited", "--gates", gates)
    assert done.code == 2
    assert "changed since their run wrote them" in done.err
    assert run_study(trial, tmp_path / "edited", "--gates", gates, "--gates-edited", "one line").code == 0
    assert record(tmp_path / "edited")["options"]["gates"]["edited"] == "one line"


def test_gates_of_another_file_are_a_warning(out: Path, spoiled: Path, tmp_path: Path) -> None:
    listed = [row["file"] for row in rows(spoiled / "samples.csv") if row["file"].endswith("_T.fcs")]
    shutil.copyfile(spoiled / listed[0], spoiled / listed[1])
    assert run_study(spoiled, tmp_path / "again", "--gates", out / "gates.csv").code == 0
    warned = [row["file"] for row in rows(tmp_path / "again" / "findings.csv") if row["check"] == "gates_of_other_file"]
    assert warned == [listed[1]]


def test_one_changed_byte_in_any_file_of_a_reviewed_run_is_named(spoiled: Path, tmp_path: Path) -> None:
    """Tables, log, own strategy, study files and tubes, without naming the study."""
    shutil.copyfile(shipped("strategies", "treg"), spoiled / "own_treg.yaml")
    replace_in(spoiled / "study.yaml", "TREG: treg", "TREG: own_treg.yaml")
    made = tmp_path / "reviewed"
    assert run_study(spoiled, made).code == 0
    take_down(made, of_tube(made, spoiled, ("S01", "D1", "T"), "note", "fine"))
    assert tregate("verify", made).code == 0
    tube = rows(spoiled / "samples.csv")[2]["file"]
    for file in (
        *(made / name for name in ("audit.jsonl", "gates.csv", "counts.csv", "tables.xlsx", "treg.csv")),
        *(spoiled / name for name in ("own_treg.yaml", "study.yaml", "samples.csv", tube)),
    ):
        data = file.read_bytes()
        at = len(data) // 2
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        done = tregate("verify", made)
        assert done.code == 1, file
        assert file.name in done.out, done.out
        file.write_bytes(data)
    assert tregate("verify", made).code == 0
