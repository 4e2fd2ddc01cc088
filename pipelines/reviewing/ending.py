"""How a review ends: the decisions come into the tables, and the reader signs."""

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.console import Console
from tregate.pipelines.review.coverage import reviewers
from tregate.pipelines.review.decision import Decision
from tregate.pipelines.reviewed_run import waiting
from tregate.pipelines.reviewing.coverage_shown import coverage_of_desk, gates_of_desk
from tregate.pipelines.reviewing.desk import Desk, open_desk
from tregate.pipelines.runs.previous_run import read_record
from tregate.pipelines.signing import sign_study

TABLES = (sys.executable, "-m", "tregate.pipelines.commands.cli", "tables", "--quiet")
"""A process of its own: it may be ended without the server, and ends in a whole set of tables or in none."""


def ending(desk: Desk) -> Mapping[str, Any]:
    """What is left to do before the study is signed."""
    record = read_record(desk.out)
    seen = coverage_of_desk(desk)
    signed = any(one.entry.wish.reading == desk.reading for one in desk.signed)
    return {
        "reviewed": seen.reviewed,
        "tubes": seen.tubes,
        "words": seen.words,
        "by": reviewers(gates_of_desk(desk), desk.decisions, desk.reading),
        "waiting": waiting(desk.out, record),
        "signed": signed,
    }


def tables_again(desk: Desk) -> None:
    """Make the tables with every decision, and lay the run before the reviewers as it then is.

    Raises ConfigurationError where the tables were not made; the desk and the tables are then as before.
    """
    with desk.lock:
        done = subprocess.run([*TABLES, str(desk.out)], capture_output=True, text=True, encoding="utf-8", check=False)
        if done.returncode:
            said = done.stderr.strip() or "The tables were not made."
            raise ConfigurationError([Problem(str(desk.out), None, said)])
        desk.renew(open_desk(desk.out, Console(quiet=True), reading=desk.reading))


def sign(desk: Desk, who: str, statement: str, *, incomplete: bool) -> Decision:
    """Sign as the reader of the page. Raises ConfigurationError where the study cannot be signed yet."""
    with desk.lock:
        made = sign_study(desk.out, who, statement, desk.reading, incomplete=incomplete)
        desk.catch_up()
        return made
