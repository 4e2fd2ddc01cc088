"""The folder of kept outcomes: one file an entry, whole or absent, checked when it is read.

Two writers of one key write the same, so that no lock is needed: each writes a file of its own name and renames it.
Nothing waits for the disk: an entry carries the SHA-256 of its body, and a torn one counts as absent.
"""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LIMIT = 4 * 10**9
"""Size [bytes] above which the entries that were used longest ago are removed: about 80,000 drawn tubes."""
KEPT_OF_LIMIT = 0.9
FOLDER = ".tubes"
"""Of a run's own folder, unless `--store` names another."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a store."""

    path: Path
    size: int
    """[bytes]"""
    used: int
    """Time of the last use [ns]."""


@dataclass(frozen=True, slots=True)
class OutcomeStore:
    """Entries by key and kind ("measured", "drawn-..."); plain values, so that any process can use it."""

    folder: Path
    program: str
    """Hash of the program that gates, part of every key."""
    fresh: bool = False
    """Whether entries are written only, never read."""

    def read(self, key: str, kind: str) -> str | None:
        """The entry's body; None where there is none, or where it is not what was written."""
        if self.fresh:
            return None
        path = self._path(key, kind)
        try:
            head, _, body = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        if head.decode("ascii", "replace") != _head(key, body):
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return body.decode("utf-8")

    def is_empty(self) -> bool:
        """Whether nothing can be read from it."""
        return self.fresh or not self.folder.is_dir()

    def write(self, key: str, kind: str, body: str) -> None:
        """Keep an entry. Raises OSError where it cannot be written; then there is no entry, or the one before."""
        path = self._path(key, kind)
        data = body.encode("utf-8")
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
        try:
            part.write_bytes(_head(key, data).encode("ascii") + b"\n" + data)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def _path(self, key: str, kind: str) -> Path:
        return self.folder / key[:2] / f"{key}.{kind}.json"


def _head(key: str, body: bytes) -> str:
    return f'{{"key":"{key}","sha256":"{hashlib.sha256(body).hexdigest()}"}}'


def entries(folder: Path) -> Iterator[Entry]:
    """Every file of a store, leftovers of killed writers too; files that vanish meanwhile are left out."""
    for path in folder.glob("[0-9a-f][0-9a-f]/*"):
        with contextlib.suppress(OSError):
            stat = path.stat()
            if _is_ours(path):
                yield Entry(path, stat.st_size, stat.st_mtime_ns)


def _is_ours(path: Path) -> bool:
    return path.name.removeprefix(".").startswith(path.parent.name) and path.suffix in (".json", ".part")


def bound(folder: Path, limit: int = LIMIT) -> int:
    """Remove the entries used longest ago until the store is well below `limit` [bytes]; how many were removed."""
    found = sorted(entries(folder), key=lambda entry: (entry.used, entry.path.name))
    left = sum(entry.size for entry in found)
    if left <= limit:
        return 0
    removed = 0
    for entry in found:
        if left <= KEPT_OF_LIMIT * limit:
            break
        with contextlib.suppress(OSError):
            entry.path.unlink()
            left -= entry.size
            removed += 1
    return removed


def clear(folder: Path) -> int:
    """Remove every entry, and the folders that are empty then; how many were removed. Other files stay."""
    removed = 0
    for entry in list(entries(folder)):
        with contextlib.suppress(FileNotFoundError):
            entry.path.unlink()
            removed += 1
    for record in folder.glob("parts/*-of-*.json"):
        record.unlink(missing_ok=True)
    for below in (*folder.glob("[0-9a-f][0-9a-f]"), folder / "parts", folder):
        with contextlib.suppress(OSError):
            below.rmdir()
    return removed
