"""Confirmations that say nothing new: by the same person, of gates about which nothing changed since."""

from collections.abc import Iterator

from tregate.pipelines.review.coverage import CONFIRMED
from tregate.pipelines.review.decision import NOTE, Decision, Wish
from tregate.pipelines.review.standing import standing
from tregate.pipelines.review.two_readers import person
from tregate.pipelines.reviewing.desk import Desk
from tregate.pipelines.reviewing.moving import looked_at


def is_repeated(desk: Desk, i: int, wish: Wish) -> bool:
    """Whether the person confirmed the same before, and gives no other reason now."""
    if wish.action != CONFIRMED or desk.signed:
        return False
    last = next((one for one in _confirmations(desk, i, wish.population) if _is_by(one, wish.who)), None)
    return last is not None and last.wish.after == wish.after and wish.reason.strip() in ("", last.wish.reason.strip())


def confirmed_by(desk: Desk, i: int) -> list[str]:
    """Who confirmed the whole tube as it is now, the last one first; empty while it waits to be gated again."""
    found = list(_confirmations(desk, i, ""))
    if not found or desk.key(i) in desk.stale:
        return []
    now = looked_at(desk, i)
    return list(dict.fromkeys(one.wish.who for one in found if one.wish.after == now))


def _confirmations(desk: Desk, i: int, population: str) -> Iterator[Decision]:
    """Of a tube ("") or one gate of it, the last one first, back to whatever else was decided but notes."""
    for one in reversed(standing(desk.of_tube(i))):
        if one.wish.action == CONFIRMED:
            if one.wish.population == population:
                yield one
        elif one.wish.action != NOTE:
            return


def _is_by(one: Decision, who: str) -> bool:
    return person(one.wish.who) == person(who)
