"""The second look: each tube's places and shares against its batch and against its subject's other visits."""

import math
from collections.abc import Iterator, Sequence

from tregate.gating.findings import Severity
from tregate.pipelines.crosschecks.batch import Entry, Series, shares, thresholds
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.robust import median_polish_residuals, minus_median, minus_medians, spread
from tregate.pipelines.crosschecks.visits import sound
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding

OWN_TUBES = 3
"""Tubes of one subject from which it has a median of its own."""


def gate_outlier(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A threshold far from its batch's median or from the subject's own."""
    for series in thresholds(sound(results), limits):
        floors = (limits.threshold_floor, limits.threshold_floor)
        against_batch = minus_median(series.values)
        against_own = minus_medians(series.values, series.subjects, OWN_TUBES)
        for entry, batch, own in _standing_out(series, against_batch, against_own, floors, limits):
            usual = _usual(series, entry, batch=batch)
            yield at_tube(
                entry.record, "gate_outlier", _severity(batch, own, limits),
                f"{series.population}: the gate edge ({series.label}) is {entry.shown}; {usual}. Compare this gate "
                "with those of the other tubes.",
                population=series.population, value=batch if abs(batch) >= abs(own) else own,
                limit=f"robust z from -{limits.robust_z:g} to {limits.robust_z:g}",
            )  # fmt: skip


def percent_outlier(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A percent of parent far from its visit's, or from what this subject and this visit together suggest.

    Medians of visits are taken out first: a treatment that moves every subject makes nobody odd.
    """
    for series in shares(sound(results), limits):
        if len(set(series.visits)) * len(set(series.subjects)) == 1:
            continue
        floors = (limits.share_floor_between_subjects, limits.least_share_spread(series.population))
        within_visit = minus_medians(series.values, series.visits, 1 if len(set(series.visits)) == 1 else 2)
        against_batch = minus_median(within_visit)
        against_own = median_polish_residuals(series.values, series.subjects, series.visits)
        for entry, batch, own in _standing_out(series, against_batch, against_own, floors, limits):
            usual = _usual(series, entry, batch=batch)
            yield at_tube(
                entry.record, "percent_outlier", _severity(batch, own, limits),
                f"{series.population} is {entry.shown} of its parent; {usual}. Review its gate and the gate of its "
                "parent.",
                population=series.population, value=batch if abs(batch) >= abs(own) else own,
                limit=f"robust z from -{limits.robust_z:g} to {limits.robust_z:g}",
            )  # fmt: skip


def _standing_out(
    series: Series,
    against_batch: Sequence[float],
    against_own: Sequence[float],
    floors: tuple[float, float],
    limits: StudyLimits,
) -> Iterator[tuple[Entry, float, float]]:
    """Tubes with a robust z beyond the limit: (entry, z against the batch, z against the subject)."""
    of_batch, of_own = spread(against_batch, floors[0]), spread(against_own, floors[1])
    for entry, batch, own in zip(series.entries, against_batch, against_own, strict=True):
        z_batch, z_own = batch / math.hypot(of_batch, entry.noise), own / math.hypot(of_own, entry.noise)
        if max(abs(z_batch), abs(z_own)) > limits.robust_z:
            yield entry, z_batch, z_own


def _severity(batch: float, own: float, limits: StudyLimits) -> Severity:
    return Severity.WARN if max(abs(batch), abs(own)) > limits.robust_z_warn else Severity.INFO


def _usual(series: Series, entry: Entry, *, batch: float) -> str:
    """The tube in the middle of the batch, and of the subject, as a person reads them."""
    ordered = sorted(series.entries, key=lambda other: other.value)
    own = [other for other in ordered if other.record.subject == entry.record.subject]
    middle = f"the batch median is {ordered[len(ordered) // 2].shown}"
    return f"{middle} and the median of this subject {own[len(own) // 2].shown}" if len(own) >= OWN_TUBES else middle
