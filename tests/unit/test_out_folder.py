"""The files of a run replace those of the one before as a set."""

import errno
import hashlib
import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from tregate.gating.errors import ConfigurationError
from tregate.pipelines.runs.run_folder import (
    RECORD,
    RUN_LOG,
    files_of,
    open_out,
    refuse_full_disk,
    remove_run,
    replaced_as_one,
)
from tregate.pipelines.runs.set_of_files import SETS


def write_run(out: Path, **files: str) -> None:
    with replaced_as_one(out) as folder:
        for name, text in files.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        record = {"files": {f"{name}.csv": "" for name in files}}
        (folder / RECORD).write_text(json.dumps(record), encoding="utf-8")


def contents(out: Path) -> dict[str, str]:
    return {p.name: p.read_text(encoding="utf-8") for p in sorted(out.iterdir()) if p.name not in (RECORD, SETS)}


def test_a_new_set_takes_the_place_of_the_old(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    write_run(tmp_path, treg="1", nk="1")
    write_run(tmp_path, treg="2")
    assert contents(tmp_path) == {"notes.txt": "mine", "treg.csv": "2"}
    assert files_of(tmp_path) == ("treg.csv", RUN_LOG, RECORD)


def test_a_run_that_dies_leaves_everything_as_it_was(tmp_path: Path) -> None:
    write_run(tmp_path, treg="1")

    def die() -> None:
        with replaced_as_one(tmp_path) as folder:
            (folder / "treg.csv").write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die()
    assert contents(tmp_path) == {"treg.csv": "1"}


def test_what_a_killed_run_left_is_swept_up(tmp_path: Path) -> None:
    left = tmp_path / ".new-999999999"
    left.mkdir()
    (left / "treg.csv").write_text("half", encoding="utf-8")
    write_run(tmp_path, treg="1")
    assert contents(tmp_path) == {"treg.csv": "1"}


def test_a_file_that_vanished_while_the_set_was_written_replaces_nothing(tmp_path: Path) -> None:
    write_run(tmp_path, treg="1", nk="1")

    def removed(name: str, text: str | None) -> None:
        with replaced_as_one(tmp_path) as folder:
            for one in ("treg.csv", "nk.csv"):
                (folder / one).write_text("2", encoding="utf-8")
            files = {one: hashlib.sha256(b"2").hexdigest() for one in ("treg.csv", "nk.csv")}
            (folder / RECORD).write_text(json.dumps({"files": files}), encoding="utf-8")
            (folder / name).unlink(missing_ok=True)
            if text is not None:
                (folder / name).write_text(text, encoding="utf-8")

    for name, text in (("treg.csv", None), ("treg.csv", "3"), ("more.csv", "2")):
        with pytest.raises(OSError, match=rf"{name} was removed or changed"):
            removed(name, text)
    assert contents(tmp_path) == {"treg.csv": "1", "nk.csv": "1"}


def no_links(*arguments: object, **named: object) -> None:
    raise OSError(errno.EPERM, "no links here")


def test_without_links_a_kill_while_files_change_places_is_reported_by_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "symlink_to", no_links)
    write_run(tmp_path, nk="1", treg="1")
    true_replace = Path.replace

    def killed_at_treg(self: Path, target: Path) -> Path:
        if Path(target).name == "treg.csv":
            raise SystemExit
        return true_replace(self, target)

    monkeypatch.setattr(Path, "replace", killed_at_treg)
    with pytest.raises(SystemExit):
        write_run(tmp_path, nk="2", treg="2")
    monkeypatch.setattr(Path, "replace", true_replace)
    assert contents(tmp_path) == {"nk.csv": "2", "treg.csv": "1"}
    assert "Run again" in json.loads((tmp_path / RECORD).read_text(encoding="utf-8"))["state"]
    open_out(tmp_path, ("nk.csv", "treg.csv"))
    write_run(tmp_path, nk="3", treg="3")
    assert contents(tmp_path) == {"nk.csv": "3", "treg.csv": "3"}


def test_files_of_other_hands_are_refused(tmp_path: Path) -> None:
    (tmp_path / "treg.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"contains treg\.csv, which tregate did not write"):
        open_out(tmp_path, ("treg.csv", "nk.csv"))
    open_out(tmp_path, ("nk.csv",))


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="this is a file, not a folder"):
        open_out(tmp_path / "out", ())
    with pytest.raises(ConfigurationError, match="the folder is not writable"):
        open_out(tmp_path / "out" / "below", ())


@pytest.mark.parametrize("text", ["", "[]", "null", '{"files": ["a"]}', '{"files": {"../secret": ""}}'])
def test_a_record_that_is_none_owns_nothing_outside(tmp_path: Path, text: str) -> None:
    (tmp_path / RECORD).write_text(text, encoding="utf-8")
    assert "../secret" not in files_of(tmp_path)


CALLS = ("rename", "replace", "symlink", "link", "mkdir", "unlink")


