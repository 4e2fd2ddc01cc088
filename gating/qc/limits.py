"""Limits of the checks on one tube. All configurable; sources in docs/sources.md#checks-on-beads."""

from dataclasses import dataclass


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
    """Least CD4+ events for a Treg share [Liu 2024]."""
    treg_percent_low: float = 1.0
    treg_percent_high: float = 25.0
    bright_percent_low: float = 0.5
    bright_percent_high: float = 30.0
    time_removed_warn: float = 0.05
    """Share of events taken out by time cleaning."""
    time_removed_fail: float = 0.30
    """flowCut's MaxPercCut."""
    doublet_share: float = 0.02
    """Largest share of the events that may be doublets."""
    margin_share: float = 0.05
    """Largest share of a population's events at the top of a fluorescence scale."""
    least_for_percent: float = 50
    """Events of the parent below which a plausibility limit on a percentage says nothing."""


DEFAULT = TubeLimits()
