"""How much the place of its gates makes a population's count uncertain.

A learned gate states its own doubt S = sum p (1 - p) / count. Its relative SD is the one that the strategy states and,
in squares, S times the `error_of_doubt` of its model. Other gates have the SD that the strategy states, three times as
much where the placement was uncertain or a fallback. Events that scatter as dead cells do (`low_scatter`) are a term
of every gate.
"""

import math
from dataclasses import dataclass

from tregate.gating.count.low_scatter import NO_SHARES, Shares
from tregate.gating.events import Gated, PlacedGate
from tregate.gating.strategy.gates import LearnedGate
from tregate.gating.strategy.schema import ALL, Strategy
from tregate.gating.units import PopulationName

DOUBTFUL = 3.0
"""Times the stated SD where a gate is uncertain or a fallback; laboratory practice."""
OF_LOW_SCATTER = 1.8
"""Relative SD of a count, of the share of its events that scatter less light than living cells (docs/sources.md)."""
DOUBT_SHARE = "doubt_share"
"""Key of S in a gate's evidence."""


@dataclass(frozen=True, slots=True)
class GateTerm:
    """Relative SDs that gates bring to a population's count, with six significant digits."""

    own: float = 0.0
    """Of its own gate, or the gates it is made of by logic."""
    above: float = 0.0
    """Of uncertain gates among its ancestors, which a percentage of a parent below them does not have."""

    @property
    def total(self) -> float:
        """For a concentration: both, in squares."""
        return math.hypot(self.own, self.above)


NO_GATE = GateTerm()


def gate_terms(gated: Gated, strategy: Strategy, low_scatter: Shares = NO_SHARES) -> dict[PopulationName, GateTerm]:
    """The terms of every population of a tube."""
    placed = {str(gate.population): gate for gate in gated.gates}
    return {
        name: GateTerm(
            _digits(math.hypot(_own(str(name), placed, gated, strategy), OF_LOW_SCATTER * low_scatter.get(name, 0.0))),
            _digits(_above(str(name), placed, strategy)),
        )
        for name in gated.order
    }


def _own(name: str, placed: dict[str, PlacedGate], gated: Gated, strategy: Strategy) -> float:
    population = strategy.populations[name]
    if not population.is_logic:
        learned = _learned(name, placed, strategy)
        return _stated(name, name, placed, strategy) if learned is None else learned
    members = [member for member in (*population.all_of, *population.any_of, *population.none_of) if member != ALL]
    made_of = dict.fromkeys([*members, *([population.parent] if population.parent not in (None, ALL) else [])])
    events = gated.events.get(PopulationName(name), 0)
    of_learned = {str(member): _learned(str(member), placed, strategy) for member in made_of}
    errors = [sd * gated.events.get(PopulationName(member), 0) for member, sd in of_learned.items() if sd is not None]
    if errors and events:
        return math.hypot(*errors) / events
    return max(
        (_stated(name, member, placed, strategy) for member in members), default=_stated(name, name, placed, strategy)
    )


def _learned(name: str, placed: dict[str, PlacedGate], strategy: Strategy) -> float | None:
    """Of a learned gate, its model's error for its doubt on this tube, with the stated SD; None for other gates."""
    gate, found = strategy.populations[name].gate, placed.get(name)
    doubt = None if found is None else found.evidence.get(DOUBT_SHARE)
    if not isinstance(gate, LearnedGate) or not isinstance(doubt, float | int):
        return None
    return math.hypot(gate.model.error_of_doubt * doubt, strategy.gate_cv_of(name) / 100.0)


def _stated(name: str, gate: str, placed: dict[str, PlacedGate], strategy: Strategy) -> float:
    """The strategy's SD of a population, by whether a gate that it rests on is uncertain."""
    times = DOUBTFUL if is_uncertain(placed.get(gate)) else 1.0
    return times * strategy.gate_cv_of(name) / 100.0


def _above(name: str, placed: dict[str, PlacedGate], strategy: Strategy) -> float:
    ancestors = (
        here for here in strategy.lineage(name)[1:] if here != ALL and not strategy.populations[here].is_cleaning
    )
    return math.hypot(
        *(DOUBTFUL * strategy.gate_cv_of(here) / 100.0 for here in ancestors if is_uncertain(placed.get(here)))
    )


def is_uncertain(gate: PlacedGate | None) -> bool:
    """Whether the method doubts its own place, or a fallback was used."""
    return gate is not None and (bool(gate.fallback) or bool(gate.evidence.get("doubt")))


def _digits(value: float) -> float:
    """Six significant digits of the percentage, so that counts.csv holds all of it."""
    return float(f"{100.0 * value:.6g}") / 100.0
