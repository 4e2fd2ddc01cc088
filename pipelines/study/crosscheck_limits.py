"""Limits of the checks between tubes and over a batch. All configurable.

Sources: docs/sources.md#checks-between-tubes.
"""

from dataclasses import dataclass, field


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

    def least_share_spread(self, population: str) -> float:
        """Least spread of ln(odds) of this population's share."""
        return self.treg_share_floor if population in LOW_VARIANCE_POPULATIONS else self.share_floor


DEFAULT = StudyLimits()
