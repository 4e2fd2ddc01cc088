"""Which tubes of a run a reader reviewed, and how many are left: what a signature says of itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tregate.pipelines.review.decision import AUTOMATIC, EXCLUDE, MOVE, Decision, Reading
from tregate.pipelines.review.standing import TubeOfFile, standing

REVIEWED = frozenset({"confirmed", MOVE, AUTOMATIC, EXCLUDE})
AGAIN = "to review again"

Place = tuple[str, str, str]
"""(subject, visit, tube)."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a run was reviewed; tubes without gates (excluded, failed) are none of it."""

    reviewed: int
    tubes: int

    @property
    def missing(self) -> int:
        """Tubes that were not reviewed."""
        return self.tubes - self.reviewed

    @property
    def words(self) -> str:
        """In words.

        >>> Coverage(24, 27).words
        '24 of 27 tubes reviewed'
        """
        return f"{self.reviewed} of {self.tubes} tube{'' if self.tubes == 1 else 's'} reviewed"


def reviewed_tubes(decisions: Sequence[Decision], reading: Reading) -> set[TubeOfFile]:
    """Tubes of which the reading confirmed or moved a gate, or which it excluded; not those to review again."""
    found: set[TubeOfFile] = set()
    for one in standing([one for one in decisions if one.wish.reading == reading]):
        tube = one.wish.file_sha256, one.wish.tube
        if one.wish.action in REVIEWED:
            found.add(tube)
        elif one.wish.action == AGAIN:
            found.discard(tube)
    return found


def coverage(tubes: Iterable[TubeOfFile], decisions: Sequence[Decision], reading: Reading) -> Coverage:
    """How many of the gated `tubes` were reviewed."""
    reviewed = reviewed_tubes(decisions, reading)
    listed = list(tubes)
    return Coverage(sum(tube in reviewed for tube in listed), len(listed))


def coverage_of_run(record: Mapping[str, Any], decisions: Sequence[Decision], reading: Reading) -> Coverage:
    """The same of the run whose run.json is `record`, without tubes that a review.csv excluded from its tables."""
    out = excluded_from_tables(record)
    inputs = [entry for entry in record.get("inputs", ()) if "events" in entry]
    gated = [(str(entry["sha256"]), str(entry["tube"])) for entry in inputs if _place(entry) not in out]
    return coverage(gated, decisions, reading)


def excluded_from_tables(record: Mapping[str, Any]) -> frozenset[Place]:
    """Tubes that marks of report.html exclude from the tables as they are."""
    options = (record.get("rebuilt") or [{}])[-1].get("options") or {}
    return frozenset((str(s), str(v), str(t)) for s, v, t in (one["tube"] for one in options.get("excluded", ())))


def _place(entry: Mapping[str, Any]) -> Place:
    return str(entry.get("subject", "")), str(entry.get("visit", "")), str(entry["tube"])
