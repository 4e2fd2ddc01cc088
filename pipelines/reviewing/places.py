"""Other places for a gate: the strategy's fallback, the baseline, the batch, another visit of the subject."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tregate.gating.events import PlacedGate
from tregate.gating.geometry.shapes import Shape, axes_of
from tregate.gating.held_tube import Gates, HeldTube
from tregate.gating.placement import NotPlaced
from tregate.gating.units import PopulationName
from tregate.pipelines.tubes.batch_gates import batch_gates
from tregate.pipelines.tubes.records import TubeRecord

FALLBACK, BASELINE, BATCH, VISIT = "fallback", "baseline", "batch", "visit "


@dataclass(frozen=True)
class OtherPlaces:
    """What the other tubes of a study offer to one tube."""

    records: Sequence[TubeRecord]
    visits: Sequence[str]
    baseline: str

    def names(self, own: TubeRecord, gate: PlacedGate) -> list[str]:
        """Places where the gate is not yet, but the fallback, which only the events can tell."""
        every = (BASELINE, BATCH, *(f"{VISIT}{visit}" for visit in self._others(own)))
        return [name for name in every if self.shape(own, gate, name) not in (None, gate.shape)]

    def shape(self, own: TubeRecord, gate: PlacedGate, name: str) -> Shape | None:
        """The shape of a gate at one of these places; None where there is none on the same axes."""
        if name == BATCH:
            lent = self._batch.get(own.strategy_name, {}).get(gate.population)
        elif name == BASELINE:
            lent = None if own.visit == self.baseline else self._gate(own, self.baseline, gate.population)
        else:
            lent = self._gate(own, name.removeprefix(VISIT), gate.population)
        if lent is None or lent.shape is None or gate.shape is None:
            return None
        alike = [(a.marker, a.scale.top) for a in axes_of(lent.shape)] == [
            (a.marker, a.scale.top) for a in axes_of(gate.shape)
        ]
        return lent.shape if alike else None

    @cached_property
    def _batch(self) -> Mapping[str, Gates]:
        return batch_gates(self.records)

    def _others(self, own: TubeRecord) -> list[str]:
        """The visits before and after."""
        at = self.visits.index(own.visit) if own.visit in self.visits else -1
        return [self.visits[k] for k in (at - 1, at + 1) if at >= 0 and 0 <= k < len(self.visits)]

    def _gate(self, own: TubeRecord, visit: str, population: PopulationName) -> PlacedGate | None:
        for record in self.records:
            if (record.subject, record.visit, record.tube) == (own.subject, visit, own.tube) and record.result:
                return next((gate for gate in record.result.gates if gate.population == population), None)
        return None


def fallback_shape(tube: HeldTube, population: str, placed: Gates) -> Shape | None:
    """Where the strategy's fallback would place the gate; None where it has none or finds no place."""
    try:
        return tube.otherwise(population, placed).shape
    except NotPlaced:
        return None


def has_fallback(tube: HeldTube, population: str) -> bool:
    """Whether the strategy names a fallback for the gate."""
    choices = tube.order.strategy.populations[population].choices()
    return any(getattr(spec, "otherwise", None) is not None for _, spec in choices)


def as_mapping(gates: Sequence[PlacedGate]) -> Mapping[PopulationName, PlacedGate]:
    """Gates by their population."""
    return {gate.population: gate for gate in gates}
