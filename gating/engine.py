"""The engine: one walk of the strategy's tree over the events of a tube.

Where every place is known beforehand the walk goes block by block, so that one pass over the file is one
pass over memory. Where places are to be found it goes gate by gate, since a method must see all events of
the parent. Both apply the same shapes to the same frames.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from tregate.gating.binned_density import bin_parent
from tregate.gating.event_subsets import Block, EventSubset, blocks, is_large
from tregate.gating.events import Density, Gated, PlacedGate, Prepared, Scalar
from tregate.gating.findings import Finding, Severity
from tregate.gating.geometry.contains import Mask, contains
from tregate.gating.geometry.shapes import Axis, Shape
from tregate.gating.placement import FIXED, NotPlaced, View, place
from tregate.gating.placement.borrow import locked
from tregate.gating.placement.view import NO_REFERENCES, ReferenceTubes
from tregate.gating.strategy.gates import Gate, LearnedGate
from tregate.gating.strategy.schema import ALL, Population, Strategy
from tregate.gating.units import Marker, PopulationName

SECOND_OPINION = "second opinion"
"""Method of a gate that could not be placed and takes another population's events."""

Bits = npt.NDArray[np.uint8]


def gate(
    prepared: Prepared,
    strategy: Strategy,
    replay: Mapping[PopulationName, PlacedGate] | None = None,
    densities: bool = False,
    others: ReferenceTubes = NO_REFERENCES,
    drawn: Collection[str] | None = None,
) -> Gated:
    """Place and apply every gate of the strategy; membership of every event in every population.

    `drawn`: with `densities`, the populations whose parents are binned; None bins all.

    A population whose marker is missing, whose gate finds no place or whose parent has no number is
    `unmeasured`, with the reason. A cleaning step that cannot be made is skipped and hands its parent on.
    """
    return _Walk(prepared, strategy, replay or {}, densities, others, drawn).run()


def parent_view(
    prepared: Prepared,
    strategy: Strategy,
    population: PopulationName,
    replay: Mapping[PopulationName, PlacedGate] | None = None,
) -> View:
    """The events of a population's parent: what a control tube has to show.

    Raises NotPlaced where the parent has no number in this tube.
    """
    return _Walk(prepared, strategy, replay or {}, densities=False, others=NO_REFERENCES).up_to_parent(population)


