"""Levey-Jennings charts: what should be alike on every tube, in the order of the samples list.

The lines stand at the median and 1, 2, 3 robust standard deviations of the run itself, so that
one bad tube does not widen the limits that should show it.
"""

import re
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from tregate.pipelines.crosschecks.robust import median, spread
from tregate.pipelines.report.westgard import broken
from tregate.pipelines.tubes.records import TubeRecord

_CLOCK = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})")
LEAST_POINTS = 5
"""Points below which a chart has no limits."""


@dataclass(frozen=True, slots=True)
class ControlPoint:
    record: int
    """Index into the records."""
    label: str
    value: float


@dataclass(frozen=True, slots=True)
class ControlChart:
    title: str
    unit: str
    about: str
    centre: float
    sd: float
    """0 where there are too few points for limits."""
    points: tuple[ControlPoint, ...]
    """By instrument and time of acquisition, where files state them."""
    rules: tuple[tuple[str, int], ...] = ()
    """Westgard's rules that are broken, each with the position of the point."""


def control_charts(records: Sequence[TubeRecord], same_blood: Sequence[str] = ()) -> tuple[ControlChart, ...]:
    """Beads, acquisition and negative cells per kind of tube, cells/µL between tubes; only charts that have points.

    `same_blood`: populations that two bead tubes of one visit count alike.
    """
    kinds: dict[str, list[int]] = defaultdict(list)
    for index, record in enumerate(records):
        if record.result is not None:
            kinds[record.tube].append(index)
    charts = []
    for tube, listed in kinds.items():
        members = in_time(records, listed)
        charts += [
            _chart(f"Bead events, tube {tube}", "beads", _BEADS, records, members, bead_events),
            _chart(f"Bead CV over time, tube {tube}", "%", _ARRIVAL, records, members, arrival_cv),
            _chart(f"Bead fluorescence CV, tube {tube}", "%", _FLUORESCENCE, records, members, bead_cv),
            _chart(f"Bead intensity, tube {tube}", "linear", _INTENSITY, records, members, bead_intensity),
            _chart(f"Events per second, tube {tube}", "events/s", _RATE, records, members, events_per_second),
            _chart(f"Excluded over time, tube {tube}", "%", _EXCLUDED, records, members, percent_excluded),
        ]
        for marker, population in references(records, members):
            level = partial(reference_level, marker=marker)
            title = f"{marker} on {population}, tube {tube}"
            charts.append(_chart(title, "linear", _REFERENCE, records, members, level))
    charts = [chart for chart in charts if any(point.value for point in chart.points)]
    charts += [_between_tubes(records, population) for population in same_blood]
    return tuple(chart for chart in charts if chart.points)


_BEADS = (
    "Number of beads. A low value means lost beads (clog, pipetting, wrong gate): the tube's cells/µL are too high."
)
_ARRIVAL = (
    "Variation of the number of beads between equal intervals of the acquisition. A high value means a "
    "clog, air or poor mixing."
)
_FLUORESCENCE = (
    "Width of the bead cluster. A high value means an unstable acquisition, or other events in the bead gate."
)
_PAIRS = (
    "{}/µL of two tubes of the same subject and visit: difference in percent of their mean. A large "
    "difference means a pipetting or gating error in one of them."
)


_INTENSITY = (
    "Mode of single beads on the axis that separates doublets best. A shift means other gains, lasers or beads."
)
_RATE = "Events in the file over the time from begin to end of the acquisition. High rates lose cells in pairs."
_EXCLUDED = "Events that the time cleaning excluded. A high value means a clog, air or an unstable run."
_REFERENCE = (
    "Median of cells whose intensity should not move. A shift means other gains, stain or compensation; it concerns "
    "intensities and fixed thresholds."
)


def in_time(records: Sequence[TubeRecord], members: Sequence[int]) -> list[int]:
    """The tubes by instrument and time of acquisition; in the order of the samples list where files state neither."""
    if not all(records[index].circumstances.acquired for index in members):
        return list(members)
    return sorted(
        members,
        key=lambda index: (records[index].circumstances.device, str(records[index].circumstances.acquired), index),
    )


def bead_events(record: TubeRecord) -> float | None:
    """Beads counted on the tube."""
    if record.result is None:
        return None
    return next((float(c.bead_events) for c in record.result.counts if c.bead_events is not None), None)


