"""What places may know of other tubes: brought by the pipeline, seen by `control` and `borrow` only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tregate.gating.events import PlacedGate
from tregate.gating.units import PopulationName

Gates = Mapping[PopulationName, PlacedGate]


@dataclass(frozen=True, slots=True)
class ControlTube:
    """A control file, read and compensated as samples.csv says."""

    path: Path
    data_set: int | None = None
    matrix_csv: Path | None = None


def control_name(tube: str | None, marker: str) -> str:
    """How a `control` gate calls its control: by the tube that it names, else as the FMO of its marker.

    >>> control_name(None, "CD25")
    'FMO CD25'
    """
    return f"FMO {marker}" if tube is None else tube


@dataclass(frozen=True, slots=True)
class ReferenceGates:
    """Gates and files of other tubes of the study."""

    baseline: Gates = field(default_factory=dict)
    """Of the same strategy on the subject's baseline tube."""
    is_baseline: bool = False
    """This is the baseline tube itself: it has nothing to borrow from it."""
    batch: Gates = field(default_factory=dict)
    """Per gate the batch's median place; empty until every tube has been gated once."""
    tubes: Mapping[str, Gates] = field(default_factory=dict)
    """Tube name -> gates placed on that tube of the same subject and visit."""
    controls: Mapping[str, ControlTube] = field(default_factory=dict)
    """Name (`control_name`) -> control file of the same visit or batch."""

    def baseline_gate(self, population: str) -> PlacedGate | None:
        """The baseline's gate, where it found its own place."""
        gate = self.baseline.get(PopulationName(population))
        return gate if gate is not None and gate.shape is not None and not gate.fallback else None

    def borrowed_gate(self, source: str, tube: str | None, population: str) -> PlacedGate | None:
        """The gate that a `borrow` asks for."""
        gates: Gates = self.tubes.get(tube or "", {}) if source == "tube" else getattr(self, source)
        return gates.get(PopulationName(population))
