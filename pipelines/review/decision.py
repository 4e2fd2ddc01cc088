"""Decision: what one person decided about one tube, gate or study; one line of audit.jsonl.

| action | population | before, after |
|---|---|---|
| move | the gate's | the gate's place, its events and the figures of the visit; `after` has `kept` gates too |
| automatic | the gate's | the same; the gate goes back to its method |
| undo | as undone | `after.undone`: number of the entry that no longer counts |
| confirmed, to review again, note | the gate's, or "" for the whole tube | nothing |
| exclude | "" | nothing; the tube is left out of the tables |
| sign, reopen | "" | `after`: statement and the SHA-256 of run.json |
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Json = Mapping[str, Any]

MOVE, AUTOMATIC, UNDO, EXCLUDE, SIGN, REOPEN = "move", "automatic", "undo", "exclude", "sign", "reopen"
NOTE = "note"
MARKS = ("confirmed", "to review again", NOTE)
ACTIONS = (MOVE, AUTOMATIC, UNDO, EXCLUDE, *MARKS, SIGN, REOPEN)
NEED_REASON = frozenset({MOVE, AUTOMATIC, UNDO, EXCLUDE, REOPEN, "to review again", "note"})
"""Actions that change a figure, or say nothing without words."""

Reading = Literal[1, 2]
"""1: the reading that the tables are made by; 2: a second reader's, blind to the first."""

LONGEST = 1000
"""Characters of a name or a reason."""
UNWRITABLE = ("Cc", "Cs")
"""Categories of characters that no table can hold: control characters, halves of pairs."""

START = "0" * 64
"""What the first entry names as its predecessor's hash."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A decision before it has its place in the log."""

    who: str
    action: str
    subject: str = ""
    visit: str = ""
    tube: str = ""
    file: str = ""
    file_sha256: str = ""
    """"" where the whole study is meant."""
    population: str = ""
    """"" where the whole tube is meant."""
    before: Json | None = None
    after: Json | None = None
    reason: str = ""
    reading: Reading = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """An entry of the log."""

    n: int
    """From 1."""
    time: str
    """ISO 8601, UTC, by the clock of the machine that keeps the log."""
    wish: Wish
    previous_sha256: str
    sha256: str


def problem_of(wish: Wish) -> str:
    """Why the decision cannot be taken down, in words; "" where it can."""
    if wish.action not in ACTIONS:
        return f'"{wish.action}" is not one of {", ".join(ACTIONS)}'
    if not wish.who.strip():
        return "the name of the reviewer is missing"
    if wish.action in NEED_REASON and not wish.reason.strip():
        return "the reason is missing"
    for what, text in (("name", wish.who), ("reason", wish.reason)):
        if len(text) > LONGEST:
            return f"the {what} has {len(text)} characters, at most {LONGEST} are kept"
        if any(unicodedata.category(sign) in UNWRITABLE for sign in text):
            return f"the {what} has a control character, which no table can hold"
    return ""


def entry(n: int, time: str, wish: Wish, previous_sha256: str) -> Decision:
    """The decision at its place, with its hash."""
    return Decision(n, time, wish, previous_sha256, _sha256(_plain(n, time, wish, previous_sha256)))


def line_of(decision: Decision) -> str:
    """The line of the log, without its end."""
    plain = _plain(decision.n, decision.time, decision.wish, decision.previous_sha256)
    return _text({**plain, "sha256": decision.sha256})


def decision_of(line: str) -> Decision:
    """The decision of a line. Raises ValueError where it is not what `line_of` wrote."""
    plain = json.loads(line)
    if not isinstance(plain, dict):
        raise ValueError("the line is no object of JSON")
    try:
        wish = Wish(
            **{name: plain[name] for name in ("who", "action", "subject", "visit", "tube", "file", "file_sha256")},
            **{name: plain[name] for name in ("population", "before", "after", "reason", "reading")},
        )
        found = Decision(plain["n"], plain["time"], wish, plain["previous_sha256"], plain["sha256"])
    except KeyError as error:
        raise ValueError(f"the entry has no {error}") from None
    if line_of(found) != line or entry(found.n, found.time, wish, found.previous_sha256) != found:
        raise ValueError("the entry is not what its SHA-256 says")
    return found


def _plain(n: int, time: str, wish: Wish, previous_sha256: str) -> dict[str, Any]:
    return {
        "n": n,
        "time": time,
        "who": wish.who,
        "action": wish.action,
        "subject": wish.subject,
        "visit": wish.visit,
        "tube": wish.tube,
        "file": wish.file,
        "file_sha256": wish.file_sha256,
        "population": wish.population,
        "before": wish.before,
        "after": wish.after,
        "reason": wish.reason,
        "reading": wish.reading,
        "previous_sha256": previous_sha256,
    }


def _text(plain: Mapping[str, Any]) -> str:
    return json.dumps(plain, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _sha256(plain: Mapping[str, Any]) -> str:
    return hashlib.sha256(_text(plain).encode("ascii")).hexdigest()
