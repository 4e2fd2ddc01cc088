"""A learned gate against its second method, on the same cells: where both found them they agree to a few percent."""

import math
from collections.abc import Iterator

from tregate.gating.count.gate_terms import is_uncertain
from tregate.gating.findings import Finding, Severity
from tregate.gating.qc.inspected import Inspected
from tregate.gating.strategy.gates import LearnedGate

LEAST_EVENTS = 50
"""Of both, below which counting alone sets them apart."""


def gates_disagree(tube: Inspected) -> Iterator[Finding]:
    """Learned gates that hold many more or fewer events than their second one, where neither is in doubt."""
    placed = {gate.population: gate for gate in tube.gated.gates}
    for name, population in tube.strategy.populations.items():
        gate = population.gate
        second = gate.second if isinstance(gate, LearnedGate) else None
        if not isinstance(gate, LearnedGate) or second is None:
            continue
        found, other = tube.count(name), tube.count(second)
        if found is None or other is None or min(found.events or 0, other.events or 0) < LEAST_EVENTS:
            continue
        by = placed.get(found.population), placed.get(other.population)
        if any(one is None or is_uncertain(one) or one.placed_by for one in by):
            continue
        apart = math.log((found.events or 0) / (other.events or 1))
        if abs(apart) > gate.apart:
            yield Finding(
                "gates_disagree", Severity.WARN,
                f"{name}: {found.events} events by the learned gate and {other.events} by {second}, so one of them has "
                "not found the cells. Review both gates.",
                name, round(apart, 4), f"ln of their ratio within {gate.apart:g}",
            )  # fmt: skip
