"""Where two readers disagree, and by how much: gates that one of them moved, and the figures under both readings."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.review.changes_table import figures_words
from tregate.pipelines.review.coverage import CONFIRMED, looks
from tregate.pipelines.review.decision import AUTOMATIC, MOVE, NOTE, Decision
from tregate.pipelines.review.standing import TubeOfFile, standing

NAME = "readers"
COLUMNS = (
    "subject", "visit", "tube", "file", "population", "first_reader", "second_reader", "first", "second",
    "events_first", "events_second", "percent_first", "percent_second", "difference_percent",
    "figures_first", "figures_second",
)  # fmt: skip

LOW, NEARLY_ALL = 0.4, 0.9
"""A kappa below the first says little where this share of the choices is alike."""

Gate = tuple[str, str, str]
"""(SHA-256 of the file, kind of tube, population)."""
GatesOfTubes = Mapping[TubeOfFile, Collection[str]]
"""Tube -> its gates that have a place."""


def agreement(decisions: Sequence[Decision], gates: GatesOfTubes) -> dict[str, Any]:
    """The gates that both readings looked at, those on which they differ, and the agreement over all.

    A gate was looked at where the reading moved it or marked it, or confirmed its whole tube.
    """
    both = list(_both(decisions, gates))
    choices = [(_choice(first), _choice(second)) for _, first, second in both]
    numbers = [
        (first, second)
        for name, *pair in both
        for first, second in [[_number(one, name, "percent") for one in pair]]
        if first is not None and second is not None
    ]
    found = {
        "gates": len(both),
        "moved": sum("moved" in (_choice(first), _choice(second)) for _, first, second in both),
        "differ": [_line(name, first, second) for name, first, second in both if _differs(first, second)],
        "alike": sum(one == other for one, other in choices),
        "kappa": kappa(choices),
        **bias_and_cv(numbers),
    }
    return {**found, "words": words_of(found)}


def words_of(both: Mapping[str, Any]) -> str:
    """An `agreement` in a sentence.

    >>> words_of({"gates": 36, "moved": 0, "differ": [], "kappa": None})
    'Both readers reviewed 36 gates, and neither moved any: there is no difference that kappa could measure.'
    >>> words_of({"gates": 336, "moved": 3, "differ": [{}] * 3, "alike": 333, "kappa": -0.004})
    'Both readers reviewed 336 gates, 3 of them moved; 3 differ; kappa of their choices 0.00 (333 of 336 choices are \
alike, and almost all of one kind: chance alone would agree as often, so that kappa is low).'
    """
    gates = f"{both['gates']} gate{'' if both['gates'] == 1 else 's'}"
    if both["kappa"] is None and not both["moved"] and not both["differ"]:
        return f"Both readers reviewed {gates}, and neither moved any: there is no difference that kappa could measure."
    agreed = "" if both["kappa"] is None else f"; kappa of their choices {round(both['kappa'], 2) + 0.0:.2f}"
    if both["kappa"] is not None and both["kappa"] < LOW and both["alike"] >= NEARLY_ALL * both["gates"]:
        agreed += f" ({both['alike']} of {both['gates']} choices are alike, and almost all of one kind: "
        agreed += "chance alone would agree as often, so that kappa is low)"
    return f"Both readers reviewed {gates}, {both['moved']} of them moved; {len(both['differ'])} differ{agreed}."


def agreement_table(decisions: Sequence[Decision]) -> Table:
    """readers.csv: one row per gate on which the readings differ."""
    differ = (_line(name, first, second) for name, first, second in _both(decisions, {}) if _differs(first, second))
    return Table.from_records(NAME, COLUMNS, list(differ))


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two readers' choices [Cohen 1960]; None where there is nothing, or only one choice, to compare.

    >>> kappa([("moved", "moved"), ("confirmed", "confirmed"), ("confirmed", "moved"), ("confirmed", "confirmed")])
    0.5
    """
    if not pairs:
        return None
    n = len(pairs)
    agreed = sum(a == b for a, b in pairs) / n
    choices = {choice for pair in pairs for choice in pair}
    chance = sum(sum(a == c for a, _ in pairs) * sum(b == c for _, b in pairs) for c in choices) / n**2
    return None if chance == 1.0 else (agreed - chance) / (1.0 - chance)


