"""Names without any known word for a visit: which positions could be subject, visit and tube."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import permutations

from tregate.pipelines.study.names.pattern import Named

_PARTS = re.compile(r"[^_\s/,;()\[\]]+")
LEAST_SHARE = 0.6
"""Share of the subjects that a word must occur with to be taken for a visit."""


def by_positions(names: Sequence[str], kinds: Sequence[str]) -> list[Named]:
    """Subject and visit by position, where one choice of positions makes a trial; else nothing is read.

    A trial: every subject comes at least twice, the words of the visit occur with most subjects, and no two files of
    one kind are the same subject and visit.
    """
    nothing = [Named("", "", "", name) for name in names]
    rows = [_PARTS.findall(name) for name in names]
    width = min(map(len, rows), default=0)
    if len(names) < 4 or width < 2 or len(set(map(len, rows))) > 1:
        return nothing
    choices = [(subject, visit) for subject, visit in _pairs(rows, width) if _is_trial(rows, kinds, subject, visit)]
    if len(choices) != 1:
        return nothing
    subject, visit = choices[0]
    return [Named(row[subject], row[visit]) for row in rows]


def _pairs(rows: Sequence[Sequence[str]], width: int) -> Iterator[tuple[int, int]]:
    """Positions of words for a visit hold letters: numbers alone may be anything."""
    for subject, visit in permutations(range(width), 2):
        if subject < visit and all(re.search(r"[^\W\d]", row[visit]) for row in rows):
            yield subject, visit


def _is_trial(rows: Sequence[Sequence[str]], kinds: Sequence[str], subject: int, visit: int) -> bool:
    keys = {(row[subject], row[visit], kind) for row, kind in zip(rows, kinds, strict=True)}
    visits_of: dict[str, set[str]] = defaultdict(set)
    subjects_of: dict[str, set[str]] = defaultdict(set)
    kinds_of: dict[str, set[str]] = defaultdict(set)
    for row, kind in zip(rows, kinds, strict=True):
        visits_of[row[subject]].add(row[visit])
        subjects_of[row[visit]].add(row[subject])
        kinds_of[row[visit]].add(kind)
    all_kinds = set(kinds)
    goes_with_kind = len(all_kinds) > 1 and all(len(found) == 1 for found in kinds_of.values())
    return (
        len(keys) == len(rows)
        and len(visits_of) > 1
        and len(subjects_of) > 1
        and not goes_with_kind
        and all(len(found) > 1 for found in visits_of.values())
        and all(len(found) >= LEAST_SHARE * len(visits_of) for found in subjects_of.values())
    )
