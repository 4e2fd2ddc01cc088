"""FMO files of a folder: which marker each lacks, and of whose tube it is a control."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import is_physical
from tregate.pipelines.study.names.pattern import Named

_FMO = re.compile(r"fmo|fmx|fm1|fluorescence[ _-]?minus[ _-]?one", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fmo:
    """What the name of an FMO file says. "" is not known."""

    named: Named
    marker: str


def fmo(inside: str, samples: Sequence[tuple[Named, str]], strategies: Mapping[str, Strategy]) -> Fmo:
    """The control that a file is by its name, folder included, beside the samples (names, strategy) of the folder.

    Subject and visit are those of a sample whose both names it contains; the tube is the one that gates the marker.
    """
    used = {strategy: strategies[strategy] for _, strategy in samples}
    marker = _marker(inside, (str(m) for strategy in used.values() for m in strategy.markers))
    words = _words(inside)
    beside = [
        named
        for named, strategy in samples
        if named.subject and named.visit and _within(named.subject, words) and _within(named.visit, words)
        and (not marker or marker in used[strategy].markers)
    ]  # fmt: skip
    places = {(named.subject, named.visit) for named in beside}
    tubes = {named.tube for named in beside} or {
        named.tube for named, strategy in samples if marker and marker in used[strategy].markers
    }
    subject, visit = places.pop() if len(places) == 1 else ("", "")
    return Fmo(Named(subject, visit, tubes.pop() if len(tubes) == 1 else ""), marker)


def _marker(inside: str, markers: Iterable[str]) -> str:
    """The marker beside the word FMO: after it, else before it."""
    found = _FMO.search(inside)
    if found is None:
        return ""
    after, before = _plain(inside[found.end() :]), _plain(inside[: found.start()])
    known = sorted({m for m in markers if not is_physical(m)}, key=lambda m: (-len(_plain(m)), m))
    first = next((m for m in known if after.startswith(_plain(m))), "")
    return first or next((m for m in known if before.endswith(_plain(m))), "")


def _within(name: str, words: Sequence[str]) -> bool:
    """Whether the words of a name follow each other in these words."""
    wanted = _words(name)
    return any(list(words[i : i + len(wanted)]) == wanted for i in range(len(words) - len(wanted) + 1))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())
