"""Levey-Jennings charts: what should be alike on every tube, in the order of the samples list.

The lines stand at the median and 1, 2, 3 robust standard deviations of the run itself, so that
one bad tube does not widen the limits that should show it.
"""

import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tregate.pipelines.report.gate_outliers import centre_and_spread
from tregate.pipelines.tubes.records import TubeRecord

_BETWEEN_TUBES = "CD3+"


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


def control_charts(records: Sequence[TubeRecord]) -> tuple[ControlChart, ...]:
    """Bead counts and bead CVs per kind of tube, CD3+/µL between tubes; only charts that have points."""
    kinds: dict[str, list[int]] = defaultdict(list)
    for index, record in enumerate(records):
        if record.result is not None:
            kinds[record.tube].append(index)
    charts = []
    for tube, members in kinds.items():
        charts += [
            _chart(f"Bead events, tube {tube}", "beads", _BEADS, records, members, bead_events),
            _chart(f"Bead CV over time, tube {tube}", "%", _ARRIVAL, records, members, arrival_cv),
            _chart(f"Bead fluorescence CV, tube {tube}", "%", _FLUORESCENCE, records, members, bead_cv),
        ]
    charts.append(_between_tubes(records))
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
    "CD3+/µL of two tubes of the same subject and visit: difference in percent of their mean. A large "
    "difference means a pipetting or gating error in one of them."
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
    """Robust CV of single beads' fluorescence [%], where the gate that tells doublets apart gives it."""
    if record.result is None:
        return None
    for gate in record.result.gates:
        value = gate.evidence.get("cv") if gate.method == "doublets" else None
        if isinstance(value, int | float):
            return 100.0 * value
    return None


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


def _between_tubes(records: Sequence[TubeRecord]) -> ControlChart:
    visits: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    for index, record in enumerate(records):
        count = record.count(_BETWEEN_TUBES)
        if count is not None and count.cells_per_ul is not None:
            visits[record.subject, record.visit].append((index, count.cells_per_ul.value))
    points = tuple(
        ControlPoint(first, f"{subject} {visit}", 200.0 * (a - b) / (a + b))
        for (subject, visit), ((first, a), (_, b), *_rest) in (
            (key, tubes) for key, tubes in visits.items() if len(tubes) > 1
        )
        if a + b > 0
    )
    return _with_limits("CD3+/µL between tubes", "%", _PAIRS, points)


def _with_limits(title: str, unit: str, about: str, points: tuple[ControlPoint, ...]) -> ControlChart:
    values = [point.value for point in points]
    judged = centre_and_spread(values)
    centre, sd = judged or (statistics.median(values) if values else 0.0, 0.0)
    return ControlChart(title, unit, about, centre, sd, points)
