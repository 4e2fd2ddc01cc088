"""A pattern for --pattern that works on a folder whose names could not be read."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise, permutations

from tregate.pipelines.study.names.pattern import Named, by_pattern, pattern

MOST_KINDS = 6
"""Kinds of tube of a study; more are probably counters."""
_PARTS = re.compile(r"[^_\s,;()\[\]]+")
MOST_PARTS = 8


def suggested(stems: Sequence[str], kinds: Sequence[str]) -> str:
    """The pattern by which every name is told whole and each tube is one kind; "" where there is none."""
    if len(stems) < 2:
        return ""
    found = [(_score(stems, kinds, one), i, one) for i, one in enumerate(_patterns(stems[0]))]
    usable = [(score, i, one) for score, i, one in found if score is not None]
    return min(usable)[2] if usable else ""


def _patterns(stem: str) -> Iterator[str]:
    parts = list(_PARTS.finditer(stem))[:MOST_PARTS]
    for fields in (("subject", "visit", "tube"), ("subject", "visit")):
        for chosen in permutations(range(len(parts)), len(fields)):
            names = dict(zip(chosen, fields, strict=True))
            made, end = "", 0
            for i, part in enumerate(parts):
                made += stem[end : part.start()] + (f"{{{names[i]}}}" if i in names else "*")
                end = part.end()
            yield re.sub(r"\*(?:[_\s]\*)+", "*", made + ("*" if stem[end:] else ""))


def _score(stems: Sequence[str], kinds: Sequence[str], written: str) -> tuple[int, int, int] | None:
    wanted = pattern(written)
    named = [by_pattern(stem, wanted) for stem in stems]
    if any(one is None for one in named):
        return None
    whole = [one for one in named if one is not None]
    kind_of: dict[str, str] = {}
    for one, kind in zip(whole, kinds, strict=True):
        if kind_of.setdefault(one.tube, kind) != kind and one.tube:
            return None
    visits = Counter(one.visit for one in whole)
    files = Counter((one, kind) for one, kind in zip(whole, kinds, strict=True))
    tubes = {one.tube or kind for one, kind in zip(whole, kinds, strict=True)}
    if max(files.values()) > 1 or len(tubes) > MOST_KINDS or min(visits.values()) < len(set(kinds)):
        return None
    if any(one.visit.isdigit() and len(one.visit) > len("999") for one in whole):
        return None
    return len(tubes) - len(set(kinds)), len(visits) + len({one.subject for one in whole}), _jumps(written)


def _jumps(written: str) -> int:
    """Fields in another order than subject, visit, tube."""
    order = [written.find(f"{{{field}}}") for field in ("subject", "visit", "tube")]
    present = [at for at in order if at >= 0]
    return sum(a > b for a, b in pairwise(present))


def noisy(named: Sequence[Named], kinds: Sequence[str]) -> bool:
    """Whether tube names probably hold running numbers: many kinds, or kinds of one file each."""
    tubes = Counter(one.tube for one in named if one.tube)
    lone = sum(count == 1 for count in tubes.values())
    return len(tubes) > max(MOST_KINDS, len(set(kinds))) or (len(tubes) > len(set(kinds)) and lone > 1)
