"""Decisions as the page lists them: what each did to the gate, its events and the figures of the visit."""

from collections.abc import Collection
from typing import Any

from tregate.pipelines.report.method_labels import measured
from tregate.pipelines.review.changes_table import place_words
from tregate.pipelines.review.decision import AUTOMATIC, MARKS, REOPEN, SIGN, UNDO, Decision
from tregate.pipelines.review.standing import standing, undone
from tregate.pipelines.reviewing.desk import Desk

Json = dict[str, Any]


def decision_json(one: Decision, stand: Collection[int]) -> Json:
    """One entry in short; `stand`: numbers of the entries that were not undone."""
    wish = one.wish
    return {
        "n": one.n,
        "time": one.time,
        "who": wish.who,
        "action": f"undo of {undone(one)}" if wish.action == UNDO else wish.action,
        "population": wish.population,
        "reason": wish.reason,
        "stands": one.n in stand or wish.action == UNDO,
        "undoable": one.n in stand and wish.action not in (SIGN, REOPEN),
    }


def log_json(desk: Desk) -> list[Json]:
    """The decisions of this reading, in their order, each with its values before and after."""
    stand = {one.n for one in standing(desk.shown())}
    tubes = {(desk.sha256.get(desk.key(i), ""), record.tube): i for i, record in enumerate(desk.records)}
    return [_entry(desk, one, stand, tubes.get((one.wish.file_sha256, one.wish.tube))) for one in desk.shown()]


def _entry(desk: Desk, one: Decision, stand: Collection[int], i: int | None) -> Json:
    wish = one.wish
    short = decision_json(one, stand)
    return short | {
        "i": i,
        "subject": wish.subject,
        "visit": wish.visit,
        "tube": wish.tube,
        "undoable": short["undoable"] and i is not None and not desk.signed,
        "values": [] if wish.action in (*MARKS, SIGN, REOPEN) else _values(desk, one),
    }


def _values(desk: Desk, one: Decision) -> list[Json]:
    """[{what, before, after}] of the gate, its events and each figure that moved; "" where it is not recorded."""
    before, after = one.wish.before or {}, one.wish.after or {}
    placed = "placed by its method" if one.wish.action == AUTOMATIC else place_words(after.get("gate"))
    found = [
        _row("gate", place_words(before.get("gate")), placed),
        _row("events", _text(before.get("events")), _text(after.get("events"))),
        _row("% of parent", _text(before.get("percent")), _text(after.get("percent"))),
    ]
    was, now = before.get("figures") or {}, after.get("figures") or {}
    for measure in dict.fromkeys((*was, *now)):
        label = _label(desk, measure)
        found.append(_row(label, _text(was.get(measure), "none"), _text(now.get(measure), "none")))
    return [row for row in found if row["before"] or row["after"]]


def _row(what: str, before: str, after: str) -> Json:
    return {"what": what, "before": before, "after": after}


def _label(desk: Desk, measure: str) -> str:
    declared = desk.results.sources.declared
    return declared.heading(measure) if measure in declared.measures else measure


def _text(value: Any, none: str = "") -> str:
    if value is None:
        return none
    return measured(value) if isinstance(value, float) else str(value)
