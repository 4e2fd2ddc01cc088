"""Outliers: each tube's gates and percentages against its batch and against its subject's other visits.

One definition for findings.csv and for the page: a robust z of at least `robust_z` (3.5) [Iglewicz & Hoaglin 1993,
How to Detect and Handle Outliers] is a note, of at least `robust_z_warn` (5) a warning.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tregate.gating.findings import Severity
from tregate.pipelines.crosschecks.batch import Entry, Series, shares, thresholds
from tregate.pipelines.crosschecks.fixed_gates import CENTRE, fixed_gates_passed
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.robust import median_polish_residuals, minus_median, minus_medians, spread
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding

OWN_TUBES = 3
"""Tubes of one subject from which it has a median of its own."""


ScoreKey = tuple[str, str, str, str, str, str]
"""(subject, visit, tube, file, population, label of the gate's number or "" for the percentage of parent)."""


TubePlace = tuple[str, str, str, str]
"""(subject, visit, tube, file)."""
NamedScore = tuple[str, str, float]
"""(population, label, robust z), named as in ScoreKey."""


@dataclass(frozen=True, slots=True)
class Score:
    """How far one tube's number lies from those it is compared with."""

    entry: Entry
    batch: float
    """Robust z against the batch."""
    own: float
    """Robust z against the subject's other visits (percentages: against subject and visit together)."""

    @property
    def z(self) -> float:
        """The larger of both by its size, with its sign."""
        return self.batch if abs(self.batch) >= abs(self.own) else self.own


def outlier_scores(results: Results, limits: StudyLimits) -> Mapping[ScoreKey, float]:
    """Robust z of every gate's number and percentage that is compared with others."""
    of_tubes = scores_of_tubes(results, limits)
    return {(*place, name, label): z for place, scores in of_tubes.items() for name, label, z in scores}


Scores = Iterator[tuple[Series, tuple[Score, ...]]]
"""One series after another: a large study has no room for the scores of all."""


def scores_of_tubes(results: Results, limits: StudyLimits) -> Mapping[TubePlace, Sequence[NamedScore]]:
    """Tube -> robust z of its gates' numbers and percentages that are compared with others."""
    return results.once(("scores of tubes", limits), lambda: _scores_of_tubes(results, limits))


def _scores_of_tubes(results: Results, limits: StudyLimits) -> Mapping[TubePlace, Sequence[NamedScore]]:
    found: dict[TubePlace, list[NamedScore]] = {}
    for series, scores in (*gate_scores(results, limits), *percent_scores(results, limits)):
        for score in scores:
            record = score.entry.record
            place = record.subject, record.visit, record.tube, record.file
            found.setdefault(place, []).append((series.population, series.label, score.z))
    return found


def gate_scores(results: Results, limits: StudyLimits) -> Scores:
    """Each number of each gate over its batch."""
    for series in thresholds(results, limits):
        floors = (limits.threshold_floor, limits.threshold_floor)
        against_own = minus_medians(series.values, series.subjects, OWN_TUBES)
        yield series, _scores(series, minus_median(series.values), against_own, floors)


def percent_scores(results: Results, limits: StudyLimits) -> Scores:
    """Each percentage of parent over its batch.

    Medians of visits are subtracted first: a treatment that moves every subject makes no tube an outlier.
    """
    declared = results.sources.declared
    for series in shares(results, limits):
        if len(set(series.visits)) * len(set(series.subjects)) == 1:
            continue
        own_floor = declared.least_share_spread(series.population, limits.share_floor)
        floors = (limits.share_floor_between_subjects, own_floor)
        within_visit = minus_medians(series.values, series.visits, 1 if len(set(series.visits)) == 1 else 2)
        against_own = median_polish_residuals(series.values, series.subjects, series.visits)
        yield series, _scores(series, minus_median(within_visit), against_own, floors)


def gate_outlier(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A threshold far from its batch's median or from the subject's own.

    Fixed gates upstream come first, and always as warnings: they stay while the cells move, and the gates below show
    it.
    """
    every = [(series, score) for series, scores in gate_scores(results, limits) for score in _outlying(scores, limits)]
    for series, score in every:
        for gate in fixed_gates_passed(series, score.entry):
            what = f"{gate.population}: this fixed gate may cut the cells"
            yield _outlier(series, score, limits, str(gate.population), what, "Review this gate first.", Severity.WARN)
    for series, score in every:
        yield _outlier(
            series, score, limits, series.population, series.population,
            "Compare this gate with those of the other tubes.", _severity(score, limits),
        )  # fmt: skip


def _outlier(
    series: Series, score: Score, limits: StudyLimits, population: str, what: str, advice: str, severity: Severity
) -> TubeFinding:
    owner = f"{series.population} " if population != series.population else ""
    where = f"the {owner}{place_words(series.label)} is {score.entry.shown}"
    return at_tube(
        score.entry.record, "gate_outlier", severity,
        f"{what}: {where}; {_usual(series, score.entry)}.{_advice(severity, advice)}",
        population=population, value=score.z, limit=f"robust z from -{limits.robust_z:g} to {limits.robust_z:g}",
    )  # fmt: skip


def place_words(label: str) -> str:
    """What a label of a gate's number names: an edge, or the centre of its population.

    >>> place_words("CD4 centre"), place_words("CD3 low")
    ('centre on CD4', 'gate edge (CD3 low)')
    """
    marker = label.removesuffix(CENTRE)
    return f"gate edge ({label})" if marker == label else f"centre on {marker}"


def percent_outlier(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A percent of parent far from its visit's, or from what this subject and this visit together suggest."""
    for series, scores in percent_scores(results, limits):
        for score in _outlying(scores, limits):
            usual = _usual(series, score.entry)
            yield at_tube(
                score.entry.record, "percent_outlier", _severity(score, limits),
                f"{series.population} is {score.entry.shown} of its parent; {usual}."
                f"{_advice(_severity(score, limits), 'Review its gate and the gate of its parent.')}",
                population=series.population, value=score.z,
                limit=f"robust z from -{limits.robust_z:g} to {limits.robust_z:g}",
            )  # fmt: skip


def _scores(
    series: Series, against_batch: Sequence[float], against_own: Sequence[float], floors: tuple[float, float]
) -> tuple[Score, ...]:
    of_batch, of_own = spread(against_batch, floors[0]), spread(against_own, floors[1])
    return tuple(
        Score(entry, batch / math.hypot(of_batch, entry.noise), own / math.hypot(of_own, entry.noise))
        for entry, batch, own in zip(series.entries, against_batch, against_own, strict=True)
    )


def _outlying(scores: Sequence[Score], limits: StudyLimits) -> Iterator[Score]:
    return (score for score in scores if abs(score.z) >= limits.robust_z)


def _severity(score: Score, limits: StudyLimits) -> Severity:
    return Severity.WARN if abs(score.z) >= limits.robust_z_warn else Severity.INFO


def _advice(severity: Severity, advice: str) -> str:
    """What to do about a warning; a note asks for nothing."""
    return "" if severity is Severity.INFO else f" {advice}"


def _usual(series: Series, entry: Entry) -> str:
    """The tube in the middle of the batch, and of the subject, as a person reads them."""
    ordered = sorted(series.entries, key=lambda other: other.value)
    own = [other for other in ordered if other.record.subject == entry.record.subject]
    middle = f"the batch median is {ordered[len(ordered) // 2].shown}"
    return f"{middle} and the median of this subject {own[len(own) // 2].shown}" if len(own) >= OWN_TUBES else middle
