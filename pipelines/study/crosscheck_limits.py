"""Limits of the checks between tubes and over a batch. All configurable.

Sources: docs/sources.md#checks-between-tubes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tregate.pipelines.study.blood_limits import BloodWindow, adult_blood


@dataclass(frozen=True, slots=True)
class ShiftWindow:
    """Odds ratio of a population's share, one visit or day against the others, that treatment can explain."""

    low: float
    high: float


LOW_VARIANCE_POPULATIONS = frozenset({"Treg", "CD25hi CD127lo"})
"""Populations that `treg_share_floor` is for."""


@dataclass(frozen=True, slots=True)
class StudyLimits:
    """Default limits."""

    cd3_counts_percent: float = 10.0
    """CD3/µL of two tubes: largest difference, percent of their mean (CDC-style)."""
    cd3_points: float = 3.0
    """CD3 % of lymphocytes of two tubes: largest difference in points (CDC-style)."""
    cd4_cd8_warn_percent: float = 5.0
    """CD4 + CD8 against CD3: largest difference, percent of CD3 (CDC-style)."""
    cd4_cd8_fail_percent: float = 10.0
    lymphosum_warn_points: float = 5.0
    """T + B + NK against lymphocytes: largest distance from 100 %."""
    lymphosum_fail_points: float = 10.0
    cd4_cd8_ratio_low: float = 0.2
    cd4_cd8_ratio_high: float = 10.0
    treg_fold: float = 6.0
    """Largest believable Treg fold against baseline."""
    least_events: float = 100
    """Events below which a share of two populations is too noisy to be checked."""
    bead_ratio_z: float = 3.5
    bead_ratio_floor: float = 0.30
    """Least spread of ln(beads / lymphocytes) over a batch that a tube is measured by."""
    robust_z: float = 3.5
    """Robust z from which a threshold or a share stands out of its batch or subject, and is told."""
    robust_z_warn: float = 5.0
    """Robust z from which its rows are flagged: so far out that one tube more or less in the batch decides nothing."""
    least_tubes: float = 6
    """Tubes of one strategy below which there is no batch to compare with."""
    threshold_floor: float = 0.015
    """Least spread of a threshold on its scale (0 to 1): 0.015 is about 17 % of intensity on 4.5 decades."""
    share_floor: float = 0.25
    """Least spread of ln(odds) of a share, against what its subject and its visit suggest: blood itself varies."""
    treg_share_floor: float = 0.15
    """The same for Treg and the gate they lie in, which are steadier than subsets of lymphocytes."""
    share_floor_between_subjects: float = 0.35
    """Least spread of ln(odds) of a share between subjects: people differ, and nine tell little about how much."""
    group_size: float = 3
    """Tubes of one visit or day below which it is no group."""
    least_groups: float = 3
    """Groups below which nobody can say which of them moved."""
    shift_z: float = 3.5
    """How far a group must stand out of the other groups, in standard errors of its own median."""
    shift_threshold: float = 0.05
    """Shift of a group's threshold on its scale that matters: 0.05 is about 1.7-fold on 4.5 decades."""
    shift_windows: dict[str, ShiftWindow] = field(
        default_factory=lambda: {
            "CD3+": ShiftWindow(0.5, 2.0),
            "CD3-": ShiftWindow(0.5, 2.0),
            "CD4+": ShiftWindow(0.6, 1 / 0.6),
            "CD8+": ShiftWindow(0.6, 1 / 0.6),
            "Treg": ShiftWindow(0.7, 4.0),
            "CD25hi CD127lo": ShiftWindow(0.7, 4.0),
            "CD4+ non-Treg": ShiftWindow(0.25, 1 / 0.7),
            "B": ShiftWindow(0.2, 2.0),
            "CD3-CD19-": ShiftWindow(0.5, 5.0),
            "NK": ShiftWindow(0.5, 5.0),
            "NK bright": ShiftWindow(0.5, 8.0),
            "NK dim": ShiftWindow(0.125, 2.0),
        }
    )
    """Population -> shift of its odds that low-dose IL-2 may bring [Barde 2024: Treg 1.8 +- 0.5 fold, NK 2.1,
    bright 2.16 +- 1.1 at day 8]; beyond it the day or the centre is suspected. Others are judged by thresholds."""

    blood: Mapping[str, BloodWindow] = field(default_factory=adult_blood)
    """Cells -> plausible cells/µL (docs/limits.md)."""
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
    cd4_cd8_study_low: float = 1.0
    """Median CD4/CD8 of a study below which the two stains may be exchanged."""
    days_of_visit: float = 1.0
    """Days that the tubes of one visit may lie apart."""
    beads_per_ul_low: float = 20.0
    """Beads/µL that a lot can hold: products hold about 1000 (docs/limits.md); beyond, another unit was written."""
    beads_per_ul_high: float = 20_000.0
    beads_per_tube_low: float = 500.0
    beads_per_tube_high: float = 900_000.0
    blood_volume_ul_low: float = 1.0
    """Blood that is pipetted into a tube [µL]; below, it was written in mL."""
    blood_volume_ul_high: float = 5_000.0
    bead_volume_ul_low: float = 1.0
    bead_volume_ul_high: float = 5_000.0
    dilution_low: float = 0.5
    dilution_high: float = 1_000.0

    def least_share_spread(self, population: str) -> float:
        """Least spread of ln(odds) of this population's share."""
        return self.treg_share_floor if population in LOW_VARIANCE_POPULATIONS else self.share_floor


DEFAULT = StudyLimits()
