"""Which tubes of a run a reader reviewed, and how many are left: what a signature says of itself."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tregate.pipelines.files.csv_source import read_csv_source
from tregate.pipelines.review.decision import AUTOMATIC, EXCLUDE, MOVE, REOPEN, SIGN, Decision, Reading
from tregate.pipelines.review.standing import TubeOfFile, standing
from tregate.pipelines.review.two_readers import person

CONFIRMED, AGAIN = "confirmed", "to review again"
GATES, FAILURES = "gates.csv", "failures.csv"

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


@dataclass(frozen=True, slots=True)
class Looks:
    """What one reading decided about the gates of a tube."""

    is_whole: bool = False
    """Whether the tube as a whole was confirmed."""
    is_excluded: bool = False
    own: frozenset[str] = frozenset()
    """Gates that were confirmed, moved or put back one by one."""
    again: frozenset[str] = frozenset()
    """Gates that were placed again, or marked to review again, since then."""

    def decided(self, gates: Iterable[str]) -> frozenset[str]:
        """Those of the gates about which the reading decided.

        >>> sorted(Looks(is_whole=True, again=frozenset({"B"})).decided(["A", "B"]))
        ['A']
        """
        return frozenset(one for one in gates if one in self.own or (self.is_whole and one not in self.again))

    def covers(self, gates: Collection[str]) -> bool:
        """Whether the tube is reviewed: excluded, or each of its `gates` decided about; without gates, the tube.

        >>> Looks(own=frozenset({"A"})).covers(["A", "B"])
        False
        """
        return self.is_excluded or (self.decided(gates) == set(gates) if gates else self.is_whole)


NOT_LOOKED_AT = Looks()


def looks(decisions: Sequence[Decision], reading: Reading) -> dict[TubeOfFile, Looks]:
    """What the reading decided about each tube; gates that a move placed again are to be decided about again."""
    found: dict[TubeOfFile, Looks] = {}
    for one in standing([one for one in decisions if one.wish.reading == reading]):
        tube = one.wish.file_sha256, one.wish.tube
        found[tube] = _after(found.get(tube, NOT_LOOKED_AT), one)
    return found


def _after(before: Looks, one: Decision) -> Looks:
    action, gate = one.wish.action, one.wish.population
    if action == EXCLUDE:
        return replace(before, is_excluded=True)
    if action in (CONFIRMED, AGAIN) and not gate:
        return Looks(is_whole=action == CONFIRMED, is_excluded=before.is_excluded and action == CONFIRMED)
    if action == AGAIN:
        return replace(before, own=before.own - {gate}, again=before.again | {gate})
    if action in (CONFIRMED, MOVE, AUTOMATIC):
        anew = frozenset((one.wish.after or {}).get("again", ()))
        return replace(before, own=(before.own - anew) | {gate}, again=(before.again | anew) - {gate})
    return before


Placed = Mapping[Place, frozenset[str]]
"""Tube -> its gates that have a place, so that there is something to review."""


def placed_gates(out: Path) -> Placed:
    """Of a run, as its gates.csv has them; {} where there is none."""
    path = out / GATES
    found: dict[Place, set[str]] = {}
    for row in read_csv_source(path, path.name)[0].rows if path.is_file() else ():
        place = row.get("subject"), row.get("visit"), row.get("tube")
        if row.get("shape"):
            found.setdefault(place, set()).add(row.get("population"))
    return {place: frozenset(gates) for place, gates in found.items()}


def tubes_without_value(out: Path) -> frozenset[Place]:
    """Gated tubes of a run of which nothing was measured, as its failures.csv has them."""
    path = out / FAILURES
    rows = read_csv_source(path, path.name)[0].rows if path.is_file() else ()
    return frozenset((r.get("subject"), r.get("visit"), r.get("tube")) for r in rows if r.get("stage") == "gate")


def coverage(
    tubes: Iterable[tuple[TubeOfFile, Collection[str]]], decisions: Sequence[Decision], reading: Reading
) -> Coverage:
    """How many of the gated `tubes`, each with its placed gates, were reviewed."""
    seen = looks(decisions, reading)
    reviewed = [seen.get(tube, NOT_LOOKED_AT).covers(gates) for tube, gates in tubes]
    return Coverage(sum(reviewed), len(reviewed))


def reviewers(
    tubes: Sequence[tuple[TubeOfFile, Collection[str]]], decisions: Sequence[Decision], reading: Reading
) -> dict[str, int]:
    """Who decided in a reading -> how many of the `tubes` that person's decisions alone cover."""
    left = [one for one in standing(decisions) if one.wish.reading == reading and one.wish.action not in (SIGN, REOPEN)]
    names: dict[str, str] = {}
    for one in left:
        names.setdefault(person(one.wish.who), one.wish.who.strip())
    return {
        name: coverage(tubes, [one for one in left if person(one.wish.who) == key], reading).reviewed
        for key, name in names.items()
    }


def coverage_of_run(out: Path, record: Mapping[str, Any], decisions: Sequence[Decision], reading: Reading) -> Coverage:
    """The same of the run in `out` with run.json `record`, without tubes that a review.csv excluded from its tables."""
    return coverage(gates_of_run(out, record), decisions, reading)


def gates_of_run(out: Path, record: Mapping[str, Any]) -> list[tuple[TubeOfFile, frozenset[str]]]:
    """Every tube of a run that is to be reviewed, with its placed gates; none that a review.csv excluded."""
    left_out, gates = excluded_from_tables(record), placed_gates(out)
    inputs = [entry for entry in record.get("inputs", ()) if "events" in entry and _place(entry) not in left_out]
    return [((str(one["sha256"]), str(one["tube"])), gates.get(_place(one), frozenset())) for one in inputs]


def excluded_from_tables(record: Mapping[str, Any]) -> frozenset[Place]:
    """Tubes that marks of report.html exclude from the tables as they are."""
    options = (record.get("rebuilt") or [{}])[-1].get("options") or {}
    return frozenset((str(s), str(v), str(t)) for s, v, t in (one["tube"] for one in options.get("excluded", ())))


def _place(entry: Mapping[str, Any]) -> Place:
    return str(entry.get("subject", "")), str(entry.get("visit", "")), str(entry["tube"])