def bias_and_cv(pairs: Sequence[tuple[float, float]]) -> dict[str, float | None]:
    """Mean difference of two readers (second - first), and their CV [%] by the SD of the differences over root 2.

    >>> bias_and_cv([(10.0, 11.0), (20.0, 21.0)])
    {'bias': 1.0, 'cv_percent': 0.0}
    """
    if not pairs:
        return {"bias": None, "cv_percent": None}
    differences = [second - first for first, second in pairs]
    bias = sum(differences) / len(pairs)
    mean = sum(first + second for first, second in pairs) / (2 * len(pairs))
    if len(pairs) < 2 or mean == 0:
        return {"bias": bias, "cv_percent": None}
    sd = math.sqrt(sum((d - bias) ** 2 for d in differences) / (len(pairs) - 1)) / math.sqrt(2)
    return {"bias": bias, "cv_percent": 100.0 * sd / mean}


def _both(decisions: Sequence[Decision], gates: GatesOfTubes) -> Iterator[tuple[str, Decision, Decision]]:
    """(population, first reader's last word, second reader's) of every gate that both looked at.

    A tube that both confirmed is each of its `gates`; one whose gates are not named is one of population "".
    """
    first, second = (_last_words([one for one in decisions if one.wish.reading == reading]) for reading in (1, 2))
    seen = [looks(decisions, reading) for reading in (1, 2)]
    for file, tube, population in dict.fromkeys((*first, *second)):
        whole = (file, tube, "")
        one = first.get((file, tube, population)) or first.get(whole)
        other = second.get((file, tube, population)) or second.get(whole)
        if one is None or other is None:
            continue
        placed = gates.get((file, tube), ())
        if population or not placed or not one.wish.action == other.wish.action == CONFIRMED:
            yield population, one, other
            continue
        for gate in placed:
            own = (file, tube, gate)
            if own not in first and own not in second and all(gate in by[file, tube].decided([gate]) for by in seen):
                yield gate, one, other


def _last_words(decisions: Sequence[Decision]) -> Mapping[Gate, Decision]:
    """Gate -> the last standing decision about it, notes aside; a tube's own under the population ""."""
    return {
        (one.wish.file_sha256, one.wish.tube, one.wish.population): one
        for one in standing(decisions)
        if one.wish.file_sha256 and one.wish.action != NOTE
    }


def _choice(one: Decision) -> str:
    return "moved" if one.wish.action in (MOVE, AUTOMATIC) else one.wish.action


def _differs(first: Decision, second: Decision) -> bool:
    return _choice(first) != _choice(second) or _place(first) != _place(second)


def _place(one: Decision) -> Any:
    gate = (one.wish.after or {}).get("gate") or {}
    return gate.get("shape"), gate.get("geometry")


def _number(one: Decision, population: str, name: str) -> float | None:
    """Events or percentage of a population as the reader left it."""
    after = one.wish.after or {}
    values = (after.get("counts") or {}).get(population, {}) if "counts" in after else after
    value = values.get(name)
    return value if isinstance(value, int | float) else None


def _line(population: str, first: Decision, second: Decision) -> dict[str, Cell]:
    about = first if first.wish.population else second
    one, other = (_number(reader, population, "percent") for reader in (first, second))
    return {
        "subject": about.wish.subject,
        "visit": about.wish.visit,
        "tube": about.wish.tube,
        "file": about.wish.file,
        "population": population,
        "first_reader": first.wish.who,
        "second_reader": second.wish.who,
        "first": _choice(first),
        "second": _choice(second),
        "events_first": _number(first, population, "events"),
        "events_second": _number(second, population, "events"),
        "percent_first": one,
        "percent_second": other,
        "difference_percent": None if one is None or other is None else other - one,
        "figures_first": _figures(first),
        "figures_second": _figures(second),
    }


def _figures(one: Decision) -> str:
    """What the reader's move did to the figures of the visit; "" where nothing was moved."""
    before, after = one.wish.before or {}, one.wish.after or {}
    return "; ".join(figures_words(before.get("figures") or {}, after.get("figures") or {}))