@pytest.mark.parametrize("links_before", [True, False], ids=["links", "plain files"])
def test_a_kill_at_any_call_leaves_the_old_set_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links_before: bool
) -> None:
    """At the first, second ... call that changes names, until the replacing ends; the next run is as if undisturbed."""
    old, new = {"nk.csv": "1", "treg.csv": "1", "old.csv": "1"}, {"nk.csv": "2", "treg.csv": "2", "new.csv": "2"}
    seen: set[str] = set()
    for at in range(200):
        out = tmp_path / str(at)
        out.mkdir()
        with monkeypatch.context() as plain:
            if not links_before:
                plain.setattr(Path, "symlink_to", no_links)
            write_run(out, **{name.removesuffix(".csv"): text for name, text in old.items()})
        left = [at]

        def dying(true, left=left):
            def call(*arguments, **named):
                if left[0] == 0:
                    raise SystemExit
                left[0] -= 1
                return true(*arguments, **named)

            return call

        with monkeypatch.context() as dead:
            for name in CALLS:
                dead.setattr(os, name, dying(getattr(os, name)))
            try:
                write_run(out, **{name.removesuffix(".csv"): text for name, text in new.items()})
                ended = True
            except SystemExit:
                ended = False
        found = {name: text for name, text in readable(out).items() if name.endswith(".csv")}
        assert found in (old, new), (at, found)
        seen.add(found["nk.csv"])
        write_run(out, **{name.removesuffix(".csv"): text for name, text in new.items()})
        assert readable(out) == {**new, RECORD: (out / RECORD).read_text(encoding="utf-8")}
        assert len(list((out / SETS).iterdir())) == 2
        if ended:
            break
    else:
        raise AssertionError("the replacing never ended")
    assert at > 8
    assert seen == {"1", "2"}


def readable(out: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in out.iterdir() if path.is_file()}


def test_a_copy_of_the_folder_without_links_is_a_run_too(tmp_path: Path) -> None:
    write_run(tmp_path / "a", treg="1", nk="1")
    for symlinks in (True, False):
        copied = Path(shutil.copytree(tmp_path / "a", tmp_path / str(symlinks), symlinks=symlinks))
        assert contents(copied) == {"treg.csv": "1", "nk.csv": "1"}
        write_run(copied, treg="2")
        assert contents(copied) == {"treg.csv": "2"}
        assert contents(tmp_path / "a") == {"treg.csv": "1", "nk.csv": "1"}


def test_files_that_are_kept_are_of_the_set(tmp_path: Path) -> None:
    write_run(tmp_path, treg="1", nk="1")
    with replaced_as_one(tmp_path, keep_others=True) as folder:
        (folder / "treg.csv").write_text("2", encoding="utf-8")
        (folder / RECORD).write_text(json.dumps({"files": {"treg.csv": "", "nk.csv": ""}}), encoding="utf-8")
    assert contents(tmp_path) == {"treg.csv": "2", "nk.csv": "1"}


def test_a_removed_run_leaves_nothing(tmp_path: Path) -> None:
    write_run(tmp_path / "out", treg="1")
    remove_run(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_disk_that_is_nearly_full_is_reported_before_gating(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=9_000_000))
    refuse_full_disk([tmp_path], 50, drawn=False)
    for tubes, drawn, needed in ((50, True, "12 MB"), (1_000, False, "45 MB")):
        with pytest.raises(ConfigurationError, match=f"9 MB are free, and the run needs about {needed}"):
            refuse_full_disk([tmp_path], tubes, drawn=drawn)


def test_a_planned_file_that_was_not_written_replaces_nothing(tmp_path: Path) -> None:
    write_run(tmp_path, treg="1")

    def lacking() -> None:
        with replaced_as_one(tmp_path, planned=("treg.csv", "nk.csv")) as folder:
            (folder / "treg.csv").write_text("2", encoding="utf-8")
            (folder / RECORD).write_text(json.dumps({"files": {"treg.csv": ""}}), encoding="utf-8")

    with pytest.raises(OSError, match=r"nk\.csv was removed or changed"):
        lacking()
    assert contents(tmp_path) == {"treg.csv": "1"}


def test_files_that_moved_one_by_one_over_links_are_the_ones_that_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A set that could not be switched leaves an older one behind its names: that must never come back."""
    write_run(tmp_path, treg="1", nk="1")
    with monkeypatch.context() as without:
        without.setattr(Path, "symlink_to", no_links)
        write_run(tmp_path, treg="2", nk="2")
    assert contents(tmp_path) == {"treg.csv": "2", "nk.csv": "2"}
    with replaced_as_one(tmp_path, keep_others=True) as folder:
        (folder / RECORD).write_text(json.dumps({"files": {"treg.csv": "", "nk.csv": ""}}), encoding="utf-8")
    assert contents(tmp_path) == {"treg.csv": "2", "nk.csv": "2"}
    write_run(tmp_path, treg="3")
    assert contents(tmp_path) == {"treg.csv": "3"}


def test_a_fault_after_the_change_is_no_fault_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new set is in its place: what is left of the old one is removed by the next run."""
    write_run(tmp_path, treg="1", nk="1")
    true_iterdir, calls = Path.iterdir, [0]

    def failing(self: Path):
        if self.name == SETS:
            calls[0] += 1
            if calls[0] == 2:  # the first is the sweep before
                raise OSError(errno.EIO, "input/output error")
        return true_iterdir(self)

    monkeypatch.setattr(Path, "iterdir", failing)
    write_run(tmp_path, treg="2")
    assert calls[0] == 2
    assert readable(tmp_path).keys() == {"treg.csv", RECORD}
    assert len(list((tmp_path / SETS).iterdir())) == 3
    write_run(tmp_path, treg="3")
    assert contents(tmp_path) == {"treg.csv": "3"}
    assert len(list((tmp_path / SETS).iterdir())) == 2
