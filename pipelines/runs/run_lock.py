"""One run per folder: a lock file that says who holds it, across processes, containers and hosts.

The file is made whole and appears in one step, so that it needs no lock of the file system. A lock whose process is
gone from this host is taken over. Whether one of another host or container still runs cannot be seen from here:
`--unlock` removes it.
"""

import contextlib
import json
import os
import platform
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.journal import is_running
from tregate.pipelines.runs.this_program import command_line, now

LOCK = ".lock"
TRIES = 20
"""Attempts to take a lock over while other runs try the same."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a lock."""

    host: str
    boot: str
    """Identity of the system's start; "" where the system does not report it."""
    processes: str
    """Identity of the container's process numbers; "" where the system does not report it."""
    process: int
    started: str
    """When the process started, in the system's own count; "" where the system does not report it."""
    since: str
    """When it took the lock, UTC."""
    command: str

    def is_gone(self, mine: "Holder") -> bool:
        """Whether the process surely runs no more, as seen from `mine`."""
        if self.host != mine.host:
            return False
        if self.boot != mine.boot:
            return bool(self.boot and mine.boot)
        if self.processes != mine.processes:
            return False
        return not _runs(self.process, self.started)


def this_process() -> Holder:
    """Who we are."""
    own = os.getpid()
    return Holder(
        platform.node(), _text("/proc/sys/kernel/random/boot_id"), _link("/proc/self/ns/pid"), own, _start_of(own),
        now(), command_line(),
    )  # fmt: skip


@contextmanager
def locked(out: Path, *, unlock: bool = False) -> Iterator[None]:
    """Hold the folder's lock in the block.

    unlock: remove a lock that is there first, whoever holds it.
    Raises ConfigurationError where another run holds it, OSError where it cannot be written.
    """
    path, mine = out / LOCK, this_process()
    if unlock:
        path.unlink(missing_ok=True)
    text = json.dumps(asdict(mine))
    _take(path, mine, text)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if path.read_text(encoding="utf-8") == text:
                path.unlink()


def is_locked(out: Path) -> bool:
    """Whether a run holds the folder's lock that is not surely gone."""
    try:
        written = (out / LOCK).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    holder = _holder(written)
    return holder is None or not holder.is_gone(this_process())


def _take(path: Path, mine: Holder, text: str) -> None:
    part = path.with_name(f"{LOCK}-{secrets.token_hex(8)}.part")
    try:
        part.write_text(text, encoding="utf-8")
        for _ in range(TRIES):
            if _appears(part, path):
                return
            try:
                written = path.read_text(encoding="utf-8")
            except FileNotFoundError:
                continue
            holder = _holder(written)
            if holder is None or not holder.is_gone(mine):
                raise _held(path, holder)
            _remove_stale(path, written)
        raise _held(path, None)
    finally:
        part.unlink(missing_ok=True)


def _appears(part: Path, path: Path) -> bool:
    """Give the written file the lock's name; False where that is taken."""
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except (OSError, AttributeError):
        return _created(path, part.read_bytes())
    return True


def _created(path: Path, data: bytes) -> bool:
    """The same where the file system has no hard links."""
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        return False
    return True


def _remove_stale(path: Path, written: str) -> None:
    """Remove the lock of a process that is gone; one that another process took meanwhile is restored."""
    aside = path.with_name(f"{LOCK}-{secrets.token_hex(8)}.part")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return
    try:
        if aside.read_text(encoding="utf-8") != written:
            _appears(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _held(path: Path, holder: Holder | None) -> ConfigurationError:
    if holder is None:
        who = "another run"
    else:
        who = f"a run on {holder.host} (process {holder.process}, since {holder.since})"
    message = f"{who} uses this folder."
    remedy = "Wait for it or choose another --out; if it surely runs no more, give --unlock."
    return ConfigurationError([Problem(str(path.parent), None, message, remedy)])


def _holder(text: str) -> Holder | None:
    """None for text that no run wrote whole."""
    try:
        recorded: Any = json.loads(text)
        return Holder(**recorded)
    except (ValueError, TypeError):
        return None


def _runs(process: int, started: str) -> bool:
    """Whether the process runs, and is the same that started then. Where the system does not report it: yes."""
    if not is_running(process):
        return False
    now_started = _start_of(process)
    return not (started and now_started) or started == now_started


def _start_of(process: int) -> str:
    fields = _text(f"/proc/{process}/stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 else ""


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _link(path: str) -> str:
    try:
        return str(Path(path).readlink())
    except (OSError, NotImplementedError):
        return ""