class _Walk:
    """State of one walk: survivors by population, what is placed, what has no number."""

    def __init__(
        self,
        prepared: Prepared,
        strategy: Strategy,
        replay: Mapping[PopulationName, PlacedGate],
        densities: bool,
        others: ReferenceTubes,
        drawn: Collection[str] | None = None,
    ) -> None:
        self.drawn = drawn
        self.prepared = prepared
        self.strategy = strategy
        self.replay = replay
        self.draw = densities
        self.others = others
        self.sparing = is_large(prepared)
        """Whether what was made of a block's events is forgotten with every gate."""
        self.order = strategy.gating_order
        self.last_use = _last_uses(strategy, self.order)
        self.frames: dict[str, list[EventSubset]] = {}
        self.bits: dict[str, Bits] = {}
        self.gates: dict[str, PlacedGate] = {}
        self.unmeasured: dict[PopulationName, str] = {}
        self.stands_for: dict[str, str] = {}
        self.densities: list[Density] = []
        self.findings: list[Finding] = []

    def run(self) -> Gated:
        n = self.prepared.n_events
        spans = list(blocks(n))
        if not self.draw and all(self._is_known(name) for name in self.order):
            self.sparing = False  # no more than one block is there at a time
            parts: dict[str, list[Bits]] = {}
            stored = self.prepared.sample.stored
            for start, stop in spans:
                self._walk([EventSubset(Block(self.prepared, start, stop))])
                for name, bits in self.bits.items():
                    parts.setdefault(name, []).append(bits)
                stored.passed(start, stop)
            self.bits = {name: np.concatenate(bits) for name, bits in parts.items()}
            if not spans:
                self._walk([])
        else:
            self._walk([EventSubset(Block(self.prepared, start, stop, self.sparing)) for start, stop in spans])
        members = {PopulationName(name): self.bits[name] for name in self.order if name in self.bits}
        for bits in members.values():
            bits.flags.writeable = False
        return Gated(
            n_events=n,
            order=tuple(PopulationName(name) for name in self.strategy.populations),
            parents={PopulationName(name): self._parent(name) for name in self.strategy.populations},
            gates=tuple(self.gates[name] for name in self.order if name in self.gates),
            unmeasured=self.unmeasured,
            members=members,
            events={name: int(np.bitwise_count(bits).sum()) for name, bits in members.items()},
            densities=tuple(self.densities),
            findings=tuple(dict.fromkeys(self.findings)),
        )

    def up_to_parent(self, population: PopulationName) -> View:
        """Gate the ancestors only, and hand over the parent's events."""
        lineage = self.strategy.lineage(population)[1:]
        self.last_use = {name: len(self.order) for name in self.strategy.populations}
        upstream: set[str] = set()
        waiting = [name for name in lineage if name != ALL]
        while waiting:
            name = waiting.pop()
            if name not in upstream and name != ALL:
                upstream.add(name)
                waiting += self.strategy.populations[name].references
        self.order = tuple(name for name in self.order if name in upstream)
        spans = blocks(self.prepared.n_events)
        self._walk([EventSubset(Block(self.prepared, start, stop, self.sparing)) for start, stop in spans])
        return self._view(PopulationName(lineage[0]))

    # ------------------------------------------------------------ the walk

    def _walk(self, root: list[EventSubset]) -> None:
        self.frames = {ALL: root}
        self.bits = {}
        for step, name in enumerate(self.order):
            population = self.strategy.populations[name]
            reason = self._missing_ground(population)
            if reason is None:
                try:
                    if population.is_logic:
                        self._combine(name, population)
                    else:
                        self._gate(name, population)
                except NotPlaced as error:
                    reason = error.reason
            if reason is not None:
                self._without(name, population, reason)
            for done in [used for used, last in self.last_use.items() if last == step]:
                self.frames.pop(done, None)

    def _missing_ground(self, population: Population) -> str | None:
        """Why the population cannot even be tried: an unmeasured reference or parent."""
        for needed in (population.parent, *population.all_of, *population.any_of, *self._excluded(population)):
            if needed is not None and needed in self.unmeasured:
                return f"{needed} is not measured"
        return None

    def _excluded(self, population: Population) -> tuple[str, ...]:
        """What `none_of` excludes; an optional population that is absent (no beads) excludes nothing."""
        optional = self.strategy.populations
        return tuple(n for n in population.none_of if not (n in self.unmeasured and optional[n].optional))

    def _without(self, name: str, population: Population, reason: str) -> None:
        if population.is_cleaning:
            self.stands_for[name] = self._resolved(population.parent or ALL)
            message = f"The step {name} was skipped: {reason}."
            self.findings.append(Finding("step_skipped", Severity.INFO, message, population=name))
            parent = self.stands_for[name]
            self.frames[name] = self.frames[parent]
            self.bits[name] = self._all_bits() if parent == ALL else self.bits[parent]
        else:
            self.unmeasured[PopulationName(name)] = reason

    def _resolved(self, name: str) -> str:
        while name in self.stands_for:
            name = self.stands_for[name]
        return name

    def _parent(self, name: str) -> PopulationName:
        """Parent of which percentages are reported; a skipped step is no parent."""
        return PopulationName(self._resolved(self.strategy.parents[name]))

    # ------------------------------------------------------------ gates

    def _gate(self, name: str, population: Population) -> None:
        parent = population.parent or ALL
        frames = self.frames[parent]
        view = self._sight(name, frames)
        placed = self.gates.get(name) or self._place(name, population, view)
        self.gates[name] = placed
        if placed.method == SECOND_OPINION:
            self._stand_in(name, str(placed.evidence["second"]))
            return
        if placed.shape is None:
            raise NotPlaced(placed.fallback or "the replayed run has no gate here")
        shape = placed.shape
        self._let_go()
        keeps = [self._inside(shape, frame) for frame in frames]
        if self.draw and (self.drawn is None or name in self.drawn):
            density = bin_parent(name, parent, shape, view, population.show)
            self.densities.append(density)
            self._let_go()
        self._keep(name, frames, keeps)

    def _inside(self, shape: Shape, frame: EventSubset) -> Mask:
        inside = contains(shape, frame)
        if self.sparing:
            frame.let_go()
        return inside

    def _let_go(self) -> None:
        """What a place or a picture had made of a large tube's events."""
        if self.sparing:
            for frame in chain.from_iterable(self.frames.values()):
                frame.let_go()

    def _place(self, name: str, population: Population, view: View) -> PlacedGate:
        replayed = self.replay.get(PopulationName(name))
        if replayed is not None:
            return replayed
        axes, spec, alternative = self._choice(population)
        try:
            placed = place(spec, view, axes)
        except NotPlaced as error:
            second = spec.second if isinstance(spec, LearnedGate) else None
            if second is None or second in self.unmeasured:
                raise
            evidence: dict[str, Scalar] = {**error.evidence, "second": second}
            why = f"{spec.kind}: {error.reason}; used {second} instead"
            return PlacedGate(PopulationName(name), self._parent(name), SECOND_OPINION, None, evidence, why)
        if name in self.strategy.lock_at_baseline:
            placed = locked(placed, axes, self.others, name)
        return PlacedGate(
            PopulationName(name),
            self._parent(name),
            placed.method,
            placed.shape,
            {**placed.evidence, **({"instead": alternative} if alternative else {})},
            placed.fallback,
        )

    def _choice(self, population: Population) -> tuple[tuple[Axis, ...], Gate, str]:
        """The gate, or the first alternative whose markers this file has, each with more than one value."""
        bound, constant = self.prepared.binding.channels, self.prepared.constant
        for i, (axes, spec) in enumerate(population.choices()):
            if all(axis in bound and axis not in constant for axis in axes):
                lacking = [axis for axis in population.axes if axis not in bound]
                dead = [axis for axis in population.axes if axis in constant]
                reasons = [f"the file lacks {', '.join(lacking)}"] * bool(lacking)
                reasons += [f"{', '.join(dead)} has one value for all events"] * bool(dead)
                look = self.prepared.axis if spec.kind in FIXED else self.prepared.seen_axis
                return tuple(look(Marker(axis)) for axis in axes), spec, "" if i == 0 else "; ".join(reasons)
        missing = self.prepared.binding.missing
        absent = [missing[Marker(axis)] for axis in population.axes if axis not in bound]
        wanted = [Marker(axis) for axis in population.axes if axis in constant]
        single = [f"{marker} has one value ({constant[marker]:g}) for all events" for marker in wanted]
        raise NotPlaced("; ".join([*absent, *single]))

    def _view(self, name: PopulationName) -> View:
        known = self._resolved(name)
        if known in self.unmeasured:
            raise NotPlaced(f"{name} is not measured")
        return self._sight(name, self.frames[known])

    def _sight(self, name: str, frames: Sequence[EventSubset]) -> View:
        """What a place of `name` may look at: these events, other populations, other tubes."""
        return View(self.prepared, frames, self._view, PopulationName(name), self.others)

    def _is_known(self, name: str) -> bool:
        population = self.strategy.populations[name]
        if population.is_logic or PopulationName(name) in self.replay:
            return True
        return all(spec.kind in FIXED for _, spec in population.choices())

    # ------------------------------------------------------------ logic

    def _combine(self, name: str, population: Population) -> None:
        bits = self._all_bits()
        for needed in population.all_of:
            bits &= self._bits(needed)
        if population.any_of:
            union = np.zeros_like(bits)
            for needed in population.any_of:
                union |= self._bits(needed)
            bits &= union
        for needed in self._excluded(population):
            bits &= ~self._bits(needed)
        parent = self._resolved(self.strategy.parents[name])
        if parent != ALL:
            bits &= self._bits(parent)
        self.gates.setdefault(name, PlacedGate(PopulationName(name), self._parent(name), "logic", None))
        self._set(name, bits)

    def _stand_in(self, name: str, second: str) -> None:
        """The events of the second method's population, as the learned gate could not be placed."""
        bits = self._all_bits()
        for needed in (second, self._resolved(self.strategy.parents[name])):
            bits &= self._bits(needed)
        self._set(name, bits)

    def _set(self, name: str, bits: Bits) -> None:
        """Membership by bits; its survivors too, where a later gate looks at them."""
        self.bits[name] = bits
        if name in self.last_use:
            frames, passed = [], 0
            for frame in self.frames[ALL]:
                packed = bits[passed // 8 : (passed + frame.size + 7) // 8]
                frames.append(frame.child(np.unpackbits(packed, count=frame.size).astype(bool)))
                passed += frame.size
            self.frames[name] = frames

    def _bits(self, name: str) -> Bits:
        return self._all_bits() if name == ALL else self.bits[name]

    def _all_bits(self) -> Bits:
        sizes = [frame.size for frame in self.frames[ALL]]
        return np.concatenate([np.packbits(np.ones(size, dtype=bool)) for size in sizes] or [np.zeros(0, np.uint8)])

    def _keep(self, name: str, frames: Sequence[EventSubset], keeps: Sequence[Mask]) -> None:
        bits = [frame.members(keep) for frame, keep in zip(frames, keeps, strict=True)]
        self.bits[name] = np.concatenate(bits or [np.zeros(0, np.uint8)])
        if name in self.last_use:
            self.frames[name] = [frame.child(keep) for frame, keep in zip(frames, keeps, strict=True)]


def _last_uses(strategy: Strategy, order: Sequence[str]) -> dict[str, int]:
    """Population -> step at which its survivors are looked at for the last time. Logic looks at bits alone."""
    last: dict[str, int] = {}
    for step, name in enumerate(order):
        population = strategy.populations[name]
        for needed in () if population.is_logic else population.references:
            if needed != ALL:
                last[needed] = step
    for name in reversed(order):
        population = strategy.populations[name]
        if population.is_cleaning and name in last and population.parent in last:
            last[population.parent] = max(last[population.parent], last[name])
    return last
