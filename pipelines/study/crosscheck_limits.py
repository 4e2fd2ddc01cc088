"""General limits of the checks between tubes and over a batch. All configurable.

Sources: docs/sources.md#checks-between-tubes.

Limits of single populations and measures are declared by the table definition (`limits:`, `batch:`).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StudyLimits:
    """Default limits."""

    least_events: float = 100
    """Events below which a share of two populations is too noisy to be checked."""
    robust_z: float = 3.5
    """Robust z from which a threshold or a share differs from its batch or subject and is reported."""
    robust_z_warn: float = 5.0
    """Robust z from which its rows are flagged: so far out that one tube more or less in the batch decides nothing."""
    least_tubes: float = 6
    """Tubes of one strategy below which there is no batch to compare with."""
    threshold_floor: float = 0.015
    """Least spread of a threshold on its scale (0 to 1): 0.015 is about 17 % of intensity on 4.5 decades."""
    share_floor: float = 0.25
    """Least spread of ln(odds) of a share, against what its subject and its visit suggest: blood itself varies."""
    share_floor_between_subjects: float = 0.35
    """Least spread of ln(odds) of a share between subjects: people differ, and nine are few to estimate by how much."""
    group_size: float = 3
    """Tubes of one visit or day below which it is no group."""
    least_groups: float = 3
    """Groups below which it cannot be decided which of them moved."""
    shift_z: float = 3.5
    """How far a group must stand out of the other groups, in standard errors of its own median."""
    shift_threshold: float = 0.05
    """Shift of a group's threshold on its scale that matters: 0.05 is about 1.7-fold on 4.5 decades."""
    rare_share: float = 0.2
    """Share of a kind of tube's rows below which a volume, dilution or lot concentration differs from the rest."""
    volume_ratio_low: float = 0.2
    """Bead volume over blood volume that products ask for."""
    volume_ratio_high: float = 1.5
    lot_beads_low: float = 700.0
    """Beads/µL of common counting beads (about 1000; docs/limits.md)."""
    lot_beads_high: float = 1300.0
    lots_apart: float = 0.15
    """Relative difference of two lots' beads/µL within one study."""
    one_factor: float = 0.35
    """ln of the factor that all subsets of one visit share from which a volume is suspected: 1.42-fold."""
    one_factor_spread: float = 4.0
    """Largest chi-square (by degree of freedom) of the subsets about their common factor for them to agree."""
    swap_gain: float = 14.0
    """Chi-square by which two samples must fit each other's subject better than their own."""
    shared_events: float = 0.01
    """Share of a tube's events that may occur in another file."""
    days_of_visit: float = 1.0
    """Days that the tubes of one visit may lie apart."""
    sample_age_hours: float = 48.0
    """Hours from the draw of the blood to its acquisition (docs/sources.md#age-of-the-sample)."""
    beads_per_ul_low: float = 20.0
    """Beads/µL that a lot can hold: products hold about 1000 (docs/limits.md); beyond, another unit was written."""
    beads_per_ul_high: float = 20_000.0
    beads_per_tube_low: float = 500.0
    beads_per_tube_high: float = 900_000.0
    blood_volume_ul_low: float = 1.0
    """Blood that is pipetted into a tube [µL]; below, it was written in mL."""
    blood_volume_ul_high: float = 5_000.0
    volume_ul_low: float = 1.0
    """Volume that is acquired of a tube [µL]; below, it was written in mL."""
    volume_ul_high: float = 5_000.0
    haematology_per_ul_low: float = 10.0
    """`lymphocytes_per_ul` of samples.csv: counters resolve 10 cells/µL; below, it was written as 10^9/L."""
    haematology_per_ul_high: float = 500_000.0
    """Leukaemia has fewer; above, it was written per mL."""
    bead_volume_ul_low: float = 1.0
    bead_volume_ul_high: float = 5_000.0
    dilution_low: float = 1.0
    """Below, the reciprocal was written (0.5 for 1:2); only cells that were concentrated have such a factor."""
    dilution_high: float = 1_000.0
    intensity_drift: float = 0.25
    """Relative change of the negative cells from which the intensity of a marker has drifted."""


DEFAULT = StudyLimits()
