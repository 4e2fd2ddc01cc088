"""Files and names that are meant to do harm, or do it by accident: an error in words, never a traceback or a hang."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tregate.fixtures.tube import make_tube
from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.read.regular_file import NotRegularError, open_regular
from tregate.gating.strategy.yaml_source import parse_yaml, read_yaml
from tregate.pipelines.files.csv_source import parse_csv_source, read_csv_source
from tregate.pipelines.visible_text import visible, visible_json


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigurationError) as caught:
        parse_yaml(text, "study.yaml")
    return caught.value.problems


# ---------------------------------------------------------------- YAML


@pytest.mark.parametrize("n", [60, 500, 150_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
def test_depth_is_bounded(n: int, opening: str, closing: str) -> None:
    (problem,) = problems(f"study: x\ndeep: {opening * n}{closing * n}\n")
    assert (problem.line, "50 deep" in problem.message) == (2, True)


def test_ordinary_depth_is_read() -> None:
    assert parse_yaml("a: " + "[" * 40 + "]" * 40, "f").data is not None


def test_aliases_are_counted_as_what_they_expand_to() -> None:
    rows = ["a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    (problem,) = problems("\n".join(rows))
    assert "aliases (*) expanded" in problem.message
    assert problem.line == 5


def test_a_few_aliases_are_read() -> None:
    assert parse_yaml("a: &x [1, 2]\nb: [*x, *x]", "f").data == {"a": [1, 2], "b": [[1, 2], [1, 2]]}


def test_values_are_bounded() -> None:
    (problem,) = problems("\n".join(f"k{i}: 1" for i in range(60_000)))
    assert "more than 100000 values" in problem.message
    assert problem.line == 50_000


def test_size_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text("#" * 1_000_001)
    with pytest.raises(ConfigurationError, match="1000001 bytes, at most 1000000"):
        read_yaml(path)


def test_a_hundred_problems_are_reported_and_how_many_more() -> None:
    error = ConfigurationError([Problem("f", i, "wrong.") for i in range(250)])
    assert len(error.problems) == 101
    assert str(error.problems[-1]) == "f: and 150 more."
    again = ConfigurationError(error.problems)
    assert again.problems == error.problems


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("mark", "named"), [("\0", "NUL"), ("\x1b", r"U\+001B"), ("\x7f", r"U\+007F"), ("\x85", r"U\+0085")]
)
def test_control_characters_of_a_table_are_reported_with_their_place(mark: str, named: str) -> None:
    _, found = parse_csv_source(f"file,subject\na.fcs,S01\nb{mark}.fcs,S02\n", "samples.csv")
    assert found
    assert found[0].line == 3
    assert ("NUL" in found[0].message) == (mark == "\0")
    assert named.replace("\\", "") in found[0].message


# ---------------------------------------------------------------- what is no file


@pytest.fixture
def odd(tmp_path: Path) -> dict[str, Path]:
    """Names that stand for anything but a file."""
    os.mkfifo(tmp_path / "pipe")
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.path.relpath(tmp_path / "socket"))
    server.close()
    return {"pipe": tmp_path / "pipe", "socket": tmp_path / "socket", "device": Path("/dev/zero")}


@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_what_is_no_file_is_refused_without_waiting(odd: dict[str, Path], kind: str) -> None:
    with pytest.raises(NotRegularError):
        open_regular(odd[kind])
    with pytest.raises(ConfigurationError, match=r"cannot be read: it is a .*expected a file"):
        read_yaml(odd[kind])
    _, found = read_csv_source(odd[kind], "samples.csv")
    assert "expected a file" in found[0].message


def test_a_name_with_nul_or_too_long_is_an_ordinary_error(tmp_path: Path) -> None:
    for name in ("a\0b", "x" * 300):
        with pytest.raises(OSError, match=r"NUL|too long"):
            open_regular(tmp_path / name)


# ---------------------------------------------------------------- terminal


def test_text_for_a_terminal_shows_what_it_would_obey() -> None:
    assert visible("a\x1b[2J\x07\x9b\u202e\r.fcs") == r"a\x1b[2J\x07\x9b\u202e\x0d.fcs"
    assert visible("Ä & B\tµL ≥ 5\n") == "Ä & B\tµL ≥ 5\n"
    assert visible(os.fsdecode(b"a\xff.fcs")) == r"a\xff.fcs"
    assert visible_json('"a\u202e\x7f"') == r'"a\u202e\u007f"'


def tregate(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    command = [str(Path(sys.executable).with_name("tregate")), *map(os.fsencode, map(str, arguments))]
    return subprocess.run(command, capture_output=True, check=False, timeout=120)


STUDY = "study: s\nsamples: samples.csv\nvisits: [D1]\ntubes: {T: treg}\ntables: treg_nk\n"


def study(folder: Path, file: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "study.yaml").write_text(STUDY)
    (folder / "samples.csv").write_text(f"file,subject,visit,tube\n{file},S01,D1,T\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("x" * 300 + ".fcs", b"too long"),
        ("/dev/zero", b"expected a file"),
        ("pipe", b"expected a file"),
    ],
)
def test_check_answers_on_a_name_that_is_no_fcs_file(tmp_path: Path, file: str, words: bytes) -> None:
    folder = study(tmp_path / "s", file)
    os.mkfifo(folder / "pipe")
    done = tregate("check", folder)
    assert done.returncode in (1, 2)
    said = done.stdout + done.stderr
    assert words in said
    assert b"Traceback" not in said


def test_what_turns_text_on_a_terminal_is_shown(tmp_path: Path) -> None:
    folder = study(tmp_path / "s", "a.fcs")
    samples = folder / "samples.csv"
    samples.write_text(samples.read_text().replace("D1", "D\u202e2"), encoding="utf-8")
    done = tregate("check", folder)
    assert done.returncode == 2
    said = done.stdout + done.stderr
    assert rb"\u202e" in said or b"U+202E" in said
    assert b"\xe2\x80\xae" not in said


def test_out_may_not_be_empty_nor_among_fcs_files(tmp_path: Path) -> None:
    folder = study(tmp_path / "s", "raw/a.fcs")
    (folder / "raw").mkdir()
    (folder / "raw" / "a.fcs").write_bytes(b"FCS3.1 nothing")
    for out in ("", folder / "raw", folder / "raw" / "tables"):
        done = tregate("run", folder, "--out", out)
        assert done.returncode == 2, out
    assert tregate("run", folder / "raw", "--out", folder / "raw").returncode == 2
    assert sorted(path.name for path in (folder / "raw").iterdir()) == ["a.fcs"]


def test_init_lists_a_file_whose_name_is_not_utf_8_as_a_comment(tmp_path: Path) -> None:
    make_tube("treg", seed=1, events=1_000).write(tmp_path / "S01_D1_T.fcs")
    odd = tmp_path / os.fsdecode(b"S01_D8_\xff.fcs")
    odd.write_bytes((tmp_path / "S01_D1_T.fcs").read_bytes())
    done = tregate("init", tmp_path)
    assert done.returncode == 0, done.stderr
    study_text = (tmp_path / "study.yaml").read_text(encoding="utf-8")
    assert r"#   S01_D8_\xff.fcs" in study_text
    assert "S01_D8" not in (tmp_path / "samples.csv").read_text(encoding="utf-8")


def test_a_message_does_not_quote_other_files(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("hunter2:x")
    done = tregate("check", study(tmp_path / "s", "../secret.txt"))
    assert b"hunter2" not in done.stdout + done.stderr
