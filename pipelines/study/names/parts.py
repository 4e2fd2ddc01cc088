"""One name taken apart: parts between separators, and which of them are a visit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tregate.pipelines.study.names.visits import LONGEST, is_date, moment

_COARSE = re.compile(r"[^_\s/,;()\[\]]+")
_FINE = re.compile(r"[^_\s/,;()\[\].\-]+")
EDGES = "_- \t/.,;()[]"


@dataclass(frozen=True, slots=True)
class Parts:
    """A name, its parts in order, and where its visit stands."""

    name: str
    spans: tuple[tuple[int, int], ...]
    visit: tuple[int, int] | None = None
    """First and last + 1 part of the visit."""

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(self.name[a:b] for a, b in self.spans)

    @property
    def before(self) -> tuple[str, ...]:
        return self.texts if self.visit is None else self.texts[: self.visit[0]]

    @property
    def after(self) -> tuple[str, ...]:
        return () if self.visit is None else self.texts[self.visit[1] :]

    def between(self, first: int, last: int) -> str:
        """The name from part `first` to part `last` - 1, as it is written."""
        return self.name[self.spans[first][0] : self.spans[last - 1][1]] if last > first else ""

    @property
    def visit_name(self) -> str:
        return "" if self.visit is None else self.between(*self.visit)


def taken_apart(name: str) -> Parts:
    """Parts between underscores, blanks and folders; where that shows no visit, between hyphens and points too."""
    coarse = _parts(name, _COARSE)
    if coarse.visit is not None:
        return coarse
    fine = _parts(name, _FINE)
    return fine if fine.visit is not None else coarse


def _parts(name: str, form: re.Pattern[str]) -> Parts:
    parts = Parts(name, tuple(match.span() for match in form.finditer(name)))
    found = sorted(_candidates(parts))
    return Parts(name, parts.spans, found[0][1]) if found else parts


def _candidates(parts: Parts) -> Iterator[tuple[tuple[int, bool, int, int], tuple[int, int]]]:
    """Every run of parts that is a visit, the likeliest first: no date, not the first part, long, early."""
    count = len(parts.spans)
    for first in range(count):
        for last in range(first + 1, min(count, first + LONGEST) + 1):
            text = parts.between(first, last)
            if "/" in text or moment(text) is None:
                continue
            kind = 2 if is_date(text) else 1 if re.fullmatch(r"[Tt]\d+", text) else 0
            yield (kind, first == 0, first - last, first), (first, last)
