"""The name that was probably meant, where a name is unknown."""

from collections.abc import Iterable

FARTHEST = 2
"""Typing errors that a suggestion may bridge."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that differs by one or two typing errors; "" where none or more than one does.

    At most a third of the longer name may differ, so that `date` never suggests `dataset`. A difference in case alone
    counts as none.

    Examples
    --------
    >>> nearest("bead_lto", ["bead_lot", "beads_per_ul"])
    'bead_lot'
    >>> nearest("date", ["dataset"])
    ''
    """
    found: dict[int, list[str]] = {}
    for other in dict.fromkeys(known):
        limit = min(FARTHEST, max(len(name), len(other)) // 3)
        if abs(len(name) - len(other)) > limit or other == name:
            continue
        distance = edit_distance(name.casefold(), other.casefold())
        if distance <= limit:
            found.setdefault(distance, []).append(other)
    closest = found[min(found)] if found else []
    return closest[0] if len(closest) == 1 else ""


def edit_distance(one: str, other: str) -> int:
    """Insertions, deletions, substitutions and exchanges of neighbours that turn one into the other.

    Optimal string alignment [Damerau 1964, Levenshtein 1966].
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
