"""Names of populations in an imported strategy: the paths of the file, but for those that a strategy cannot use."""

import re
from collections.abc import Iterable

from tregate.gating.strategy.schema import ALL

RESERVED = frozenset({ALL})
"""Names that mean something else in a strategy."""


class StrategyNames:
    """What each gate is called in a strategy, and names for helpers that are no gate of the file."""

    def __init__(self, paths: Iterable[str]) -> None:
        of_file = tuple(paths)
        self._taken = {*RESERVED, *of_file}
        self._helpers: dict[str, str] = {}
        self.renamed = {path: self._free(_usable(path)) for path in of_file if _usable(path) != path}
        """Path -> name, where they differ."""

    def of(self, path: str) -> str:
        """Name of the gate of a path; "all" for no path, which is every event."""
        return self.renamed.get(path, path) if path else ALL

    def helper(self, wanted: str) -> str:
        """A name that no gate has; the same for the same wish."""
        if wanted not in self._helpers:
            self._helpers[wanted] = self._free(wanted)
        return self._helpers[wanted]

    def _free(self, wanted: str) -> str:
        name = free_name(wanted, self._taken)
        self._taken.add(name)
        return name


def _usable(path: str) -> str:
    """Tables keep no control characters, and no spaces at the ends of a cell."""
    name = cleaned(path).strip()
    return name if name and name not in RESERVED else f"{name} (gate)".strip()


def cleaned(text: str) -> str:
    """With a space for every control character, as names of gates are shown and referred to."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text)


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """`wanted`, or with the first number from 2 on that is not taken.

    >>> free_name("t", {"t", "t (2)"})
    't (3)'
    """
    known = taken if isinstance(taken, set | frozenset) else frozenset(taken)
    number, name = 1, wanted
    while name in known:
        number += 1
        name = f"{wanted} ({number})"
    return name
