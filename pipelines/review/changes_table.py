"""changes.csv: every change that a person made to a gate or a tube, with the figures that moved."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.review.decision import AUTOMATIC, EXCLUDE, MOVE, UNDO, Decision
from tregate.pipelines.review.standing import standing, undone, void

NAME = "changes"
COLUMNS = (
    "n", "time", "who", "action", "subject", "visit", "tube", "file", "population", "stands",
    "place_before", "place_after", "events_before", "events_after", "percent_before", "percent_after",
    "figures", "reason", "sha256",
)  # fmt: skip


def changes_table(decisions: Sequence[Decision], files: Collection[str] | None = None) -> Table:
    """One row per change of the first reading, in the order of the log.

    `stands` is "yes" for the change that a gate or an exclusion is at now, which may be the undo that took the others
    back: one row a gate. files: those of the study; None takes all.
    """
    first = [one for one in decisions if one.wish.reading == 1]
    stand = _last(first)
    listed = {one.n: one for one in first}
    rows = [
        _row(one, one.n in stand)
        for one in first
        if _is_change(one, listed) and (files is None or one.wish.file in files)
    ]
    return Table.from_records(NAME, COLUMNS, rows)


def _last(first: Sequence[Decision]) -> set[int]:
    """Numbers of the changes that each gate and each tube is at."""
    kept = [one for one in standing(first) if one.wish.action in (MOVE, AUTOMATIC, EXCLUDE)]
    gates = {_about(one): one.n for one in kept if one.wish.action != EXCLUDE}
    excluded = {one.n for one in kept if one.wish.action == EXCLUDE}
    there = {_about(one) for one in kept}
    taken_back = void(first)
    undos = {_about(one): one.n for one in first if one.wish.action == UNDO and one.n not in taken_back}
    return {*gates.values(), *excluded, *(n for about, n in undos.items() if about not in there)}


def _about(one: Decision) -> tuple[str, str, str]:
    return one.wish.file_sha256, one.wish.tube, one.wish.population


def _is_change(one: Decision, listed: Mapping[int, Decision]) -> bool:
    if one.wish.action == UNDO:
        taken_back = listed.get(undone(one))
        return taken_back is not None and taken_back.n != one.n and _is_change(taken_back, listed)
    return one.wish.action in (MOVE, AUTOMATIC, EXCLUDE)


def _row(one: Decision, stands: bool) -> dict[str, Cell]:
    wish = one.wish
    before, after = wish.before or {}, wish.after or {}
    return {
        "n": one.n,
        "time": one.time,
        "who": wish.who,
        "action": f"undo of {undone(one)}" if wish.action == UNDO else wish.action,
        "subject": wish.subject,
        "visit": wish.visit,
        "tube": wish.tube,
        "file": wish.file,
        "population": wish.population,
        "stands": "yes" if stands else "no",
        "place_before": place_words(before.get("gate")),
        "place_after": place_words(after.get("gate")),
        "events_before": before.get("events"),
        "events_after": after.get("events"),
        "percent_before": before.get("percent"),
        "percent_after": after.get("percent"),
        "figures": "; ".join(figures_words(before.get("figures") or {}, after.get("figures") or {})),
        "reason": wish.reason,
        "sha256": one.sha256,
    }


def figures_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """ "measure: before -> after" of every figure that moved."""
    for measure in dict.fromkeys((*before, *after)):
        yield f"{measure}: {_number(before.get(measure))} -> {_number(after.get(measure))}"


def _number(value: Any) -> str:
    return "none" if value is None else f"{value:.6g}" if isinstance(value, int | float) else str(value)


def place_words(gate: Mapping[str, Any] | None) -> str:
    """Where a gate is, in a few words: its thresholds or its shape, and who or what placed it."""
    if not gate:
        return ""
    by = gate.get("placed_by") or gate.get("method", "")
    geometry = gate.get("geometry")
    if not geometry:
        return f"no shape ({by})"
    return f"{_shape_words(str(gate.get('shape')), geometry)} ({by})"


def _shape_words(shape: str, geometry: Mapping[str, Any]) -> str:
    """A shape in words, with its place in linear intensities."""
    match shape:
        case "range":
            return _ends(geometry["axis"], geometry["low"], geometry["high"])
        case "slices":
            return ", ".join(_ends(geometry["axis"], low, high) for low, high in geometry["kept"])
        case "box":
            return "; ".join(_ends(side["axis"], side["low"], side["high"]) for side in geometry["sides"])
        case "polygon":
            across = zip((geometry["x"], geometry["y"]), zip(*geometry["vertices"], strict=True), strict=True)
            spans = (f"{axis['marker']} {_number(min(ends))} to {_number(max(ends))}" for axis, ends in across)
            return f"polygon, {', '.join(spans)}"
        case "ellipse":
            middle = zip(geometry["axes"], geometry["center"], strict=True)
            around = ", ".join(f"{axis['marker']} {_number(at)}" for axis, at in middle)
            return f"ellipse around {around}"
        case "quadric":
            return f"learned gate, cut {_number(geometry['cut'])}"
    return shape


def _ends(axis: Mapping[str, Any], low: float | None, high: float | None) -> str:
    ends = [f">= {_number(low)}"] if low is not None else []
    ends += [f"< {_number(high)}"] if high is not None else []
    return f"{axis['marker']} {' and '.join(ends)}"
