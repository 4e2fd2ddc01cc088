"""Limits of the checks on one tube. All configurable; sources in docs/sources.md#checks-on-beads."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TubeLimits:
    """Default limits; those without a source are laboratory practice."""

    bead_events_warn: float = 1000
    bead_events_fail: float = 500
    bead_singlets: float = 0.9
    """Least share of singlets among bead events."""
    bead_cv_percent: float = 8.0
    """Largest robust CV of bead fluorescence."""
    bead_arrival_cv: float = 0.10
    """Largest swing of the bead share from stretch to stretch, beyond counting."""
    bead_arrival_z: float = 4.0
    """How far chi-square over the stretches must stand out as well."""
    parent_events: float = 1000
    """Least events of a file, and of a parent whose check names no `at_least` [Liu 2024]."""
    time_removed_warn: float = 0.05
    """Share of events excluded by time cleaning."""
    time_removed_fail: float = 0.30
    """flowCut's MaxPercCut."""
    pairs_info: float = 0.02
    """Share of the leucocytes in pairs from which it is reported."""
    pairs_warn: float = 0.05
    """From which the sample should have been acquired more slowly; laboratory practice."""
    pairs_fail: float = 0.10
    """From which triples matter and the correction cannot be trusted."""
    drift_warn: float = 0.10
    """Largest change of a marker's positive cells along the run; laboratory practice."""
    drift_fail: float = 0.30
    """From which cells of a dim population are lost."""
    lymphocyte_recovery: float = 0.90
    """Least share of bright T, B and NK cells inside the lymphocyte gate; laboratory practice."""
    lymphocyte_purity: float = 0.06
    """Largest share of the lymphocyte gate's events outside its main cluster; 0.01 for a Gaussian (docs/sources.md)."""
    low_scatter: float = 0.05
    """Largest share of a population's events that scatter less light than its living cells would."""
    compensation_excess: float = 0.4
    """How far below zero cells bright in another stain may lie, of what the matrix takes away from them."""
    margin_share: float = 0.05
    """Largest share of a population's events at the top of a fluorescence scale."""
    least_for_percent: float = 50
    """Events of the parent below which a plausibility limit on a percentage says nothing."""
    named: Mapping[str, float] = field(default_factory=dict)
    """`<check>_low` and `<check>_high` of a strategy's named checks, where the study sets its own."""


DEFAULT = TubeLimits()
