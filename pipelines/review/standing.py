"""What stands of a log: the decisions that were not undone, and what they make of each tube."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tregate.gating.events import PlacedGate
from tregate.gating.units import PopulationName
from tregate.pipelines.interchange.plain_gate import gate_from_plain
from tregate.pipelines.review.decision import AUTOMATIC, EXCLUDE, MOVE, UNDO, Decision, Reading

Gates = Mapping[PopulationName, PlacedGate]


@dataclass(frozen=True, slots=True)
class TubeChanges:
    """What persons changed on one tube."""

    moved: Gates = field(default_factory=dict)
    """Gates that a person placed."""
    kept: Gates = field(default_factory=dict)
    """Gates below a moved one that stay where they were."""
    again: frozenset[str] = frozenset()
    """Populations that their own methods place anew, whatever an earlier run says."""
    excluded: str = ""
    """Why the tube is left out of the tables; "" where it is not."""
    decisions: tuple[Decision, ...] = ()
    """Those behind it, oldest first."""

    @property
    def gates(self) -> Gates:
        """Gates that are used as they are, instead of what their methods find."""
        return {**self.kept, **self.moved}

    @property
    def effect(self) -> tuple[Gates, frozenset[str], str]:
        """What the tables are made by: where it is the same, so are they."""
        return self.gates, self.again, self.excluded


NOTHING = TubeChanges()

TubeOfFile = tuple[str, str]
"""(SHA-256 of the file, kind of tube)."""
ByTube = Mapping[TubeOfFile, TubeChanges]


def standing(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """The decisions that no later one undid; an undone undo counts for nothing. Without the undos themselves."""
    listed = tuple(decisions)
    taken_back = void(listed)
    return tuple(one for one in listed if one.n not in taken_back and one.wish.action != UNDO)


def void(decisions: Sequence[Decision]) -> set[int]:
    """Numbers of the decisions that a later one undid, undone undos among them."""
    found: set[int] = set()
    for decision in reversed(decisions):
        if decision.wish.action == UNDO and decision.n not in found:
            found.add(undone(decision))
    return found


def undone(decision: Decision) -> int:
    """Number of the entry that an undo takes back; 0 where it names none."""
    number = (decision.wish.after or {}).get("undone")
    return number if isinstance(number, int) else 0


def changed_tubes(one: ByTube, other: ByTube) -> set[TubeOfFile]:
    """Tubes of which the two states give other tables."""
    return {tube for tube in {*one, *other} if one.get(tube, NOTHING).effect != other.get(tube, NOTHING).effect}


def changes_by_tube(decisions: Sequence[Decision], reading: Reading = 1) -> dict[TubeOfFile, TubeChanges]:
    """What stands of one reading, by file and kind of tube.

    Raises ValueError where an entry holds no gate: its hash is right, so another program wrote it.
    """
    found: dict[TubeOfFile, TubeChanges] = {}
    for decision in standing([one for one in decisions if one.wish.reading == reading]):
        wish = decision.wish
        if wish.action in (MOVE, AUTOMATIC, EXCLUDE):
            key = wish.file_sha256, wish.tube
            try:
                found[key] = changed(found.get(key, NOTHING), decision)
            except (KeyError, TypeError) as error:
                raise ValueError(f"entry {decision.n} holds no gate: {error}") from None
    return found


def changed(before: TubeChanges, decision: Decision) -> TubeChanges:
    """The tube after one more decision."""
    wish, after = decision.wish, decision.wish.after or {}
    decisions = (*before.decisions, decision)
    if wish.action == EXCLUDE:
        reason = f"{wish.reason} (review by {wish.who}, {decision.time})"
        return replace(before, excluded="; ".join(filter(None, (before.excluded, reason))), decisions=decisions)
    name = PopulationName(wish.population)
    anew = frozenset(after.get("again", ()))
    moved = {at: gate for at, gate in before.moved.items() if at != name}
    kept = {at: gate for at, gate in before.kept.items() if at != name and at not in anew}
    again = (before.again | anew) - {str(name)}
    if wish.action == MOVE:
        moved[name] = gate_from_plain(after["gate"])
    else:
        again |= {str(name)}
    pinned = [gate_from_plain(plain) for plain in after.get("kept", ())]
    kept |= {gate.population: gate for gate in pinned if gate.population not in moved}
    again -= {str(gate.population) for gate in pinned}
    return replace(before, moved=moved, kept=kept, again=again, decisions=decisions)
