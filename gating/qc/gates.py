"""Gates that were not placed as the strategy wants, and populations that were not measured."""

from collections.abc import Iterator

from tregate.gating.engine import SECOND_OPINION
from tregate.gating.findings import Finding, Severity
from tregate.gating.qc.inspected import Inspected
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Marker
from tregate.gating.wording import shortened

GATE_BY_HAND = "gate_by_hand"
"""Check, and flag of every figure that rests on a gate which a person placed."""
REASON_SHOWN = 120
"""Characters of a person's reason that a finding shows."""


def gate_fallback(tube: Inspected) -> Iterator[Finding]:
    """An `otherwise` or a second opinion was used: the gate is not where the method of the strategy would place it.

    A note where a second opinion stands in that has no doubt of its own: the strategy provides for it.
    """
    placed = {str(gate.population): gate for gate in tube.gated.gates}
    for gate in tube.gated.gates:
        if not gate.fallback or (gate.shape is None and gate.method != SECOND_OPINION):
            continue
        second = placed.get(str(gate.evidence.get("second"))) if gate.method == SECOND_OPINION else None
        sure = second is not None and not second.fallback and not second.evidence.get("doubt")
        yield Finding(
            "gate_fallback", Severity.INFO if sure else Severity.WARN,
            f"The gate of {gate.population} was placed by a fallback method, so its percentages are less certain: "
            f"{gate.fallback.rstrip('.')}.{'' if sure else ' Review the gate.'}",
            gate.population,
        )  # fmt: skip


def gate_by_hand(tube: Inspected) -> Iterator[Finding]:
    """A person placed the gate: context for every figure that rests on it, and no doubt about it."""
    for gate in tube.gated.gates:
        if gate.placed_by:
            reason = shortened(gate.reason, REASON_SHOWN) or "no reason given"
            message = f"The gate of {gate.population} was placed by a person ({gate.placed_by}): {reason.rstrip('.')}."
            yield Finding(GATE_BY_HAND, Severity.INFO, message, gate.population)


def gate_doubtful(tube: Inspected) -> Iterator[Finding]:
    """The method placed the gate and reports itself that the place is uncertain.

    Of a second opinion that stands in for another gate, `gate_fallback` reports it.
    """
    used = {str(gate.evidence["second"]) for gate in tube.gated.gates if gate.method == SECOND_OPINION}
    for gate in tube.gated.gates:
        doubt = gate.evidence.get("doubt")
        if doubt and gate.population not in used:
            message = f"{gate.population}: {doubt}, so percentages below it are less certain. Review the gate."
            yield Finding("gate_doubtful", Severity.WARN, message, gate.population)


def population_unmeasured(tube: Inspected) -> Iterator[Finding]:
    """Populations that were not measured: a marker is missing, or a gate could not be placed.

    What cannot be measured because another population is not is its consequence, and no finding. Beads that are
    not declared are no loss, and neither is what needs a marker that is declared absent.
    """
    beads = _bead_populations(tube.strategy) if tube.load is None else frozenset()
    lost = tube.gated.unmeasured
    missing = tube.prepared.binding.missing
    expected = {missing[Marker(marker)] for marker in tube.strategy.absent if Marker(marker) in missing}
    for name in tube.gated.order:
        why = lost.get(name)
        if why is not None and why not in {f"{other} is not measured" for other in lost}:
            if any(reason in why for reason in expected):
                continue
            severity = Severity.INFO if name in beads else Severity.WARN
            yield Finding("unmeasured", severity, f"{name} was not measured: {why.rstrip('.')}.", name)


def _bead_populations(strategy: Strategy) -> frozenset[str]:
    if strategy.beads is None:
        return frozenset()
    beads = strategy.grounds(strategy.beads.population)
    pairs = strategy.beads.doublet_population
    return beads | frozenset([pairs] if pairs is not None else [])
