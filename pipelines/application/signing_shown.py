"""The signatures of a run as the page shows them, and which readings can be made and signed now."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from tregate.pipelines.review.decision import REOPEN, SIGN, Decision
from tregate.pipelines.review.signed import Signature, set_aside, signatures

NOT_READ = "There is no second reading to sign: it is made with Second reading, before the first signature."
LOCKED = "The study is signed, and so locked. A second reading comes before the first signature: open the study again."
BOTH = "Both readers have signed."


def signing_json(out: Path, decisions: Sequence[Decision]) -> dict[str, Any]:
    """Every signature, those from before the study was opened again too; what can be read and signed, or why not."""
    now = signatures(out, decisions)
    signed = {one.entry.wish.reading for one in now}
    second = any(one.wish.reading == 2 and one.wish.action not in (SIGN, REOPEN) for one in decisions)
    can_sign = [1 not in signed, 2 not in signed and second]
    return {
        "signatures": [_signature(one) for one in now],
        "set_aside": [
            f"{_reader(one.entry)} {one.words} - no longer valid: {opened.wish.who} opened the study again, "
            f"{opened.time}: {opened.wish.reason}"
            for one, opened in set_aside(decisions)
        ],
        "second_refused": LOCKED if now else "",
        "can_sign": can_sign,
        "sign_refused": _why_not(can_sign, signed),
    }


def _signature(one: Signature) -> dict[str, Any]:
    return {
        "who": one.entry.wish.who,
        "time": one.entry.time,
        "words": f"{_reader(one.entry)} {one.words}",
        "broken": list(one.broken),
    }


def _reader(entry: Decision) -> str:
    return "Second reader:" if entry.wish.reading == 2 else "First reader:"


def _why_not(can_sign: Sequence[bool], signed: Collection[int]) -> str:
    """Why one of the readings, or both, cannot be signed now; "" where that needs no words."""
    if len(signed) == 2:
        return BOTH
    if not any(can_sign):
        return LOCKED
    return NOT_READ if not signed and not can_sign[1] else ""
