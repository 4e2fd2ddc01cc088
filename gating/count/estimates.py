"""What counting gives: estimates with limits, and one row of counts.csv a population."""

from dataclasses import dataclass
from typing import Literal

from tregate.gating.count.coincidence import OFF, Coincidence
from tregate.gating.count.gate_terms import NO_GATE, GateTerm
from tregate.gating.count.terms import NO_TERMS, Terms
from tregate.gating.units import BeadsPerMicrolitre, CellsPerMicrolitre, Microlitre, PopulationName


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % limits, and the terms of its uncertainty as far as they are known."""

    value: float
    low: float
    high: float
    terms: Terms = NO_TERMS


@dataclass(frozen=True, slots=True)
class CountingInput:
    """What the concentrations of one tube are calculated from: beads, the volume acquired, or a haematology value.

    Of beads either a concentration and a volume, or beads per tube.
    """

    lot: str
    blood_volume_ul: Microlitre
    beads_per_ul: BeadsPerMicrolitre | None = None
    bead_volume_ul: Microlitre | None = None
    beads_per_tube: float | None = None
    dilution: float = 1.0
    lot_cv_percent: float = 0.0
    preparation_cv_percent: float = 0.0
    bead_doublets: Literal["one", "two"] | None = None
    """Whether a bead doublet counts as one bead or two, as the lot's assay counted; None: the strategy says."""
    acquired_ul: float | None = None
    """Volume acquired [µL], of a tube that is counted by volume."""
    haematology_per_ul: float | None = None
    """Of the haematology counter [cells/µL], of a tube that is counted by it."""
    bridging_factor: float | None = None
    """Cells/µL by beads over those by this way of counting, where the study declares it."""

    @property
    def is_of_beads(self) -> bool:
        """Whether beads were added: neither a volume nor a haematology value is known."""
        return self.acquired_ul is None and self.haematology_per_ul is None


@dataclass(frozen=True, slots=True)
class PopulationCount:
    """One population of one tube. None is "not measurable"; the flags say why."""

    population: PopulationName
    parent: PopulationName
    events: int | None
    parent_events: int | None
    percent_of_parent: Estimate | None
    """[%]; None where the parent is empty."""
    cells_per_ul: Estimate | None
    """[cells/µL]; None in a washed tube, without beads, or with an unknown lot."""
    bead_events: int | None
    """Beads counted (doublets as the strategy says)."""
    blood_analysed_ul: Microlitre | None
    loq_per_ul: CellsPerMicrolitre | None
    flags: tuple[str, ...] = ()
    counted: Estimate | None = None
    """[cells/µL] as counted: without the pair factor, and with exact counting limits only."""
    coincidence: Coincidence = OFF
    """The pair factor of the tube."""
    gate: GateTerm = NO_GATE
    """What the place of its gates brings to the uncertainty."""

    @property
    def estimated_events(self) -> int | None:
        """Events that values are made from; those in the gate, where nothing else estimates them."""
        return self.events
