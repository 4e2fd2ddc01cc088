"""Commands of the command line, run for the page: `check`, `run`, `tables`. A run goes on when the server ends."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.application.wording import on_the_page
from tregate.pipelines.console import rate_and_rest
from tregate.pipelines.journal import is_running, watched
from tregate.pipelines.runs.run_lock import is_locked

CLI = (sys.executable, "-m", "tregate.pipelines.commands.cli")
LINES = 200
"""Lines of a run that the page shows."""


def journal_of(out: Path) -> Path:
    """Where the progress of a run into `out` is written: beside it, so that a new folder is made by the run itself."""
    return out.with_name(f".{out.name}.progress.jsonl")


def outcome_of(out: Path) -> Path:
    """Where what a run prints is kept."""
    return out.with_name(f".{out.name}.outcome.json")


def start_run(study: Path, out: Path, options: Sequence[str]) -> None:
    """Start `tregate run` as a process that needs neither this server nor a page.

    Raises ConfigurationError where one runs already, OSError where it cannot be started.
    """
    if run_json(out)["running"] or is_locked(out):
        message = "a run into this folder is not finished yet."
        raise ConfigurationError([Problem(str(out), None, message, "Stop it, or wait for its end.")])
    journal = journal_of(out)
    journal.unlink(missing_ok=True)
    command = [*CLI, "run", str(study), "--out", str(out), "--json", "--progress", str(journal), *options]
    with outcome_of(out).open("wb") as printed, outcome_of(out).with_suffix(".err").open("wb") as said:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=printed, stderr=said, env=_utf8(), **_apart()
        )
    with contextlib.suppress(OSError):  # so that a server that is started again at once finds it
        journal.write_text(json.dumps({"process": child.pid}) + "\n", encoding="utf-8")
    _STARTED[out] = child


_STARTED: dict[Path, "subprocess.Popen[bytes]"] = {}
"""Runs that this server started: those that ended are asked how, as their parent must."""


def _utf8() -> dict[str, str]:
    """The environment of a command whose output is read here: Windows would write it in a code page of its own."""
    return {**os.environ, "PYTHONUTF8": "1"}


def _apart() -> dict[str, Any]:
    """A process that the end of this one does not end."""
    if sys.platform == "win32":  # a console of its own: the window of the server may be closed
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def stop_run(out: Path) -> None:
    """End a run as Ctrl-C does: what is finished is kept, and the next run goes on from there."""
    state = watched(journal_of(out))
    if state is not None and state["exit"] is None and is_running(state["process"]):
        # Windows has no Ctrl-C for a process of another console: there it is ended, as by kill.
        os.kill(state["process"], signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)


def run_json(out: Path) -> dict[str, Any]:
    """How far the run into `out` is, or how it ended."""
    state, child = watched(journal_of(out)), _STARTED.get(out)
    alive = child is not None and child.poll() is None
    if state is None:
        return {"running": alive, "known": child is not None, "what": "starting", "done": 0, "total": 0, "lines": []}
    running = alive or (child is None and state["exit"] is None and is_running(state["process"]))
    outcome: Any = None
    if not running:
        try:
            outcome = json.loads(outcome_of(out).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            outcome = None
    for problem in outcome.get("problems", ()) if isinstance(outcome, dict) else ():
        problem |= {name: on_the_page(problem[name]) for name in ("file", "message", "remedy")}
    said = ""
    if not running and not isinstance(outcome, dict):
        said = _tail(outcome_of(out).with_suffix(".err"))
    return {
        "running": running,
        "known": True,
        "what": state["what"],
        "done": state["done"],
        "total": state["total"],
        "pace": rate_and_rest(state["done"], state["total"], state["seconds"]) if running else "",
        "lines": state["lines"][-LINES:],
        "exit": state["exit"],
        "ended": not running and state["exit"] is None,
        "outcome": outcome if isinstance(outcome, dict) else None,
        "said": said,
    }


def _tail(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[-2000:].strip()
    except OSError:
        return ""


def answer_of(*arguments: str) -> tuple[int, str, str]:
    """(exit code, what it printed, what it said) of a command that is waited for."""
    done = subprocess.run(
        [*CLI, *arguments], capture_output=True, text=True, encoding="utf-8", errors="replace", check=False, env=_utf8()
    )
    return done.returncode, done.stdout, done.stderr
