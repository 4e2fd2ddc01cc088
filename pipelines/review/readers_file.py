"""readers.csv beside a run: it is what the log says at the last pair of signatures, made again and compared."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tregate.pipelines.files.csv_file import csv_of, write_csv
from tregate.pipelines.review.agreement import NAME, agreement, agreement_table, words_of
from tregate.pipelines.review.audit_log import AUDIT
from tregate.pipelines.review.coverage import gates_of_run
from tregate.pipelines.review.decision import REOPEN, SIGN, Decision
from tregate.pipelines.review.signed import run_sha256

READERS = f"{NAME}.csv"


def write_readers(out: Path, decisions: Sequence[Decision]) -> None:
    """Write the file where the last entry is a signature by which both readers have signed. Raises OSError."""
    if decisions and _signed_by_both(decisions) == (len(decisions), True):
        write_csv(agreement_table(decisions), out / READERS)


def readers_problem(out: Path, decisions: Sequence[Decision]) -> str:
    """Why readers.csv is not what the log says, in words; "" where it is."""
    number, holds = _signed_by_both(decisions)
    try:
        found = (out / READERS).read_bytes()
    except FileNotFoundError:
        if not holds or (decisions[number - 1].wish.after or {}).get("run_sha256") != run_sha256(out):
            return ""  # opened again, or a log that was taken over from another folder
        return f"{READERS} is missing; it was written when both readers had signed (entry {number})"
    except OSError as error:
        return f"{READERS} cannot be read ({error.strerror or error})"
    if not number:
        return f"{READERS} is written when both readers have signed, and {AUDIT} does not have both signatures"
    if found != csv_of(agreement_table(decisions[:number])).encode("utf-8", "backslashreplace"):
        return f"{READERS} was changed: it is not what {AUDIT} gives up to entry {number}"
    return ""


def readers_words(out: Path, record: Mapping[str, Any], decisions: Sequence[Decision]) -> str:
    """How far both readers agree, where both have signed; "" where they have not."""
    if not _signed_by_both(decisions)[1]:
        return ""
    return f"{words_of(agreement(decisions, dict(gates_of_run(out, record))))} See {READERS}."


def _signed_by_both(decisions: Sequence[Decision]) -> tuple[int, bool]:
    """Number of the last signature by which both readers had signed, and whether the study is signed by both still."""
    number, readings = 0, set[int]()
    for one in decisions:
        if one.wish.action == REOPEN:
            readings.clear()
        elif one.wish.action == SIGN:
            readings.add(one.wish.reading)
            number = one.n if readings == {1, 2} else number
    return number, readings == {1, 2}
