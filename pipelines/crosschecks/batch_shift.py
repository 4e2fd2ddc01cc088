"""A whole visit or day that lies elsewhere, with tight replicates: the centre, the lot or the instrument moved.

Errors of gating and staining are large between centres and small within one
(docs/sources.md#between-centres-and-within-one), so that no tube
of such a group stands out of its own. Thresholds do not answer to treatment; shares do, so a shift of a share
is suspected only beyond what the table definition declares that treatment brings.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.crosschecks.batch import Entry, Series, shares, thresholds
from tregate.pipelines.crosschecks.outliers import place_words
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.robust import median, minus_medians, spread
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

CHECK = "batch_shift"
MEDIAN_EFFICIENCY = 1.2533
"""SD of a median over SD of a mean."""


class _Odds(NamedTuple):
    """Odds ratio of a population's share, one visit or day against the others, that treatment can explain."""

    low: float
    high: float


def batch_shift(results: Results, limits: StudyLimits, *, blind: bool = False) -> Iterator[TubeFinding]:
    """Visits, and days of acquisition, whose median lies apart from the other groups' medians.

    Of a `blind` study any visit may be the baseline, and no finding names a bead lot.
    """
    for series in thresholds(results, limits):
        window = (-limits.shift_threshold, limits.shift_threshold)
        for by_day in (False, True):
            yield from _shifted(series, by_day, window, limits.threshold_floor / 2, results, limits, blind=blind)
    declared = results.sources.declared
    for series in shares(results, limits):
        odds = declared.definition.batch.shift.get(series.population)
        if odds is None:
            continue
        floor = declared.least_share_spread(series.population, limits.share_floor) / 2
        for by_day in (False, True):
            yield from _shifted(series, by_day, _Odds(*odds), floor, results, limits, blind=blind)


def _shifted(
    series: Series,
    by_day: bool,
    window: tuple[float, float] | _Odds,
    floor: float,
    results: Results,
    limits: StudyLimits,
    *,
    blind: bool,
) -> Iterator[TubeFinding]:
    labels = [_day(entry) for entry in series.entries] if by_day else series.visits
    if by_day and not _adds_to_visits(labels, series.visits):
        return
    values = minus_medians(series.values, series.visits, 2) if by_day else series.values
    adjusted = minus_medians(values, series.subjects, 2)
    groups = {
        label: [i for i, other in enumerate(labels) if other == label] for label in dict.fromkeys(labels) if label
    }
    groups = {label: members for label, members in groups.items() if len(members) >= limits.group_size}
    if len(groups) < limits.least_groups:
        return
    middles = {label: median([adjusted[i] for i in members]) for label, members in groups.items()}
    for label, members in groups.items():
        shift = middles[label] - median([middle for other, middle in middles.items() if other != label])
        error = MEDIAN_EFFICIENCY * spread([adjusted[i] for i in members], floor) / math.sqrt(len(members))
        low, high = _window(window)
        if not by_day:  # against treated visits, the baseline may be shifted the opposite way
            if blind:
                low, high = min(low, -high), max(high, -low)
            elif label == results.baseline:
                low, high = -high, -low
        if not low <= shift <= high and abs(shift) / error > limits.shift_z:
            shared = {name: of for name, of in _SHARED.items() if not (blind and name == BEAD_LOT)}
            advice = _advice(series, [series.entries[i] for i in members], shared)
            yield from _findings(
                series, [series.entries[i] for i in members], label, by_day, shift, (low, high), advice
            )


def _window(window: tuple[float, float] | _Odds) -> tuple[float, float]:
    """Shifts that are not reported, as they are compared."""
    return (math.log(window.low), math.log(window.high)) if isinstance(window, _Odds) else window


def _findings(
    series: Series,
    entries: Sequence[Entry],
    label: str,
    by_day: bool,
    shift: float,
    window: tuple[float, float],
    advice: str,
) -> Iterator[TubeFinding]:
    what = place_words(series.label) if series.label else "percentage of parent"
    inside, outside = entries[len(entries) // 2].shown, "the other days" if by_day else "the other visits"
    size = f"by {shift:+.3f} of the scale" if series.label else f"by a factor of {math.exp(shift):.2f} in odds"
    message = (
        f"{series.population}: {what} of all {len(entries)} tubes of {label} (about {inside}) differs from "
        f"{outside} {size}. {advice}"
    )
    low, high = window if series.label else (math.exp(window[0]), math.exp(window[1]))
    limit = f"{low:.3g} to {high:.3g}"
    value = shift if series.label else math.exp(shift)
    first = entries[0].record
    if by_day:
        for entry in entries:
            yield at_tube(
                entry.record, CHECK, Severity.WARN, message, population=series.population, value=value, limit=limit
            )
    else:
        finding = Finding(CHECK, Severity.WARN, message, series.population, value, limit)
        tubes = dict.fromkeys(entry.record.tube for entry in entries)
        yield from (TubeFinding("", first.visit, tube, "", finding) for tube in tubes)


def _advice(series: Series, entries: Sequence[Entry], shared: Mapping[str, Callable[[TubeRecord], str]]) -> str:
    """What all of these tubes have in common and no other tube has; else where to look."""
    here = {id(entry) for entry in entries}
    others = [entry.record for entry in series.entries if id(entry) not in here]
    common = []
    for name, of in shared.items():
        own = {of(entry.record) for entry in entries}
        if len(own) == 1 and own.isdisjoint({"", *(of(record) for record in others)}):
            common.append(f"{name} {own.pop()}")
    if common:
        return f"They alone share {' and '.join(common)}; check it."
    return "Check for another lot, voltage, stain or operator on that day."


BEAD_LOT = "bead lot"
_SHARED: Mapping[str, Callable[[TubeRecord], str]] = {
    BEAD_LOT: lambda record: record.bead_lot,
    "instrument": lambda record: record.circumstances.device,
    "operator": lambda record: record.circumstances.operator,
    "site": lambda record: record.circumstances.site,
}
"""What tubes of a batch may have in common -> its value for a tube."""


def _day(entry: Entry) -> str:
    return "" if entry.record.acquired is None else entry.record.acquired.isoformat()


def _adds_to_visits(days: Sequence[str], visits: Sequence[str]) -> bool:
    """Whether days group the tubes otherwise than visits do."""
    if not all(days):
        return False
    pairs = set(zip(days, visits, strict=True))
    return not len(pairs) == len(set(visits)) == len(set(days))
