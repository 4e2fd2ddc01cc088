"""A gate is moved on one tube: tried while it is dragged, and decided with a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tregate.gating.count.estimates import PopulationCount
from tregate.gating.events import Gated, PlacedGate
from tregate.gating.tube import TubeResult
from tregate.gating.units import PopulationName
from tregate.pipelines.interchange.gates_checked import unusable
from tregate.pipelines.interchange.plain_gate import gate_to_plain
from tregate.pipelines.review.applied import below, in_place
from tregate.pipelines.review.decision import AUTOMATIC, MOVE, UNDO, Decision, Wish, entry
from tregate.pipelines.review.standing import TubeChanges, changes_by_tube
from tregate.pipelines.reviewing.desk import Desk
from tregate.pipelines.reviewing.edits import Edit, EditError, edited
from tregate.pipelines.reviewing.figures import Shown, figures_of_visit, moved
from tregate.pipelines.reviewing.places import FALLBACK, OtherPlaces, as_mapping, fallback_shape
from tregate.pipelines.tubes.records import TubeRecord

BY_HAND = "by hand"
"""Method of a gate that a person placed."""


@dataclass(frozen=True, slots=True)
class Move:
    """What a person asks for."""

    population: str
    edit: Edit | None = None
    """What was drawn; None where a place is chosen."""
    place: str = ""
    """"automatic", "fallback", "baseline", "batch" or "visit D8"."""
    keep_below: bool = False
    """Whether gates below stay where they are."""


@dataclass(frozen=True, slots=True)
class Tried:
    """The tube with the moved gate."""

    gated: Gated
    result: TubeResult
    """With the moved gate's counts."""
    figures: tuple[Shown, ...]
    affected: tuple[str, ...]
    """The population and those below it."""
    after: Mapping[str, Any]
    """`after` of the decision, without events and figures."""
    gate: PlacedGate | None
    """The moved gate; None where it goes back to its method."""
    lost: tuple[str, ...] = ()
    """What happened to gates below that had events or a place before, in words."""
    unmoved: bool = False
    """Whether the gate is where it was, so that nothing changes."""


class UnmovedError(Exception):
    """The gate is where it was."""


def tried(desk: Desk, i: int, move: Move, who: str = "", reason: str = "", *, pictures: bool = True) -> Tried:
    """Gate the tube with the moved gate. Raises EditError where that is no gate, KeyError for no population."""
    with desk.lock:
        record = desk.current(i)
        change = desk.change(i)
    tube = desk.tube(i)
    strategy = tube.order.strategy
    own = gates_of(record)
    name = PopulationName(move.population)
    lower = below(strategy, move.population)
    gate = _gate(desk, i, record, move, who, reason)
    why_kept = f"kept in place when {move.population} was moved: {reason}"
    pinned = [
        replace(own[PopulationName(low)], placed_by=who, reason=why_kept)
        for low in lower
        if move.keep_below and gate_has_place(own.get(PopulationName(low))) and PopulationName(low) not in change.moved
    ]
    unmoved = gate is not None and gate.shape == own[name].shape and not pinned
    after: dict[str, Any] = {
        "gate": None if gate is None else gate_to_plain(gate),
        "place": move.place or "drawn",
        "kept": [gate_to_plain(one) for one in pinned],
        "again": [] if move.keep_below or unmoved else list(lower),
    }
    placed = {} if unmoved else in_place(_after(change, name, gate, pinned, lower, move), _replayed(desk, i))
    beside = {at: one for at, one in own.items() if unmoved or (at != name and at not in lower)}
    affected = (move.population, *lower)
    gated = tube.gated({**placed, **beside}, affected if pictures else ())
    result = desk.made(i, gated)
    figures = _figures(desk, i, result)
    lost = _lost(lower, own, _counts(record), as_mapping(gated.gates), result.counts)
    return Tried(gated, result, figures, affected, after, gate, lost, unmoved)


def _lost(
    lower: Sequence[str],
    own: Mapping[PopulationName, PlacedGate],
    had: Sequence[PopulationCount],
    gates: Mapping[PopulationName, PlacedGate],
    counts: Sequence[PopulationCount],
) -> tuple[str, ...]:
    """Populations below that are empty now, have no place any more, or fell back to another method."""
    before, after = ({str(one.population): one.events for one in each} for each in (had, counts))
    found = []
    for low in lower:
        was, now = own.get(PopulationName(low)), gates.get(PopulationName(low))
        if gate_has_place(was) and not gate_has_place(now):
            found.append(f"{low} finds no place")
        elif before.get(low) and not after.get(low):
            found.append(f"{low}: {before[low]} events → {'not measured' if after.get(low) is None else '0 events'}")
        elif now is not None and now.fallback and was is not None and not was.fallback:
            found.append(f"{low} is placed by its fallback ({now.method})")
    return tuple(found)


def decided(desk: Desk, i: int, move: Move, who: str, reason: str) -> tuple[Tried, Decision]:
    """Move the gate and take it down, with what it did to events and figures."""
    with desk.lock:
        desk.catch_up()
        record = desk.current(i)
        before = figures_of_visit(desk.records, desk.results.sources, record.subject, record.visit)
        made = tried(desk, i, move, who, reason)
        if made.unmoved:
            raise UnmovedError(move.population)
        was, now = moved(before, made.figures)
        wish = desk.wish(
            i,
            who,
            MOVE if made.gate is not None else AUTOMATIC,
            reason,
            population=move.population,
            before={**_state(gates_of(record), _counts(record), move.population), "figures": was},
            after={**made.after, **_numbers(made.result.counts, move.population), "figures": now},
        )
        (decision,) = desk.decide([wish])
        desk.put(i, made.result)
        desk.stale.discard(desk.key(i))
        return made, decision


