"""The populations of one tube, parents first, for a format of another program."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tregate.gating.engine import SECOND_OPINION
from tregate.gating.events import Gated, PlacedGate, Prepared
from tregate.gating.strategy.schema import ALL, Population, Strategy
from tregate.gating.units import PopulationName

Operand = tuple[str, bool]
"""Id of a gate, and whether what lies outside of it is meant."""


OWN_PREFIX = "tregate "
"""What the name of a channel begins with that tregate adds for one gate; an import knows it by that."""
NOTE = "note"
"""Evidence of a placed gate that is written beside it, for who reads the file."""


class NoFormError(Exception):
    """The gate cannot be said in the format; the text says why."""


@dataclass(frozen=True, slots=True)
class Document:
    """What was written of one tube's gates, and what was not."""

    text: str
    ids: Mapping[str, str]
    """Population -> id of its gate."""
    forms: Mapping[str, str]
    """Population -> element of its gate."""
    refused: Mapping[str, str]
    """Population -> why it has no gate."""
    skipped: Mapping[str, str]
    """Cleaning step that was not made -> the population whose events it hands on."""
    formless: frozenset[str] = frozenset()
    """Refused populations whose own shape has no form, so that a channel of its own is a way out."""


class TreeWriter(ABC):
    """Walks the tree of gates as placed; a format says how a shape and a combination are written."""

    def __init__(self, prepared: Prepared, strategy: Strategy, gated: Gated) -> None:
        self.prepared = prepared
        self.strategy = strategy
        self.gated = gated
        self.ids: dict[str, str] = {}
        self.forms: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self.skipped: dict[str, str] = {}
        self.formless: set[str] = set()

    @abstractmethod
    def shaped(self, name: PopulationName, parent: str, placed: PlacedGate) -> None:
        """Write a gate that has a shape. Raises NoFormError."""

    @abstractmethod
    def combined(self, name: str, parent: str, operands: Sequence[Operand]) -> None:
        """Write what is in every operand and in the parent. Raises NoFormError."""

    @abstractmethod
    def union(self, name: str, parent: str, of: Sequence[str]) -> str:
        """Write a helper gate, what is in any of the gates; its id."""

    def walk(self) -> None:
        """Write every population; what cannot be written has its reason in `refused`."""
        placed = {gate.population: gate for gate in self.gated.gates}
        for name in map(PopulationName, self.strategy.gating_order):
            if name in self.gated.unmeasured:
                self.refused[name] = f"not measured: {self.gated.unmeasured[name]}"
            elif name not in placed or self._was_skipped(name, placed[name]):
                self.skipped[name] = self.gated.parents[name]
            else:
                try:
                    self._population(name, placed[name])
                except NoFormError as error:
                    self.refused[name] = str(error)

    def _was_skipped(self, name: str, placed: PlacedGate) -> bool:
        no_place = placed.shape is None and placed.method != SECOND_OPINION
        return no_place and self.strategy.populations[name].is_cleaning

    def _population(self, name: PopulationName, placed: PlacedGate) -> None:
        parent = self.known(self.gated.parents[name])
        if placed.method == SECOND_OPINION:
            self._combination(name, parent, [(self.known(str(placed.evidence["second"])), False)])
        elif placed.shape is None:
            operands = self._operands(name, parent, self.strategy.populations[name])
            self._combination(name, parent, operands)
        else:
            try:
                self.shaped(name, parent, placed)
            except NoFormError:
                self.formless.add(name)
                raise

    def _combination(self, name: str, parent: str, operands: Sequence[Operand]) -> None:
        operands = [one for one in operands if one != (ALL, False)] or ([] if parent == ALL else [(parent, False)])
        if not operands:
            raise NoFormError("it is every event of the file, and that is no gate")
        if any(one == parent for one, _ in operands):
            # FlowKit loses a Boolean gate that refers to its own parent: the parent becomes an operand alone.
            operands, parent = tuple(dict.fromkeys([(parent, False), *operands])), ALL
        self.combined(name, parent, operands)

    def _operands(self, name: str, parent: str, population: Population) -> list[Operand]:
        """What an event has to be in, and what not. Raises NoFormError."""
        unmeasured = self.gated.unmeasured
        every = [(other, False) for other in population.all_of]
        every += [
            (other, True)
            for other in population.none_of
            if not (other in unmeasured and self.strategy.populations[other].optional)
        ]
        operands = [(self.known(other), without) for other, without in every]
        if (ALL, True) in operands:
            raise NoFormError(f'it excludes "{ALL}", every event, and that is no gate')
        if population.any_of and ALL not in map(self.resolved, population.any_of):
            either = [self.known(other) for other in population.any_of]
            operands.append((self.union(f"{name} any of", parent, either), False))
        return operands

    def known(self, name: str) -> str:
        """Id of a population's gate, "all" for every event. Raises NoFormError where it has none."""
        name = self.resolved(name)
        if name == ALL:
            return ALL
        if name not in self.ids:
            raise NoFormError(f"{name}, on which it rests, is not in the document")
        return self.ids[name]

    def resolved(self, name: str) -> str:
        """The population itself, or the one whose events a skipped step hands on."""
        while name in self.skipped:
            name = self.skipped[name]
        return name
