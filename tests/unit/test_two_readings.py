"""Agreement of two readings: which gates both looked at, and what they chose."""

from tregate.pipelines.review.agreement import agreement, words_of
from tregate.pipelines.review.decision import MOVE, Decision, Wish, entry

FILE, KIND = "f" * 64, "TREG"
TUBE = (FILE, KIND)
GATES = {TUBE: ("lymphocytes", "CD4+", "Treg")}
Said = tuple[int, str, str]
"""(reading, action, gate)."""


def log(*said: Said, again: tuple[str, ...] = ()) -> list[Decision]:
    found = []
    for n, (reading, action, gate) in enumerate(said, start=1):
        after = {"gate": {"shape": "range", "geometry": n}, "again": again} if action == MOVE else None
        who = "AB"[reading - 1]
        wish = Wish(who, action, tube=KIND, file_sha256=FILE, population=gate, after=after, reading=reading)  # type: ignore[arg-type]
        found.append(entry(n, "", wish, ""))
    return found


def numbers(decisions: list[Decision]) -> tuple[int, int, int]:
    both = agreement(decisions, GATES)
    return both["gates"], both["moved"], len(both["differ"])


def test_a_tube_that_both_confirmed_is_each_of_its_gates_and_has_no_kappa() -> None:
    both = agreement(log((1, "confirmed", ""), (2, "confirmed", "")), GATES)
    assert (both["gates"], both["moved"], both["kappa"]) == (3, 0, None)
    assert "3 gates, and neither moved any" in both["words"]


def test_a_gate_that_one_moved_is_counted_once() -> None:
    decisions = log((1, MOVE, "CD4+"), (1, "confirmed", ""), (2, "confirmed", ""))
    assert numbers(decisions) == (3, 1, 1)
    assert agreement(decisions, GATES)["kappa"] == 0.0


def test_a_gate_that_was_placed_again_and_not_looked_at_since_is_none_of_them() -> None:
    assert numbers(log((1, "confirmed", ""), (1, MOVE, "CD4+"), (2, "confirmed", ""), again=("Treg",))) == (2, 1, 1)


def test_a_note_is_no_choice() -> None:
    moved = ((1, MOVE, "CD4+"), (2, MOVE, "CD4+"))
    assert numbers(log(*moved, (1, "note", "CD4+"))) == (1, 1, 1)
    assert numbers(log(*moved)) == (1, 1, 1)
    assert numbers(log((1, "note", ""), (2, "confirmed", ""))) == (0, 0, 0)


def test_the_sentence_has_kappa_where_there_is_one() -> None:
    one = {"gates": 1, "moved": 1, "differ": [1], "kappa": 0.5}
    assert words_of(one) == "Both readers reviewed 1 gate, 1 of them moved; 1 differ; kappa of their choices 0.50."
