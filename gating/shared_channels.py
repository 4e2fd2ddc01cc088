"""Two antibodies in one colour: what they leave measurable, and what not.

CD16 and CD56 in one channel count NK cells as either alone would, and cannot part bright from dim. A population stays
where its strategy says so (`together`), or where neither it nor what it is gated within looks at the channel.
"""

from collections.abc import Mapping
from dataclasses import replace

from tregate.gating.events import Binding, Gated
from tregate.gating.strategy.schema import ALL, Population, Strategy
from tregate.gating.units import Marker, PopulationName

_INDIFFERENT = ("beads", "doublets", "singlets", "steady")
"""Kinds of gates to which markers do not matter: beads are bright in every colour."""


def without_shared(gated: Gated, binding: Binding, strategy: Strategy) -> Gated:
    """The same populations, unmeasured where a shared channel does not say what their name does."""
    if not binding.shared:
        return gated
    reasons: dict[PopulationName, str] = {}
    for name in strategy.gating_order:
        groups = _groups_seen(strategy, name, binding.shared)
        lost = [group for group in groups if not _allowed(strategy.populations[name], group)]
        if lost and name not in gated.unmeasured:
            markers = " and ".join(sorted(lost[0]))
            reasons[PopulationName(name)] = f"{markers} are in one channel, so {name} cannot be distinguished"
    if not reasons:
        return gated
    return replace(
        gated,
        unmeasured={**gated.unmeasured, **reasons},
        members={name: bits for name, bits in gated.members.items() if name not in reasons},
        events={name: number for name, number in gated.events.items() if name not in reasons},
        densities=tuple(density for density in gated.densities if density.population not in reasons),
    )


def _groups_seen(strategy: Strategy, name: str, shared: Mapping[Marker, tuple[Marker, ...]]) -> list[frozenset[str]]:
    """Groups of markers in one channel on which the population, or what it is made of, is gated."""
    groups = []
    for part in sorted(strategy.grounds(name)):
        population = strategy.populations[part]
        if part == ALL or population.is_cleaning or (population.gate and population.gate.kind in _INDIFFERENT):
            continue
        for axes, _ in list(population.choices())[:1]:
            groups += [frozenset((axis, *shared[Marker(axis)])) for axis in axes if axis in shared]
    return list(dict.fromkeys(groups))


def _allowed(population: Population, group: frozenset[str]) -> bool:
    return population.is_cleaning or any(group <= set(markers) for markers in population.together)
