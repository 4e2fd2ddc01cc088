"""The files of a run change as one: each name in the folder is a link through `.set/current`, and one rename turns it.

A kill at any moment leaves the old set or the new one, whole. Where the file system or the system has no links,
`switched` says so, and the caller moves file by file.
"""

import contextlib
import os
import secrets
import shutil
from collections.abc import Collection
from pathlib import Path

SETS = ".set"
CURRENT = "current"


def switched(out: Path, new: Path, earlier: Collection[str], *, keep_others: bool = False) -> bool:
    """Whether the files of the folder `new` became those of `out`; False where that cannot be done in one step.

    earlier: names of the files of the run before. keep_others: take its files along that `new` does not have.
    Raises OSError where the disk is full, or the folder is gone: then `out` holds what it held.
    """
    sets = out / SETS
    try:
        sets.mkdir(exist_ok=True)
        _try_a_link(sets)
        _adopt(out, [name for name in earlier if (out / name).is_file()])
    except (OSError, NotImplementedError, AttributeError):
        return False
    if keep_others and (sets / CURRENT).is_dir():
        _take_along(sets / CURRENT, new)
    token = secrets.token_hex(4)
    names = sorted(path.name for path in new.iterdir())
    new.rename(sets / token)
    for name in names:
        _point(out / name, f"{SETS}/{CURRENT}/{name}", sets)
    _flush(sets / token)
    _point(sets / CURRENT, token, sets)  # the moment in which everything changes
    _flush(sets)
    with contextlib.suppress(OSError):  # the new set is there; what is left of the old one goes with the next run
        for name in earlier if not keep_others else ():
            if _is_plain(out, name) and Path(name).parts[0] not in names:
                (out / name).unlink()
        sweep(out)
    return True


def sweep(out: Path) -> None:
    """Remove sets that are not the current one, and links to files that it does not have."""
    sets = out / SETS
    if not sets.is_dir():
        return
    current = sets / CURRENT
    if current.exists() and not current.is_symlink():  # a copy of the folder, made without links
        shutil.rmtree(sets, ignore_errors=True)
        return
    kept = str(current.readlink()) if current.is_symlink() else ""
    for path in sets.iterdir():
        if path.name not in (CURRENT, kept):
            _remove(path)
    for path in out.iterdir():
        if path.is_symlink() and not path.exists() and path.readlink().parts[:2] == (SETS, CURRENT):
            path.unlink()


def remove_set(out: Path) -> None:
    """Remove all sets; the names that point into them are the caller's."""
    _remove(out / SETS)


def _try_a_link(sets: Path) -> None:
    """Raises OSError where there are no links."""
    probe = sets / f"probe-{secrets.token_hex(4)}"
    probe.symlink_to("nothing")
    probe.unlink()


def _adopt(out: Path, names: Collection[str]) -> None:
    """Make a set of the files that are there where some are plain: a former run had no links, or lost its set.

    What a name shows stays the same at every moment: the set has what is shown, not what an older set has.
    """
    sets = out / SETS
    plain = [name for name in names if _is_plain(out, name)]
    if not plain:
        return
    token = secrets.token_hex(4)
    for name in names:
        kept = sets / token / name
        kept.parent.mkdir(parents=True, exist_ok=True)
        os.link((out / name).resolve(), kept)
    _point(sets / CURRENT, token, sets)
    for name in plain:
        if len(Path(name).parts) == 1:
            _point(out / name, f"{SETS}/{CURRENT}/{name}", sets)


def _is_plain(out: Path, name: str) -> bool:
    """Whether it is a file of its own, not one that is reached through a link."""
    top = out / Path(name).parts[0]
    return (out / name).is_file() and not top.is_symlink()


def _take_along(current: Path, new: Path) -> None:
    for path in current.rglob("*"):
        target = new / path.relative_to(current)
        if path.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, target)
            except OSError:
                shutil.copyfile(path, target)


def _point(name: Path, to: str, sets: Path) -> None:
    """Make `name` a link, in one step whatever was there."""
    if name.is_symlink() and str(name.readlink()) == to:
        return
    made = sets / f"link-{secrets.token_hex(4)}"
    made.symlink_to(to)
    try:
        made.replace(name)
    except OSError:
        made.unlink(missing_ok=True)
        raise


def _flush(folder: Path) -> None:
    """Have the folder's names on the disk, where the system can be asked to."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path, ignore_errors=True)
