"""A pattern for --pattern that works on a folder whose names could not be read."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise, permutations

from tregate.pipelines.study.names.pattern import Named

MOST_KINDS = 6
"""Kinds of tube of a study; more are probably counters."""
_PARTS = re.compile(r"[^_\s,;()\[\]]+")
MOST_PARTS = 8
_NO_NAME = re.compile(
    r"tubes?|specimens?|samples?|probe|proben|rohr|röhrchen|roehrchen|échantillon|echantillon|muestra|campione|monster|"
    r"well|plate|panel|file|data|fcs|export|exported|copy|exp|experiment|run|acq|acquisition",
    re.IGNORECASE,
)
"""Words for what is in every folder, of no subject and no visit."""


def suggested(stems: Sequence[str], kinds: Sequence[str]) -> str:
    """The pattern by which every name is read whole and each tube is one kind; "" where there is none.

    A part with another value in every file is a running number, and "Tube" or "Specimen" is no visit: neither is
    suggested as subject or visit.

    Names must have the same separators in the same order: then a pattern can fit them in one way only.
    """
    if len(stems) < 2 or len({tuple(_PARTS.split(stem)) for stem in stems}) > 1:
        return ""
    rows = [_PARTS.findall(stem) for stem in stems]
    count = len(rows[0])
    if not 2 <= count <= MOST_PARTS:
        return ""
    found: list[tuple[tuple[int, int], int, int, dict[str, int]]] = []
    for fields in (("subject", "visit", "tube"), ("subject", "visit")):
        for chosen in permutations(range(count), len(fields)):
            names = dict(zip(fields, chosen, strict=True))
            named = [Named(**{field: row[i] for field, i in names.items()}) for row in rows]
            score = _score(named, kinds)
            if score is not None:
                found.append((score, sum(one > other for one, other in pairwise(chosen)), len(found), names))
    if not found:
        return ""
    at = {i: field for field, i in min(found, key=lambda one: one[:3])[3].items()}
    parts = iter(range(count))
    return _PARTS.sub(lambda _: f"{{{at[i]}}}" if (i := next(parts)) in at else "*", stems[0])


def _score(named: Sequence[Named], kinds: Sequence[str]) -> tuple[int, int] | None:
    """How few kinds of tube, visits and subjects names give; None where they give no trial."""
    kind_of: dict[str, str] = {}
    for one, kind in zip(named, kinds, strict=True):
        if one.tube and kind_of.setdefault(one.tube, kind) != kind:
            return None
    visits = Counter(one.visit for one in named)
    files = Counter((one, kind) for one, kind in zip(named, kinds, strict=True))
    tubes = {one.tube or kind for one, kind in zip(named, kinds, strict=True)}
    if max(files.values()) > 1 or len(tubes) > MOST_KINDS or min(visits.values()) < len(set(kinds)):
        return None
    subjects = {one.subject for one in named}
    if len(named) in (len(subjects), len(visits)):  # a running number, and no subject or visit
        return None
    if len(set(kinds)) < len({one.tube for one in named}) == len(named):
        return None
    alone = {word.rstrip("0123456789") for word in (*visits, *(subjects if len(subjects) == 1 else ()))}
    if any(map(_NO_NAME.fullmatch, (*alone, *subjects))):
        return None
    if any(one.visit.isdigit() and len(one.visit) > len("999") for one in named):
        return None
    return len(tubes) - len(set(kinds)), len(visits) + len(subjects)


def noisy(named: Sequence[Named], kinds: Sequence[str]) -> bool:
    """Whether tube names probably hold running numbers: many kinds, or kinds of one file each."""
    tubes = Counter(one.tube for one in named if one.tube)
    lone = sum(count == 1 for count in tubes.values())
    return len(tubes) > max(MOST_KINDS, len(set(kinds))) or (len(tubes) > len(set(kinds)) and lone > 1)
