"""What a command says and how far it is, in a file: a JSON object per line, for a program that watches the command."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tregate.pipelines.console import Console, Progress


class Journal(Console):
    """A console that also writes to a file.

    Lines of the file: `process` (the number of this process) first; then `line`, what was said; `what`, `done`,
    `total`, `seconds` and `line` where one more is done; `exit`, the exit code, last. A file that cannot be written
    stops nothing.
    """

    def __init__(self, path: Path, *, quiet: bool = False) -> None:
        super().__init__(quiet=quiet)
        self.plain = Console(quiet=quiet)
        self.path = path
        with contextlib.suppress(OSError):
            path.write_bytes(b"")
        self.write(process=os.getpid())

    def write(self, **state: Any) -> None:
        with contextlib.suppress(OSError), self.path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(json.dumps(state, ensure_ascii=False) + "\n")

    def tell(self, line: str) -> None:
        self.write(line=line)
        super().tell(line)

    def warn(self, line: str) -> None:
        self.write(line=line)
        super().warn(line)

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Progress]:
        """Like a console's; each step is a line of the file."""
        self.write(what=what, done=0, total=total, seconds=0.0)
        with self.plain.progress(what, total) as shown:
            yield _Steps(self, shown, what, total)


class _Steps:
    def __init__(self, journal: Journal, shown: Progress, what: str, total: int) -> None:
        self.journal, self.shown, self.what, self.total = journal, shown, what, total
        self.done, self.begin = 0, time.monotonic()

    def advance(self, message: str = "") -> None:
        self.done += 1
        seconds = round(time.monotonic() - self.begin, 2)
        line = {"line": message} if message else {}
        self.journal.write(what=self.what, done=self.done, total=self.total, seconds=seconds, **line)
        self.shown.advance(message)

    def tell(self, line: str) -> None:
        self.journal.write(line=line)
        self.shown.tell(line)


@contextmanager
def console_for(path: Path | None, *, quiet: bool) -> Iterator[Console]:
    """A console, with a journal where a path is given; the exit code of the command is its last line."""
    if path is None:
        yield Console(quiet=quiet)
        return
    journal = Journal(path, quiet=quiet)
    try:
        yield journal
    except BaseException as error:
        journal.write(exit=getattr(error, "exit_code", 1))
        raise
    journal.write(exit=0)


def watched(path: Path) -> dict[str, Any] | None:
    """How far the command is that writes a journal: its process, step, lines, and exit code; None without a journal.

    A last line that is not whole yet is passed over.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return None
    state: dict[str, Any] = {"process": 0, "what": "", "done": 0, "total": 0, "seconds": 0.0, "lines": [], "exit": None}
    for written in text.split("\n")[:-1]:
        try:
            entry = json.loads(written)
        except ValueError:
            continue
        if "line" in entry:
            state["lines"].append(entry.pop("line"))
        state |= entry
    return state if state["process"] else None


def is_running(process: int) -> bool:
    """Whether a process of this number runs on this machine."""
    if process <= 0:
        return False
    if sys.platform == "win32":
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, process)
        if not handle:
            return False
        code = ctypes.c_ulong()
        ctypes.windll.kernel32.GetExitCodeProcess(handle, ctypes.byref(code))
        ctypes.windll.kernel32.CloseHandle(handle)
        return code.value == 259
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_defunct(process)


def _is_defunct(process: int) -> bool:
    """Whether a process has ended and its parent has not asked how."""
    try:
        return (
            Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
            == "Z"
        )
    except (OSError, IndexError):
        return False
