"""Names in a compensation matrix -> channels of a file: exactly, else by what exports change, where that is unique.

Exports change case, write `.`, `_` or a blank for `-`, add `Comp-` or `FJComp-`, put `<>` about a name and drop `-A`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_COMPENSATED = re.compile(r"<?\s*(?:FJ)?Comp[-._ ]+", re.IGNORECASE)
_MARKS = re.compile(r"[\s._/:<>()-]+")


@dataclass(frozen=True, slots=True)
class Matched:
    """Where the names of a matrix are in a file."""

    indices: tuple[int | None, ...]
    """0-based position per name; None: no channel, or several."""
    renamed: tuple[tuple[str, str], ...] = ()
    """(as the matrix writes it, as the file does) of names that are not the same letter by letter."""
    twice: tuple[str, ...] = ()
    """Names that several channels of the file have."""


def says_compensated(name: str) -> bool:
    """Whether a channel is called as software calls it that has compensated it: "Comp-FITC-A", "FJComp-PE-A"."""
    return _COMPENSATED.match(name.strip()) is not None


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """What is left of a name without what exports change.

    >>> plain_name("FJComp-FITC.A"), plain_name("<FL1>"), plain_name("PerCP Cy5.5-A")
    ('fitc-a', 'fl1', 'percp-cy5-5-a')
    """
    text = name.strip().strip("<>").strip()
    while _COMPENSATED.match(text):
        text = _COMPENSATED.sub("", text, count=1)
    return _MARKS.sub("-", text).strip("-").casefold()


def match_names(written: Sequence[str], names: Sequence[str], other: Sequence[str] = ()) -> Matched:
    """Find each written name among a file's channels.

    names: `$PnN` in file order; other: a second name per channel (`$PnS`), asked where the first does not answer.
    """
    exact = [_exact(one, names, other) for one in written]
    taken = {index for index in exact if index is not None}
    indices, renamed, twice = [], [], []
    for name, index in zip(written, exact, strict=True):
        if index is None and list(names).count(name) > 1:
            twice.append(name)
        elif index is None:
            index = _loosely(name, names, other)
            if index in taken:
                index = None
            if index is not None:
                renamed.append((name, str(names[index])))
        indices.append(index)
    return Matched(tuple(indices), tuple(renamed), tuple(dict.fromkeys(twice)))


def _exact(name: str, names: Sequence[str], other: Sequence[str]) -> int | None:
    for texts in (names, other):
        found = [i for i, text in enumerate(texts) if text == name and name]
        if len(found) == 1:
            return found[0]
        if found:
            return None
    return None


def _loosely(name: str, names: Sequence[str], other: Sequence[str]) -> int | None:
    """The one channel whose plain name is the same; `-A` is added or dropped only where nothing else fits."""
    wanted = plain_name(name)
    if not wanted:
        return None
    without = wanted.removesuffix("-a")
    for accepted in ({wanted}, {without, f"{without}-a"}):
        for texts in (names, other):
            found = [i for i, text in enumerate(texts) if plain_name(text) in accepted]
            if found:
                return found[0] if len(found) == 1 else None
    return None


def renamed_words(renamed: Sequence[tuple[str, str]], at_most: int = 4) -> str:
    """ "FITC.A as FITC-A, ..." for a message."""
    shown = ", ".join(f"{written} as {name}" for written, name in renamed[:at_most])
    more = len(renamed) - at_most
    return f"{shown} and {more} more" if more > 0 else shown
