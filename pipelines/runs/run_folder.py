"""The folder of a run's files: the files of one run replace those of the one before as a set."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.atomic import write_text

RECORD = "run.json"
"""Written last: where it stands, every file of `files` in it is whole and of one run."""

RUN_LOG = "run.log"
"""Of the run's files the only one without a hash in the record: it has times in it."""

INTERRUPTED = "interrupted"
"""Subfolder for what an interrupted run had finished, so that nobody takes it for the study."""


def open_out(out: Path, names: tuple[str, ...]) -> None:
    """Make the folder, so that what is wrong with it is known before anything is gated.

    Raises ConfigurationError where it cannot be made or written to, or where the run would overwrite files that
    no run of tregate wrote.
    """
    if out.exists() and not out.is_dir():
        raise ConfigurationError([Problem(str(out), None, "this is a file, not a folder.")])
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        message = f"the folder is not writable: {error.strerror}."
        raise ConfigurationError([Problem(str(out), None, message, "Choose another --out.")]) from None
    foreign = [name for name in names if (out / name).exists() and name not in files_of(out)]
    if foreign:
        message = f"the folder contains {', '.join(foreign)}, which tregate did not write."
        raise ConfigurationError([Problem(str(out), None, message, "Choose another --out, or move these files.")])


def files_of(out: Path) -> tuple[str, ...]:
    """Files of the run whose record stands in the folder; none where there is no record."""
    try:
        record: Any = json.loads((out / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    files = record.get("files", {}) if isinstance(record, dict) else {}
    return (*(name for name in files if _within(name)), RUN_LOG, RECORD)


@contextmanager
def replaced_as_one(out: Path, *, keep_others: bool = False) -> Iterator[Path]:
    """Yield a new folder to write a whole set of files to, each as `whole_file` does, `run.json` among them.

    On leaving, the set takes the place of the earlier run's; files of that run which the new one does not have
    are removed, unless `keep_others`. If the block raises, or the process is killed in it, `out` is what it was.
    A kill in the moment of replacing leaves whole files, and a record that says the set is not complete.
    """
    out.mkdir(parents=True, exist_ok=True)
    _sweep(out)
    new = out / f".new-{os.getpid()}"
    new.mkdir()
    try:
        yield new
        with _undisturbed():
            _replace(out, new, keep_others)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def remove_run(folder: Path) -> None:
    """Remove the files of the run whose record stands in the folder, and the folder where nothing else is in it."""
    for name in files_of(folder):
        (folder / name).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _replace(out: Path, new: Path, keep_others: bool) -> None:
    names = sorted(path.relative_to(new).as_posix() for path in new.rglob("*") if path.is_file())
    names = [name for name in names if name != RECORD]
    earlier = [name for name in files_of(out) if name not in names and name != RECORD]
    under_way = {"state": "A run was killed while it replaced the files of this folder. Run again.",
                 "files": dict.fromkeys([*names, *earlier], "")}  # fmt: skip
    write_text(out / RECORD, json.dumps(under_way, indent=1) + "\n")
    for name in names:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (new / name).replace(out / name)
    for name in () if keep_others else earlier:
        (out / name).unlink(missing_ok=True)
    (new / RECORD).replace(out / RECORD)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold Ctrl-C back for the few milliseconds in which files change places."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _sweep(out: Path) -> None:
    """Remove what killed runs left behind."""
    for left in out.glob(".new-*"):
        process = left.name.removeprefix(".new-")
        if process.isdigit() and not _alive(int(process)):
            shutil.rmtree(left, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return process != os.getpid()


def _within(name: object) -> bool:
    if not isinstance(name, str):
        return False
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts
