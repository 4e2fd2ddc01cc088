"""readers.csv beside a signed run is what the log says: a changed digit, its removal, and a cut log are named."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from cli_running import rows, run_study, tregate
from decided import moved_threshold, take_down

from tregate.pipelines.review.audit_log import read_log

TUBE = ("S01", "D1", "T")


@pytest.fixture(scope="module")
def signed(made: Path, trial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that the second reader moved a gate of, signed by both."""
    out = made.parent / "signed"
    shutil.copytree(made, out)
    first, second = (moved_threshold(out, trial, TUBE, "CD3+", factor) for factor in (1.1, 1.2))
    take_down(out, first, replace(second, who="B. Reader", reading=2))
    assert tregate("tables", out).code == 0
    signing = ("sign", out, "--statement", "read", "--incomplete", "--name")
    assert tregate(*signing, "A. Reader").code == 0
    assert not (out / "readers.csv").exists()
    assert tregate("verify", out).code == 0
    assert tregate(*signing, "B. Reader", "--second").code == 0
    return out


@pytest.fixture
def out(signed: Path, tmp_path: Path) -> Path:
    out = signed.parent / tmp_path.name
    return Path(shutil.copytree(signed, out))


def verified(out: Path) -> tuple[int, str]:
    done = tregate("verify", out)
    return done.code, done.out.splitlines()[0]


def test_the_file_of_both_signatures_is_verified(out: Path) -> None:
    assert [row["population"] for row in rows(out / "readers.csv")] == ["CD3+"]
    assert tregate("verify", out).code == 0


def test_a_changed_digit_and_a_removed_file_are_named(out: Path) -> None:
    data = (out / "readers.csv").read_bytes()
    (out / "readers.csv").write_bytes(data.replace(b"S01", b"S02", 1))
    assert verified(out) == (1, "readers.csv was changed: it is not what audit.jsonl gives up to entry 4.")
    (out / "readers.csv").unlink()
    assert verified(out) == (1, "readers.csv is missing; it was written when both readers had signed (entry 4).")


def test_a_log_without_the_signature_that_wrote_the_file_is_named(out: Path) -> None:
    lines = (out / "audit.jsonl").read_bytes().splitlines(keepends=True)
    (out / "audit.jsonl").write_bytes(b"".join(lines[:-1]))
    code, said = verified(out)
    assert (code, said.startswith("readers.csv is written when both readers have signed")) == (1, True)


def test_a_study_that_was_opened_again_keeps_the_file_or_does_without(out: Path) -> None:
    assert tregate("sign", out, "--name", "A. Reader", "--reopen", "--reason", "one more tube").code == 0
    assert read_log(out / "audit.jsonl").decisions[-1].wish.action == "reopen"
    assert tregate("verify", out).code == 0
    (out / "readers.csv").unlink()
    assert tregate("verify", out).code == 0


def test_a_signature_is_not_listed_as_good_where_a_file_was_changed(out: Path) -> None:
    assert " but " not in tregate("verify", out).out
    for name in ("gates.csv", "treg.csv"):
        data = (out / name).read_bytes()
        (out / name).unlink()
        (out / name).write_bytes(data.replace(b"1", b"2", 1))
        said = tregate("verify", out).out
        assert said.count("tubes reviewed, but gates.csv is not as signed.") == 2 * (name == "gates.csv")
    assert said.count("tubes reviewed, but gates.csv and 1 more are not as signed.") == 2


def test_a_signature_is_not_listed_as_good_where_the_log_or_the_record_is_wrong(out: Path) -> None:
    (out / "readers.csv").unlink()
    assert tregate("verify", out).out.count("tubes reviewed, but what is named above is not as signed.") == 2


def test_a_new_run_by_a_signed_log_is_not_asked_for_the_file(signed: Path, trial: Path, tmp_path: Path) -> None:
    run_study(trial, tmp_path / "new", "--review", signed / "audit.jsonl")
    said = tregate("verify", tmp_path / "new").out
    assert "The signature of A. Reader (entry 3) is broken" in said
    assert "readers.csv" not in said


def test_verify_finds_each_changed_file_of_a_signed_run_but_its_journal(out: Path) -> None:
    names = sorted(path.name for path in out.iterdir() if path.is_file() and path.name != "run.log")
    assert {"audit.jsonl", "changes.csv", "readers.csv", "run.json", "report.html"} <= set(names)
    for name in names:
        path = out / name
        data = path.read_bytes()
        path.unlink()
        assert tregate("verify", out).code != 0, f"{name} was removed"
        path.write_bytes(data[:-2] + bytes([data[-2] ^ 1]) + data[-1:])
        assert tregate("verify", out).code != 0, f"{name} was changed"
        path.write_bytes(data)
    assert tregate("verify", out).code == 0
