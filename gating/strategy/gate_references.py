"""What a gate refers to beside its axes: markers and populations."""

from tregate.gating.strategy.gates import (
    BackgateGate,
    DiagonalGate,
    Gate,
    LearnedGate,
    MixtureGate,
    ReferenceGate,
    SplitGate,
    SteadyGate,
    TemplateGate,
    ValleyGate,
)
from tregate.gating.strategy.model import Model


def guides_of(gate: Gate) -> list[str]:
    """Markers beside the axes that a method looks at."""
    match gate:
        case DiagonalGate() if gate.guide is not None:
            return [gate.guide]
        case MixtureGate() if gate.take.highest is not None:
            return [gate.take.highest]
        case BackgateGate():
            return [gate.bright]
        case LearnedGate():
            return list(gate.model.markers)
        case _:
            return []


def references_of(gate: Gate) -> list[str]:
    """Populations that a method, or one of its fallbacks, looks at."""
    names: list[str] = []
    match gate:
        case ReferenceGate():
            names.append(gate.of)
        case SplitGate() | ValleyGate() | SteadyGate() if gate.of is not None:
            names.append(gate.of)
        case LearnedGate():
            core = gate.model.landmarks.core
            names += [name for name in (core, gate.second) if name is not None and name != "parent"]
        case TemplateGate():
            names += [name for name in gate.landmarks if name != "parent"]
    otherwise = getattr(gate, "otherwise", None)
    return names + (references_of(otherwise) if isinstance(otherwise, Model) else [])  # type: ignore[arg-type]
