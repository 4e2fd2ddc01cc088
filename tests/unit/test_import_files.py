"""`tregate import`: which file each sample is, where names repeat; the study that is written can be run."""

import shutil
from pathlib import Path

import pytest
from cli_running import Done, rows, run_study, tregate
from test_import_refusals import LOW, NAMESPACES, box, imported, workspace

HIGH = 'gating:min="60"'


def again(tmp_path: Path, text: str, out: str) -> Done:
    (tmp_path / "gates.wsp").write_text(text, encoding="utf-8")
    return tregate("import", tmp_path / "gates.wsp", "--fcs", tmp_path / "fcs", "--out", tmp_path / out)


def two_samples(first: str, second: str) -> str:
    other = workspace(second).partition("<SampleList>")[2].partition("</SampleList>")[0]
    return workspace(first).replace("</SampleList>", f"{other}</SampleList>")


@pytest.mark.parametrize(
    ("first", "second", "kept", "code"),
    [
        (box("low", 30, LOW), box("high", 40, HIGH), 1, 1),
        (box("low", 30, LOW), box("low", 40, HIGH), 1, 1),
        (box("low", 33, LOW), box("low", 40, HIGH), 2, 1),
        (box("low", 30, LOW), box("low", 30, LOW), 1, 0),
    ],
    ids=["other gates", "other places", "first differs", "same gates"],
)
def test_of_two_samples_of_one_file_the_study_has_one(
    first: str, second: str, kept: int, code: int, tmp_path: Path
) -> None:
    found, said, _ = imported(tmp_path, two_samples(first, second))
    assert found == code, said
    left = 3 - kept
    assert f'sample {left} ("line.fcs") is not in the study: sample {kept} ("line.fcs") is the same file' in said
    why = [row["why"] for row in rows(tmp_path / "out" / "agreement.csv")]
    assert [("not in the study" in one) for one in why] == [left == 1, left == 2]
    assert len(rows(tmp_path / "out" / "samples.csv")) == 1
    done = run_study(tmp_path / "out" / "study.yaml", tmp_path / "run", "--gates", tmp_path / "out" / "gates.csv")
    assert done.code in (0, 1), done.err
    (count,) = [row["events"] for row in rows(tmp_path / "run" / "counts.csv")]
    assert count == ("30" if kept == 1 else "40")


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    imported(tmp_path, workspace(box("low", 30, LOW)))
    for folder in ("a", "b"):
        (tmp_path / "fcs" / folder).mkdir()
        shutil.copy(tmp_path / "fcs" / "line.fcs", tmp_path / "fcs" / folder)
    (tmp_path / "fcs" / "line.fcs").unlink()
    done = again(tmp_path, workspace(box("low", 30, LOW)), "second")
    assert done.code == 2
    assert "2 files fit by file name: a/line.fcs, b/line.fcs" in done.err


def test_every_file_of_a_name_has_a_subject_and_rows_of_its_own(tmp_path: Path) -> None:
    """A third file has the name that the second of two would get."""
    imported(tmp_path, workspace(box("low", 30, LOW)))
    (tmp_path / "fcs" / "b").mkdir()
    shutil.copy(tmp_path / "fcs" / "line.fcs", tmp_path / "fcs" / "b")
    shutil.copy(tmp_path / "fcs" / "line.fcs", tmp_path / "fcs" / "line (2).fcs")
    gate = box("low", 30, LOW).partition("<Gate>")[2].partition("</Gate>")[0]
    gate = gate.replace("<gating:RectangleGate", '<gating:RectangleGate gating:id="low"').replace(
        "<gating:dimension", '<gating:dimension gating:compensation-ref="uncompensated"'
    )
    (tmp_path / "gates.xml").write_text(f"<gating:Gating-ML {NAMESPACES}>{gate}</gating:Gating-ML>")
    done = tregate("import", tmp_path / "gates.xml", "--fcs", tmp_path / "fcs", "--out", tmp_path / "second")
    assert done.code == 0, done.err
    files = {row["file"] for row in rows(tmp_path / "second" / "agreement.csv")}
    assert files == {"line.fcs", "b/line.fcs", "line (2).fcs"}
    subjects = [row["subject"] for row in rows(tmp_path / "second" / "samples.csv")]
    assert sorted(subjects) == ["line", "line (2)", "line (3)"]
