"""audit.jsonl: decisions in the order in which they were taken, one a line, each with the hash of the one before.

An entry is acknowledged after it is on the disk (fsync). What a killed writer left without a line end was never
acknowledged: it is recognised, and cut off by the next writer. Several processes may write: each holds the file's lock
while it reads the end and appends.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.review.decision import START, Decision, Wish, decision_of, entry, line_of, problem_of

AUDIT = "audit.jsonl"


@dataclass(frozen=True, slots=True)
class Log:
    """A log as it was read."""

    decisions: tuple[Decision, ...]
    torn: bool = False
    """Whether a last line without an end is there, which was never confirmed."""
    broken: str = ""
    """What is wrong with the first line that is not what was written; "" where every line is. `decisions` are those
    before it."""

    @property
    def head(self) -> str:
        """SHA-256 of the last entry."""
        return self.decisions[-1].sha256 if self.decisions else START


def read_log(path: Path) -> Log:
    """The log, whatever its state; an absent file is an empty log. Raises OSError where it cannot be read."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Log(())
    return _parsed(data)


def whole_log(path: Path) -> Log:
    """The log of a file whose chain is whole. Raises ConfigurationError where an entry was changed or is missing."""
    log = read_log(path)
    if log.broken:
        remedy = "Restore the file from a copy; decisions behind a broken entry are not applied."
        raise ConfigurationError([Problem(str(path), len(log.decisions) + 1, f"{log.broken}.", remedy)])
    return log


def append(path: Path, wishes: Sequence[Wish], now: Callable[[], str]) -> tuple[Decision, ...]:
    """Add decisions at the end; on return they are on the disk.

    Raises ConfigurationError where a wish lacks a name or a reason, or where the chain is broken, and OSError.
    """
    faults = [problem for wish in wishes if (problem := problem_of(wish))]
    if faults:
        raise ConfigurationError([Problem(path.name, None, f"{faults[0]}.", "Nothing was kept.")])
    with _held(path) as file:
        log = _parsed(file.read())
        if log.broken:
            remedy = "Restore the file from a copy; nothing was kept."
            raise ConfigurationError([Problem(str(path), len(log.decisions) + 1, f"{log.broken}.", remedy)])
        made: list[Decision] = []
        for wish in wishes:
            before = made[-1] if made else log.decisions[-1] if log.decisions else None
            number, head = (1, START) if before is None else (before.n + 1, before.sha256)
            made.append(entry(number, now(), wish, head))
        end = sum(len(line_of(one)) + 1 for one in log.decisions)
        file.truncate(end)
        file.seek(end)
        file.write("".join(f"{line_of(one)}\n" for one in made).encode("ascii"))
        file.flush()
        os.fsync(file.fileno())
    return tuple(made)


@contextmanager
def _held(path: Path) -> Iterator[BinaryIO]:
    """The file, opened and locked against other writers; a new one is known to its folder before it is used."""
    is_new = not path.exists()
    with os.fdopen(os.open(path, _WRITING, 0o644), "r+b") as file:
        unlock = _lock(file)
        try:
            if is_new:
                _sync_folder(path.parent)
            yield file
        finally:
            unlock()


_WRITING = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
"""Windows opens a file as text unless it is said otherwise, and would write each line end as two bytes."""
_BEYOND = 1 << 30
"""A byte that no log has: on Windows no other process may read what a lock covers, and it knows places below 2^31."""


def _lock(file: BinaryIO) -> Callable[[], object]:
    """Wait for the file's lock; what gives it back. Raises OSError where another has it too long (Windows: 10 s)."""
    if sys.platform == "win32":
        import msvcrt

        def locking(mode: int) -> None:
            file.seek(_BEYOND)
            msvcrt.locking(file.fileno(), mode, 1)
            file.seek(0)

        locking(msvcrt.LK_LOCK)
        return lambda: locking(msvcrt.LK_UNLCK)
    try:
        import fcntl
    except ImportError:  # one writer is assumed
        return lambda: None
    fcntl.flock(file, fcntl.LOCK_EX)
    return lambda: fcntl.flock(file, fcntl.LOCK_UN)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _parsed(data: bytes) -> Log:
    *lines, rest = data.split(b"\n")
    decisions: list[Decision] = []
    head = START
    for number, line in enumerate(lines, start=1):
        try:
            found = decision_of(line.decode("ascii"))
        except (ValueError, TypeError, RecursionError) as error:
            why = "no JSON" if isinstance(error, json.JSONDecodeError) else str(error)
            return Log(tuple(decisions), broken=f"entry {number} was changed ({why})")
        if found.n != number or found.previous_sha256 != head:
            return Log(tuple(decisions), broken=f"entry {number} does not follow the one before it")
        decisions.append(found)
        head = found.sha256
    return Log(tuple(decisions), torn=bool(rest))
