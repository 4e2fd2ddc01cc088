"""Two readings are by two persons: one person decides in one reading only."""

import unicodedata
from collections.abc import Iterable

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.review.decision import REOPEN, UNDO, Decision, Reading, Wish
from tregate.pipelines.review.standing import standing

ORDINALS = {1: "first", 2: "second"}


def refuse_reader_of_both(decisions: Iterable[Decision], wishes: Iterable[Wish]) -> None:
    """Raise ConfigurationError where a wish is by a person who decided in the other reading.

    Undo is free, so that an entry of the wrong reading can be taken back.
    """
    there = {(person(one.wish.who), one.wish.reading) for one in standing(decisions) if one.wish.action != REOPEN}
    for wish in wishes:
        other: Reading = 1 if wish.reading == 2 else 2
        if wish.action not in (UNDO, REOPEN) and (person(wish.who), other) in there:
            message = f"{wish.who.strip()} is the {ORDINALS[other]} reader of this run"
            remedy = f"The {ORDINALS[wish.reading]} reading is by another person: type that person's name."
            raise ConfigurationError([Problem("name", None, f"{message}.", remedy)])


def person(name: str) -> str:
    """A name without differences of case and of spaces.

    >>> person("  A.  Reader ") == person("a. reader")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
