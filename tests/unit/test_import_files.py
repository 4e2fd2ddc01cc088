"""`tregate import`: which file each sample is, where names repeat; the study that is written can be run."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from cli_running import Done, rows, run_study, tregate
from fcs_bytes import Fcs, words
from flowjo_made import LOW, box, imported, workspace
from gates_imported import NAMESPACES

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


def test_files_of_one_name_are_distinguished_by_their_folders(tmp_path: Path) -> None:
    imported(tmp_path, workspace(box("low", 30, LOW)))
    for folder in ("a", "b"):
        (tmp_path / "fcs" / folder).mkdir()
        shutil.copy(tmp_path / "fcs" / "line.fcs", tmp_path / "fcs" / folder)
    (tmp_path / "fcs" / "line.fcs").unlink()
    done = again(tmp_path, workspace(box("low", 30, LOW)), "second")
    assert done.code == 2
    assert "2 files fit by file name: a/line.fcs, b/line.fcs" in done.err


def every_file(tmp_path: Path) -> None:
    """Import one gate for every file of the folder."""
    gate = box("low", 30, LOW).partition("<Gate>")[2].partition("</Gate>")[0]
    gate = gate.replace("<gating:RectangleGate", '<gating:RectangleGate gating:id="low"').replace(
        "<gating:dimension", '<gating:dimension gating:compensation-ref="uncompensated"'
    )
    (tmp_path / "gates.xml").write_text(f"<gating:Gating-ML {NAMESPACES}>{gate}</gating:Gating-ML>")
    done = tregate("import", tmp_path / "gates.xml", "--fcs", tmp_path / "fcs", "--out", tmp_path / "second")
    assert done.code == 0, done.err


def test_every_file_of_a_name_has_a_subject_and_rows_of_its_own(tmp_path: Path) -> None:
    """A third file has the name that the second of two would get."""
    imported(tmp_path, workspace(box("low", 30, LOW)))
    (tmp_path / "fcs" / "b").mkdir()
    shutil.copy(tmp_path / "fcs" / "line.fcs", tmp_path / "fcs" / "b")
    shutil.copy(tmp_path / "fcs" / "line.fcs", tmp_path / "fcs" / "line (2).fcs")
    every_file(tmp_path)
    files = {row["file"] for row in rows(tmp_path / "second" / "agreement.csv")}
    assert files == {"line.fcs", "b/line.fcs", "line (2).fcs"}
    subjects = [row["subject"] for row in rows(tmp_path / "second" / "samples.csv")]
    assert sorted(subjects) == ["line", "line (2)", "line (3)"]


def test_a_gate_on_one_of_two_channels_of_one_name_is_refused_alone(tmp_path: Path) -> None:
    imported(tmp_path, workspace(box("low", 30, LOW)))
    values = np.column_stack([np.arange(100.0), np.arange(100.0), np.arange(100.0)])
    data = Fcs(words(values, "<f4"), 100, [32] * 3, [1024] * 3, "F", names=("A", "A", "B")).build()
    (tmp_path / "fcs" / "line.fcs").write_bytes(data)
    done = again(tmp_path, workspace(box("low", 30, LOW) + box("known", 30, LOW, channel="B")), "second")
    assert done.code == 1
    why = {row["population"]: row["why"] for row in rows(tmp_path / "second" / "agreement.csv")}
    assert why["low"] == "gate refused: the file has 2 channels called A: which is meant is not known"
    assert why["known"] == "equal"


def test_files_whose_names_look_alike_are_subjects_of_their_own(tmp_path: Path) -> None:
    names = ("S01", "S1", "s1", "e\u0301", "\u00e9", " S1", "1.0", "1", "=1", "\u200b")
    (tmp_path / "fcs").mkdir()
    for number, name in enumerate(names):
        values = np.arange(100.0) + number / 100  # no two files are copies
        data = Fcs(words(np.column_stack([values, values]), "<f4"), 100, [32, 32], [1024, 1024], "F", names=("A", "B"))
        (tmp_path / "fcs" / f"{name}.fcs").write_bytes(data.build())
    every_file(tmp_path)
    study = tmp_path / "second" / "study.yaml"
    done = run_study(study, tmp_path / "run", "--gates", tmp_path / "second" / "gates.csv")
    assert done.code in (0, 1), done.err
    counted = rows(tmp_path / "run" / "counts.csv")
    assert len({row["subject"] for row in counted}) == len(counted) == len(names)
    assert {row["events"] for row in counted} == {"30"}
