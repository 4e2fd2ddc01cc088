"""What `tregate app` leaves when it ends in the middle of something, and that one can go on from there."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from cli_running import tregate

from tregate.gating.errors import ConfigurationError
from tregate.pipelines.application import recent, workspace
from tregate.pipelines.application.result_answers import ARCHIVE, sweep_archives
from tregate.pipelines.application.setting_up import write_folder
from tregate.pipelines.application.shortcut import desktop_folder
from tregate.pipelines.application.workspace import Workspace
from tregate.pipelines.serving.serve import listening_socket
from tregate.pipelines.study import draft_files


class EndedError(Exception):
    """Stands for the end of the process at this point."""


@pytest.fixture
def folder(trial: Path, tmp_path: Path) -> Path:
    """FCS files without study files."""
    return Path(shutil.copytree(trial / "fcs", tmp_path / "files"))


def test_a_folder_whose_setting_up_was_broken_off_is_set_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(path: Path, text: str) -> None:
        if path.name == "study.yaml":
            raise EndedError
        path.write_text(text, encoding="utf-8")

    with monkeypatch.context() as patched:
        patched.setattr(draft_files, "write_text", ended)
        with pytest.raises(EndedError):
            write_folder(folder, "")
    assert (folder / "samples.csv").exists()
    assert not (folder / "study.yaml").exists()
    write_folder(folder, "")
    assert not (folder / "samples.csv.bak").exists()
    assert tregate("check", folder).code == 0


def test_a_list_of_files_written_by_a_person_is_kept(folder: Path) -> None:
    (folder / "samples.csv").write_text("file,subject,visit,tube\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="already exists"):
        write_folder(folder, "")
    assert not (folder / "study.yaml").exists()


def test_a_new_sheet_is_named_before_it_is_written(spoiled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space = Workspace(spoiled)
    before = space.text()
    assert space.declared().get("subjects") is None
    write = workspace.write
    row = {"added": [{"subject": "S01", "arm": "placebo"}]}
    for failure, named in ((OSError(28, "No space left on device"), False), (EndedError(), True)):

        def fails(path: Path, data: bytes, failure: Exception = failure) -> None:
            if path.name == "subjects.csv":
                raise failure
            write(path, data)

        with monkeypatch.context() as patched:
            patched.setattr(workspace, "write", fails)
            with pytest.raises(type(failure)):
                space.change_sheet("subjects", "", row)
        assert not space.path_of("subjects").exists()
        assert (space.declared().get("subjects") == "subjects.csv") is named
        assert (space.text() == before) is not named
    space.change_sheet("subjects", "", row)
    assert space.path_of("subjects").read_text(encoding="utf-8").splitlines()[1].startswith("S01,placebo")


def test_the_next_server_takes_the_port_of_the_last_where_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "memory", lambda: tmp_path / "state" / "recent.json")
    assert recent.usual_port() == 0
    recent.remember(tmp_path)
    with listening_socket(0) as first:
        port = first.getsockname()[1]
        recent.remember_port(port)
        with listening_socket(0, usual=recent.usual_port()) as second:
            assert second.getsockname()[1] not in (0, port)
        with pytest.raises(OSError), listening_socket(port):
            pass
    with listening_socket(0, usual=recent.usual_port()) as again:
        assert again.getsockname() == ("127.0.0.1", port)
        assert again.family == socket.AF_INET
    assert recent.recent_studies() == [str(tmp_path)]
    for written in ('{"port": 80}', '{"port": "x"}', "[]", "no JSON"):
        (tmp_path / "state" / "recent.json").write_text(written, encoding="utf-8")
        assert recent.usual_port() == 0
        assert recent.recent_studies() == []


def test_the_icon_is_put_where_the_desktop_of_this_user_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert desktop_folder() == tmp_path / "Desktop"
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "user-dirs.dirs").write_text(
        '# written by a program\nXDG_DESKTOP_DIR="$HOME/Schreibtisch"\nXDG_MUSIC_DIR="$HOME/Musik"\n', encoding="utf-8"
    )
    assert desktop_folder() == tmp_path / "Schreibtisch"


def test_archives_of_servers_that_ended_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left, own = (tmp_path / f"{ARCHIVE}{process}-x.zip" for process in (ended.pid, os.getpid()))
    for path in (left, own, tmp_path / "other.zip"):
        path.touch()
    sweep_archives()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted((own.name, "other.zip"))
