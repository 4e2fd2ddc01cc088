"""What counts as reviewed: a tube as a whole, or each of its gates."""

from collections.abc import Sequence

import pytest

from tregate.pipelines.review.coverage import NOT_LOOKED_AT, Coverage, coverage, looks
from tregate.pipelines.review.decision import AUTOMATIC, EXCLUDE, MOVE, UNDO, Decision, Wish, entry

TUBE = ("f" * 64, "T")
GATES = ("CD3+", "CD4+", "CD8+")


def log(*said: tuple[str, str] | tuple[str, str, dict[str, object]], reading: int = 1) -> list[Decision]:
    """(action, gate, and what `after` has) of each entry about the tube."""
    found = []
    for n, (action, gate, *more) in enumerate(said, start=1):
        after = dict(more[0]) if more else None
        wish = Wish("A", action, tube="T", file_sha256=TUBE[0], population=gate, after=after, reading=reading)  # type: ignore[arg-type]
        found.append(entry(n, "", wish, ""))
    return found


def decided(decisions: Sequence[Decision]) -> list[str]:
    return sorted(looks(decisions, 1).get(TUBE, NOT_LOOKED_AT).decided(GATES))


def is_reviewed(decisions: Sequence[Decision]) -> bool:
    return coverage([(TUBE, GATES)], decisions, 1) == Coverage(1, 1)


CONFIRMED, AGAIN = "confirmed", "to review again"


def test_one_gate_is_not_the_tube() -> None:
    one = log((CONFIRMED, "CD4+"), (MOVE, "CD8+", {"again": []}))
    assert decided(one) == ["CD4+", "CD8+"]
    assert not is_reviewed(one)
    assert is_reviewed(log((CONFIRMED, "CD4+"), (MOVE, "CD8+"), (AUTOMATIC, "CD3+")))
    assert is_reviewed(log((CONFIRMED, "")))
    assert is_reviewed(log((EXCLUDE, "")))
    assert not is_reviewed(log(("note", "")))


def test_gates_that_a_move_placed_again_are_to_be_reviewed_again() -> None:
    moved = ((CONFIRMED, ""), (MOVE, "CD3+", {"again": ["CD4+", "CD8+"]}))
    assert decided(log(*moved)) == ["CD3+"]
    assert is_reviewed(log(*moved, (CONFIRMED, "CD4+"), (CONFIRMED, "CD8+")))
    assert is_reviewed(log(*moved, (CONFIRMED, "")))
    assert is_reviewed(log(*moved, (UNDO, "CD3+", {"undone": 2}))), "as before the move"
    assert is_reviewed(log((CONFIRMED, ""), (MOVE, "CD3+", {"again": []}))), "those below were kept"


def test_a_gate_to_review_again_reopens_its_tube() -> None:
    assert decided(log((CONFIRMED, ""), (AGAIN, "CD4+"))) == ["CD3+", "CD8+"]
    assert decided(log((CONFIRMED, "CD3+"), (AGAIN, ""))) == []
    assert not is_reviewed(log((EXCLUDE, ""), (AGAIN, "")))


def test_the_other_reading_counts_for_nothing() -> None:
    assert not is_reviewed(log((CONFIRMED, ""), reading=2))


@pytest.mark.parametrize(("said", "reviewed"), [((CONFIRMED, ""), 1), ((CONFIRMED, "CD4+"), 0)])
def test_a_tube_without_placed_gates_is_marked_as_a_whole(said: tuple[str, str], reviewed: int) -> None:
    assert coverage([(TUBE, ())], log(said), 1) == Coverage(reviewed, 1)