def arrival_cv(record: TubeRecord) -> float | None:
    """Coefficient of variation of the beads per stretch of the run [%]; None without beads."""
    if record.result is None or len(record.result.bead_arrivals) < 3:
        return None
    mean = statistics.fmean(record.result.bead_arrivals)
    return 100.0 * statistics.stdev(record.result.bead_arrivals) / mean if mean > 0 else None


def bead_cv(record: TubeRecord) -> float | None:
    """Robust CV of single beads' fluorescence [%], where the gate that separates doublets gives it."""
    if record.result is None:
        return None
    for gate in record.result.gates:
        value = gate.evidence.get("cv") if gate.method == "doublets" else None
        if isinstance(value, int | float):
            return 100.0 * value
    return None


def bead_intensity(record: TubeRecord) -> float | None:
    """Mode of single beads, linear, not compensated for the gain; None where doublets of beads were not separated."""
    return _evidence(record, "doublets", "single_mode")


def percent_excluded(record: TubeRecord) -> float | None:
    """Events that time cleaning excluded [%]."""
    share = _evidence(record, "steady", "taken_out")
    return None if share is None else 100.0 * share


def events_per_second(record: TubeRecord) -> float | None:
    """By `$BTIM` and `$ETIM`; None where the file does not state both."""
    if record.result is None:
        return None
    details = record.result.data_set.details
    clocks = [_CLOCK.match(str(details.get(key, "")).strip()) for key in ("begin", "end")]
    if None in clocks:
        return None
    begin, end = (
        sum(int(part) * unit for part, unit in zip(c.groups(), (3600, 60, 1), strict=True)) for c in clocks if c
    )
    seconds = (end - begin) % 86_400
    return record.result.data_set.n_events / seconds if seconds > 0 else None


def references(records: Sequence[TubeRecord], members: Sequence[int]) -> list[tuple[str, str]]:
    """(marker, population) of the standard or negative cells of the intensities that the tables ask for."""
    found: dict[str, str] = {}
    for index in members:
        result = records[index].result
        for one in () if result is None else result.intensities:
            if one.standard or one.negative:
                found.setdefault(one.marker, one.standard or one.negative)
    return list(found.items())


def reference_level(record: TubeRecord, marker: str) -> float | None:
    """Median of the standard or negative cells."""
    listed = () if record.result is None else record.result.intensities
    levels = (
        one.negative_median if one.standard_median is None else one.standard_median
        for one in listed
        if one.marker == marker
    )
    return next((level for level in levels if level is not None), None)


def _evidence(record: TubeRecord, method: str, key: str) -> float | None:
    """A number of the first gate that this method placed."""
    gates = () if record.result is None else record.result.gates
    values = (gate.evidence.get(key) for gate in gates if gate.method == method)
    return next((float(value) for value in values if isinstance(value, int | float)), None)


def _chart(
    title: str,
    unit: str,
    about: str,
    records: Sequence[TubeRecord],
    members: Sequence[int],
    measure: Callable[[TubeRecord], float | None],
) -> ControlChart:
    points = tuple(
        ControlPoint(index, f"{records[index].subject} {records[index].visit}", value)
        for index in members
        if (value := measure(records[index])) is not None
    )
    return _with_limits(title, unit, about, points)


def _between_tubes(records: Sequence[TubeRecord], population: str) -> ControlChart:
    visits: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    for index, record in enumerate(records):
        count = record.count(population)
        if count is not None and count.cells_per_ul is not None:
            visits[record.subject, record.visit].append((index, count.cells_per_ul.value))
    points = tuple(
        ControlPoint(first, f"{subject} {visit}", 200.0 * (a - b) / (a + b))
        for (subject, visit), ((first, a), (_, b), *_rest) in (
            (key, tubes) for key, tubes in visits.items() if len(tubes) > 1
        )
        if a + b > 0
    )
    return _with_limits(f"{population}/µL between tubes", "%", _PAIRS.format(population), points)


def _with_limits(title: str, unit: str, about: str, points: tuple[ControlPoint, ...]) -> ControlChart:
    values = [point.value for point in points]
    centre = median(values) if values else 0.0
    sd = spread(values, 0.0) if len(values) >= LEAST_POINTS else 0.0
    return ControlChart(title, unit, about, centre, sd, points, broken(values, centre, sd))
