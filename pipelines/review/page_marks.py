"""Marks of report.html in the log of decisions: who marked tubes there has reviewed them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from tregate.pipelines.interchange.gates_file import TubeKey
from tregate.pipelines.review.coverage import CONFIRMED
from tregate.pipelines.review.decision import MARKS, Decision, Wish, problem_of
from tregate.pipelines.review.review_file import Mark

NO_REASON = "no reason given on the page"
SOURCE = "review.csv"

_Said = tuple[str, str, str, str, str]
"""(SHA-256 of the file, population, mark, who, when)."""


def wishes_of_marks(
    marks: Iterable[Mark], record: Mapping[str, Any], decisions: Sequence[Decision], failed: Collection[TubeKey] = ()
) -> tuple[Wish, ...]:
    """Entries for the marks that are not in the log yet; an exclusion is none, it is an option of the tables.

    Marks without a name are omitted, as are those of files that the run did not gate, and confirmations without reason
    of tubes that gave no value.

    record: run.json of the run that the marks are about. failed: its tubes that gave no value.
    """
    inputs = {
        (entry["subject"], entry["visit"], entry["tube"]): entry for entry in record["inputs"] if "events" in entry
    }
    there = {_said(one.wish) for one in decisions if (one.wish.after or {}).get("source") == SOURCE}
    found = []
    for mark in marks:
        entry = inputs.get(mark.key)
        if entry is None or mark.mark not in MARKS:
            continue
        if mark.mark == CONFIRMED and mark.key in failed and not mark.reason.strip():
            continue
        wish = Wish(
            who=mark.who, action=mark.mark, subject=mark.subject, visit=mark.visit, tube=mark.tube, file=mark.file,
            file_sha256=entry["sha256"], population=mark.population, after={"source": SOURCE, "marked": mark.when},
            reason=mark.reason or ("" if mark.mark == CONFIRMED else NO_REASON),
        )  # fmt: skip
        if not problem_of(wish) and _said(wish) not in there:
            there.add(_said(wish))
            found.append(wish)
    return tuple(found)


def _said(wish: Wish) -> _Said:
    return wish.file_sha256, wish.population, wish.action, wish.who, str((wish.after or {}).get("marked", ""))
