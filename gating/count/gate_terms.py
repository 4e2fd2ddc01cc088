"""How much the place of its gates makes a population's count uncertain.

A learned gate states its own doubt S = sum p (1 - p) / count; its errors on other makers' tubes are 0.25 to 0.8 of
S, so 0.6 S is its relative SD. Other gates have the SD that the strategy states, three times as much where the
placement was uncertain or a fallback.
"""

import math
from dataclasses import dataclass

from tregate.gating.events import Gated, PlacedGate
from tregate.gating.strategy.schema import ALL, Strategy
from tregate.gating.units import PopulationName

OF_DOUBT = 0.6
"""Relative SD of a learned gate's count, of its own doubt S."""
DOUBTFUL = 3.0
"""Times the stated SD where a gate is uncertain or a fallback; laboratory practice."""
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


def gate_terms(gated: Gated, strategy: Strategy) -> dict[PopulationName, GateTerm]:
    """The terms of every population of a tube."""
    placed = {str(gate.population): gate for gate in gated.gates}
    return {
        name: GateTerm(_digits(_own(str(name), placed, gated, strategy)), _digits(_above(str(name), placed, strategy)))
        for name in gated.order
    }


def _own(name: str, placed: dict[str, PlacedGate], gated: Gated, strategy: Strategy) -> float:
    population = strategy.populations[name]
    if not population.is_logic:
        doubt = _doubt_share(placed.get(name))
        return OF_DOUBT * doubt if doubt is not None else _stated(name, name, placed, strategy)
    members = [member for member in (*population.all_of, *population.any_of, *population.none_of) if member != ALL]
    made_of = dict.fromkeys([*members, *([population.parent] if population.parent not in (None, ALL) else [])])
    events = gated.events.get(PopulationName(name), 0)
    doubts = {member: doubt for member in made_of if (doubt := _doubt_share(placed.get(str(member)))) is not None}
    if doubts and events:
        errors = (doubt * gated.events.get(PopulationName(str(member)), 0) for member, doubt in doubts.items())
        return OF_DOUBT * math.hypot(*errors) / events
    return max(
        (_stated(name, member, placed, strategy) for member in members), default=_stated(name, name, placed, strategy)
    )


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


def _doubt_share(gate: PlacedGate | None) -> float | None:
    doubt = None if gate is None else gate.evidence.get(DOUBT_SHARE)
    return float(doubt) if isinstance(doubt, float | int) and not isinstance(doubt, bool) else None


def _digits(value: float) -> float:
    """Six significant digits of the percentage, so that counts.csv holds all of it."""
    return float(f"{100.0 * value:.6g}") / 100.0
