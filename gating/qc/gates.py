"""Gates that did not find their place as the strategy meant, and populations that were left out."""

from collections.abc import Iterator

from tregate.gating.engine import SECOND_OPINION
from tregate.gating.findings import Finding, Severity
from tregate.gating.qc.inspected import Inspected
from tregate.gating.strategy.schema import Strategy


def gate_fallback(tube: Inspected) -> Iterator[Finding]:
    """An `otherwise` or an alternative was used: the place is a number, not what the data showed."""
    for gate in tube.gated.gates:
        if gate.fallback and (gate.shape is not None or gate.method == SECOND_OPINION):
            yield Finding(
                "gate_fallback", Severity.WARN,
                f"The gate of {gate.population} was placed by a fallback method, so its percentages are less certain: "
                f"{gate.fallback.rstrip('.')}. Review the gate.",
                gate.population,
            )  # fmt: skip


def gate_alternative(tube: Inspected) -> Iterator[Finding]:
    """The strategy's other way to a population was taken, for a marker that this file lacks."""
    for gate in tube.gated.gates:
        instead = gate.evidence.get("instead")
        if instead:
            yield Finding(
                "gate_alternative",
                Severity.INFO,
                f"{gate.population} was gated on other axes because {instead}.",
                gate.population,
            )


def gate_doubtful(tube: Inspected) -> Iterator[Finding]:
    """The method found a place and says itself that it is a weak one."""
    for gate in tube.gated.gates:
        doubt = gate.evidence.get("doubt")
        if doubt:
            message = f"{gate.population}: {doubt}, so percentages below it are less certain. Review the gate."
            yield Finding("gate_doubtful", Severity.WARN, message, gate.population)


def population_unmeasured(tube: Inspected) -> Iterator[Finding]:
    """Populations without a number: a marker is missing, or a gate found no place.

    Beads that nobody says were added are no loss.
    """
    beads = _bead_populations(tube.strategy) if tube.load is None else frozenset()
    for name in tube.gated.order:
        why = tube.gated.unmeasured.get(name)
        if why is not None:
            severity = Severity.INFO if name in beads else Severity.WARN
            yield Finding("unmeasured", severity, f"{name} was not measured: {why.rstrip('.')}.", name)


def _bead_populations(strategy: Strategy) -> frozenset[str]:
    if strategy.beads is None:
        return frozenset()
    beads = strategy.grounds(strategy.beads.population)
    pairs = strategy.beads.doublet_population
    return beads | frozenset([pairs] if pairs is not None else [])


def marker_missing(tube: Inspected) -> Iterator[Finding]:
    """A marker that some optional population wants and the file lacks."""
    for marker, why in tube.prepared.binding.missing.items():
        if marker in tube.strategy.helpful_markers:
            continue
        yield Finding(
            "marker_missing",
            Severity.INFO,
            f"{marker} is missing in this file: {why}. Populations that need it use another gate or are not measured.",
        )