def undo(desk: Desk, i: int, number: int, who: str, reason: str) -> Decision:
    """Take an entry back: an entry too. Raises EditError where it is not this reading's, or about another tube."""
    with desk.lock:
        desk.catch_up()
        own = [one for one in desk.of_tube(i) if one.n == number]
        if not own:
            raise EditError(f"entry {number} is not about this tube")
        record = desk.current(i)
        population = own[0].wish.population
        before = figures_of_visit(desk.records, desk.results.sources, record.subject, record.visit)
        wish = desk.wish(i, who, UNDO, reason, population=population, after={"undone": number})
        if record.result is not None and own[0].wish.action in (MOVE, AUTOMATIC, UNDO):
            wish = _with_effect(desk, i, wish, record, before)
        (decision,) = desk.decide([wish])
        return decision


def _with_effect(desk: Desk, i: int, wish: Wish, record: TubeRecord, before: Sequence[Shown]) -> Wish:
    """The undo with what it does to the gate, its events and the figures."""
    assert record.result is not None
    number = len(desk.decisions) + 1
    would = changes_by_tube([*desk.decisions, entry(number, "", wish, "")], desk.reading)
    change = would.get((wish.file_sha256, wish.tube), TubeChanges())
    tube = desk.tube(i)
    gated = tube.gated(desk.placed(i, change))
    result = desk.made(i, gated)
    was, now = moved(before, _figures(desk, i, result))
    return replace(
        wish,
        before={**_state(gates_of(record), _counts(record), wish.population), "figures": was},
        after={**(wish.after or {}), **_state(as_mapping(gated.gates), result.counts, wish.population), "figures": now},
    )


def _state(
    gates: Mapping[PopulationName, PlacedGate], counts: Sequence[PopulationCount], population: str
) -> dict[str, Any]:
    """Where a gate is, and what it holds."""
    gate = gates.get(PopulationName(population))
    return {"gate": None if gate is None else gate_to_plain(gate), **_numbers(counts, population)}


def _counts(record: TubeRecord) -> Sequence[PopulationCount]:
    return () if record.result is None else record.result.counts


def looked_at(desk: Desk, i: int) -> dict[str, Any] | None:
    """What a reviewer saw who marks a tube: events and percentage of every population."""
    record = desk.current(i)
    if record.result is None:
        return None
    return {"counts": {str(one.population): _numbers([one], str(one.population)) for one in record.result.counts}}


def gates_of(record: TubeRecord) -> Mapping[PopulationName, PlacedGate]:
    """The tube's gates by population; none where it was not gated."""
    return {} if record.result is None else as_mapping(record.result.gates)


def gate_has_place(gate: PlacedGate | None) -> bool:
    return gate is not None and gate.shape is not None


def _gate(desk: Desk, i: int, record: TubeRecord, move: Move, who: str, reason: str) -> PlacedGate | None:
    own = gates_of(record).get(PopulationName(move.population))
    if move.place == AUTOMATIC:
        return None
    if own is None or own.shape is None:
        raise EditError(f"{move.population} has no place in this tube that could be moved")
    if move.edit is not None:
        shape = edited(own.shape, move.edit)
        place = "drawn"
    else:
        found = _other_shape(desk, i, record, own, move.place)
        if found is None:
            raise EditError(f"{move.population} has no place by {move.place or 'nothing'} on these axes")
        shape, place = found, move.place
    gate = PlacedGate(own.population, own.parent, BY_HAND, shape, {"place": place}, "", who, reason)
    wrong = unusable(gate, desk.tube(i).order.strategy)
    if wrong:
        raise EditError(wrong)
    return gate


def _other_shape(desk: Desk, i: int, record: TubeRecord, own: PlacedGate, place: str) -> Any:
    if place == FALLBACK:
        without = {at: gate for at, gate in gates_of(record).items() if at != own.population}
        return fallback_shape(desk.tube(i), str(own.population), without)
    places = OtherPlaces(desk.records, desk.results.visits, desk.results.baseline)
    return places.shape(record, own, place)


def _after(
    change: TubeChanges,
    name: PopulationName,
    gate: PlacedGate | None,
    pinned: Sequence[PlacedGate],
    lower: Sequence[str],
    move: Move,
) -> TubeChanges:
    """The tube's changes with this one."""
    anew = frozenset() if move.keep_below else frozenset(lower)
    kept = {at: one for at, one in change.kept.items() if at != name and at not in anew}
    moved_gates = {at: one for at, one in change.moved.items() if at != name}
    if gate is not None:
        moved_gates[name] = gate
    kept |= {one.population: one for one in pinned if one.population not in moved_gates}
    again = (change.again | anew | ({str(name)} if gate is None else set())) - {str(one.population) for one in pinned}
    return replace(change, moved=moved_gates, kept=kept, again=frozenset(again))


def _replayed(desk: Desk, i: int) -> Any:
    return None if desk.replayed is None else desk.replayed.get(desk.key(i), {})


def _figures(desk: Desk, i: int, result: TubeResult) -> tuple[Shown, ...]:
    record = desk.records[i]
    here = [replace(one, result=result) if k == i else one for k, one in enumerate(desk.records)]
    return figures_of_visit(here, desk.results.sources, record.subject, record.visit)


def _numbers(counts: Sequence[PopulationCount], population: str) -> dict[str, Any]:
    for count in counts:
        if count.population == population:
            share = count.percent_of_parent
            return {
                "events": count.events,
                "parent_events": count.parent_events,
                "percent": None if share is None else share.value,
            }
    return {}
