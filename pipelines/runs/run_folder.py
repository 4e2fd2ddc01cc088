"""The folder of a run's files: the files of one run replace those of the one before as a set."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.json_without import json_without
from tregate.pipelines.runs.set_of_files import remove_set, sweep, switched
from tregate.pipelines.tubes.interrupts import ENDING

RECORD = "run.json"
INPUTS = "inputs"
"""In the record: a member for each tube."""
"""Written last: where it stands, every file of `files` in it is whole and of one run."""

RUN_LOG = "run.log"
"""Of the run's files the only one without a hash in the record: it has times in it."""

NEW = ".new-"
"""How the folder begins in which the files of a run are written."""

INTERRUPTED = "interrupted"
"""Subfolder for what an interrupted run had finished, so that it cannot be mistaken for final results."""


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


TABLES_A_TUBE, DRAWN_A_TUBE, AT_LEAST = 40_000, 90_000, 5_000_000
"""Space [bytes] that a run takes, about: its outcome and its rows of the tables, its plots twice, and what is fixed."""


def refuse_full_disk(folders: Iterable[Path], tubes: int, *, drawn: bool) -> None:
    """Raise ConfigurationError where a folder's disk has less room than the run will take, before anything is gated."""
    needed = AT_LEAST + tubes * (TABLES_A_TUBE + (DRAWN_A_TUBE if drawn else 0))
    for folder in folders:
        try:
            free = shutil.disk_usage(folder).free
        except OSError:
            continue
        if free < needed:
            message = f"{free / 1e6:.0f} MB are free, and the run needs about {needed / 1e6:.0f} MB."
            raise ConfigurationError([Problem(str(folder), None, message, "Free some space, or choose another --out.")])


def refuse_raw_data_folder(out: Path, files: Sequence[Path], study: Path) -> None:
    """Raise ConfigurationError where tables would be written among FCS files: into a folder of them, or below one.

    A folder below the study file's own is allowed, since a small study keeps everything in one folder.
    """
    folders = {file.parent.resolve() for file in files}
    target, beside = out.resolve(), study.parent.resolve()
    within = [folder for folder in (target, *target.parents) if folder in folders]
    if within and (within[0] == target or within[0] != beside):
        message = f"--out is in {within[0]}, which holds the FCS files of the study, so nothing is written there."
        raise ConfigurationError([Problem(str(out), None, message, "Choose a folder of its own, for example tables.")])


def refuse_out_within(out: Path, folder: Path) -> None:
    """Raise ConfigurationError where `folder` is one of FCS files without a study.yaml, and `out` is it or below it."""
    if folder.is_dir() and not (folder / "study.yaml").exists():
        refuse_raw_data_folder(out, [folder / "any"], folder.parent / "study.yaml")


def files_of(out: Path) -> tuple[str, ...]:
    """Files of the run whose record stands in the folder; none where there is no record."""
    try:
        record: Any = json_without(out / RECORD, INPUTS)
    except (OSError, ValueError):
        return ()
    files = record.get("files", {}) if isinstance(record, dict) else {}
    return (*(name for name in files if _within(name)), RUN_LOG, RECORD)


def recorded_files(record: Mapping[str, Any]) -> dict[str, str]:
    """Name -> SHA-256 of the files of a run by its record. Raises ConfigurationError where it lists none."""
    files = record.get("files")
    if not isinstance(files, dict) or not all(_within(name) and isinstance(h, str) for name, h in files.items()):
        message = "the record lists no files with their hashes."
        raise ConfigurationError([Problem(RECORD, None, message, "Run the study again.")])
    return files


@contextmanager
def replaced_as_one(out: Path, *, keep_others: bool = False, planned: Collection[str] = ()) -> Iterator[Path]:
    """Yield a new folder to write a whole set of files to, each as `whole_file` does, `run.json` among them.

    On leaving, the set takes the place of the earlier run's; files of that run which the new one does not have
    are removed, unless `keep_others`. If the block raises, or the process is killed in it, `out` is what it was.
    They change in one step (`set_of_files`); where there are no links, a kill in the moment of replacing leaves whole
    files, and a record that says the set is not complete.
    The caller holds the folder's lock (`run_lock`). Raises OSError where a planned file, or one that the record lists,
    is not there as it was written: then nothing is replaced.
    """
    out.mkdir(parents=True, exist_ok=True)
    _sweep(out)
    new = Path(tempfile.mkdtemp(prefix=NEW, dir=out))
    try:
        yield new
        _refuse_incomplete(new, keep_others, planned)
        with _undisturbed():
            if not switched(out, new, files_of(out), keep_others=keep_others):
                _replace(out, new, keep_others)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def remove_run(folder: Path) -> None:
    """Remove the files of the run whose record stands in the folder, and the folder where nothing else is in it.

    What cannot be removed stays: the run that asks for it has written its tables already.
    """
    with contextlib.suppress(OSError):
        for name in files_of(folder):
            (folder / name).unlink(missing_ok=True)
        remove_set(folder)
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
    """Hold Ctrl-C and its like back for the few milliseconds in which files change places."""
    before: dict[int, Any] = {}
    try:
        for number in ENDING:
            before[number] = signal.signal(number, signal.SIG_IGN)
    except ValueError:  # not the main thread
        pass
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _refuse_incomplete(new: Path, keep_others: bool, planned: Collection[str]) -> None:
    """Compare what was written with what was planned, and with what the record says was written."""
    record = json_without(new / RECORD, INPUTS)
    wanted = {
        name: sha256 for name, sha256 in record.get("files", {}).items() if not keep_others or (new / name).exists()
    }
    there = {path.relative_to(new).as_posix() for path in new.rglob("*") if path.is_file()} - {RECORD, RUN_LOG}
    odd = sorted({*(wanted.keys() ^ there), *(set(planned) - there)})
    odd += [name for name in sorted(wanted.keys() & there) if wanted[name] and _sha256(new / name) != wanted[name]]
    if odd:
        message = f"{odd[0]} was removed or changed while the tables were written, so none were replaced. Run again."
        raise OSError(message)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sweep(out: Path) -> None:
    """Remove what killed runs left behind: the folder's lock says that no other run works in it."""
    for left in out.glob(f"{NEW}*"):
        shutil.rmtree(left, ignore_errors=True)
    sweep(out)


def _within(name: object) -> bool:
    if not isinstance(name, str):
        return False
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts
