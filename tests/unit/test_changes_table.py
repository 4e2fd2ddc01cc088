"""changes.csv: of each gate one change stands, the one that it is at."""

from tregate.pipelines.review.changes_table import changes_table
from tregate.pipelines.review.decision import AUTOMATIC, EXCLUDE, MOVE, UNDO, Decision, Wish, entry

Said = tuple[str, str] | tuple[str, str, int]
"""(action, gate, and the entry that an undo takes back)."""


def stands(*said: Said) -> list[str]:
    found: list[Decision] = []
    for n, (action, gate, *more) in enumerate(said, start=1):
        after = {"undone": more[0]} if more else None
        wish = Wish("A", action, tube="T", file="a.fcs", file_sha256="f" * 64, population=gate, after=after, reason="r")
        found.append(entry(n, "", wish, ""))
    return [str(row["stands"]) for row in changes_table(found).records()]


def test_a_later_place_of_the_same_gate_replaces_the_earlier_one_and_the_undo() -> None:
    assert stands((MOVE, "CD4+"), (UNDO, "CD4+", 1), (MOVE, "CD4+")) == ["no", "no", "yes"]
    assert stands((MOVE, "CD4+"), (MOVE, "CD4+"), (MOVE, "CD8+")) == ["no", "yes", "yes"]
    assert stands((MOVE, "CD4+"), (AUTOMATIC, "CD4+")) == ["no", "yes"]


def test_an_undo_stands_where_it_is_the_end() -> None:
    assert stands((MOVE, "CD4+"), (UNDO, "CD4+", 1)) == ["no", "yes"]
    assert stands((MOVE, "CD4+"), (MOVE, "CD4+"), (UNDO, "CD4+", 2)) == ["yes", "no", "no"], "back at the first place"
    assert stands((MOVE, "CD4+"), (UNDO, "CD4+", 1), (UNDO, "CD4+", 2)) == ["yes", "no", "no"], "undo undone"
    assert stands((EXCLUDE, ""), (UNDO, "", 1)) == ["no", "yes"]
    assert stands((EXCLUDE, ""), (MOVE, "CD4+"), (UNDO, "CD4+", 2)) == ["yes", "no", "yes"]
