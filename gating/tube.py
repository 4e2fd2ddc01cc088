"""One tube from file to counts: the flow of the package in one function.

read -> bind -> compensate -> place and gate -> count -> check
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gating.count.estimates import BeadLoad, PopulationCount
from gating.events import Binding, Compensation, DataSet, Density, PlacedGate
from gating.findings import Finding
from gating.strategy.schema import Strategy
from gating.units import PopulationName


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What places may know of other tubes, brought by the pipeline: only `control` and `borrow` look here."""

    baseline: Mapping[PopulationName, PlacedGate] = field(default_factory=dict)
    """Gates of the same strategy on the subject's baseline tube."""
    batch: Mapping[PopulationName, PlacedGate] = field(default_factory=dict)
    """Per gate the batch's median place."""
    tubes: Mapping[str, Mapping[PopulationName, PlacedGate]] = field(default_factory=dict)
    """Tube name -> gates placed on that tube of the same subject and visit."""
    controls: Mapping[str, Path] = field(default_factory=dict)
    """Tube name -> control file (FMO, isotype) of the same visit or batch."""


@dataclass(frozen=True, slots=True)
class TubeOrder:
    """Everything that one tube's analysis needs; plain values, so that any process can do it."""

    path: Path
    strategy: Strategy
    data_set: int | None = None
    matrix_csv: Path | None = None
    beads: BeadLoad | None = None
    no_beads: str = ""
    """Flag that says why `beads` is None: "washed", "bead_lot_unknown", "bead_volume_missing" ..."""
    replay: Mapping[PopulationName, PlacedGate] | None = None
    """Gates of an earlier run, used as they are."""
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    densities: bool = False
    """Whether pictures will be drawn."""


@dataclass(frozen=True, slots=True)
class TubeResult:
    """What one tube gave."""

    data_set: DataSet
    decision: str
    """Why this data set of the file."""
    binding: Binding
    compensation: Compensation
    counts: tuple[PopulationCount, ...]
    gates: tuple[PlacedGate, ...]
    findings: tuple[Finding, ...]
    densities: tuple[Density, ...] = ()
    bead_arrivals: tuple[int, ...] = ()
    """Beads per equal stretch of the run, for the picture of beads over time."""
