"""Tubes that were marked in report.html count as reviewed once their review.csv came into the tables."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_running import rows, tregate
from decided import take_down

from tregate.pipelines.review.audit_log import AUDIT, read_log
from tregate.pipelines.review.decision import Wish
from tregate.pipelines.review.review_file import COLUMNS

SIGN = ("--name", "A. Reader", "--statement", "I reviewed all tubes.")


@pytest.fixture
def out(tables: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the run beside it, where its study is found."""
    copy = Path(shutil.copytree(tables, tables.parent / f"{tmp_path.name}_out"))
    yield copy
    shutil.rmtree(copy)


def review(out: Path, path: Path, marks: dict[int, tuple[str, str]]) -> Path:
    """review.csv as the page exports it: number of the tube -> (mark, reason)."""
    inputs = json.loads((out / "run.json").read_text(encoding="utf-8"))["inputs"]
    lines = [",".join(COLUMNS)]
    for k, (mark, reason) in marks.items():
        entry = inputs[k]
        place = f"{entry['subject']},{entry['visit']},{entry['tube']},{entry['file']}"
        lines.append(f"A. Reader,2026-01-05T10:00:00Z,{place},,{mark},{reason}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def coverage(out: Path) -> str:
    done = tregate("sign", out, *SIGN)
    return done.err


def number(out: Path) -> int:
    return len(json.loads((out / "run.json").read_text(encoding="utf-8"))["inputs"])


def test_marks_of_the_page_are_what_a_signature_counts(out: Path, tmp_path: Path) -> None:
    tubes = number(out)
    assert f"{tubes} of {tubes} tubes are not reviewed" in coverage(out)
    assert "--incomplete" in coverage(out)
    some = review(out, tmp_path / "review.csv", {0: ("confirmed", ""), 1: ("to review again", "shoulder")})
    assert tregate("tables", out, "--review", some).code == 0
    assert f"{tubes - 1} of {tubes} tubes are not reviewed" in coverage(out)
    marks = dict.fromkeys(range(tubes - 1), ("confirmed", "")) | {tubes - 1: ("exclude", "stained twice")}
    whole = review(out, tmp_path / "review.csv", marks)
    assert tregate("tables", out, "--review", whole).code == 0
    signed = tregate("sign", out, *SIGN)
    assert signed.code == 0, signed.err
    assert f"{tubes - 1} of {tubes - 1} tubes reviewed" in signed.err, "the excluded tube is none of them"
    assert tregate("verify", out).code == 0


def test_a_review_that_is_applied_twice_is_kept_once(out: Path, tmp_path: Path) -> None:
    file = review(out, tmp_path / "review.csv", {0: ("confirmed", ""), 2: ("note", "few events")})
    for _ in range(2):
        assert tregate("tables", out, "--review", file).code == 0
    kept = read_log(out / AUDIT).decisions
    assert [(one.wish.action, one.wish.reason) for one in kept] == [("confirmed", ""), ("note", "few events")]
    assert kept[0].wish.after == {"source": "review.csv", "marked": "2026-01-05T10:00:00Z"}
    assert tregate("verify", out).code == 0
    assert not (out / "changes.csv").exists() or rows(out / "changes.csv") == [], "a mark changes no value"


def test_marks_of_the_second_reader_are_none_of_the_first_reading(out: Path, tmp_path: Path) -> None:
    entry = json.loads((out / "run.json").read_text(encoding="utf-8"))["inputs"][0]
    wish = Wish("a.  READER", "confirmed", tube=entry["tube"], file_sha256=entry["sha256"], reading=2)
    take_down(out, wish)
    tables = {file.name: file.read_bytes() for file in out.glob("*.csv")}
    done = tregate("tables", out, "--review", review(out, tmp_path / "review.csv", {0: ("confirmed", "")}))
    assert (done.code, "is the second reader of this run" in done.err) == (2, True)
    assert len(read_log(out / AUDIT).decisions) == 1
    assert {file.name: file.read_bytes() for file in out.glob("*.csv")} == tables
