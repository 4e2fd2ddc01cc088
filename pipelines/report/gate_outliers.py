"""How far each tube's gates lie from those of its kind: the odd one leaps to the eye."""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tregate.gating.count.estimates import Estimate
from tregate.pipelines.tubes.gate_positions import shape_positions
from tregate.pipelines.tubes.records import TubeRecord

OUTLIER_Z = 3.5
"""Robust z beyond which a value is called odd [Iglewicz & Hoaglin 1993]."""

AT_LEAST = 5
"""Tubes of a kind below which nothing is called odd."""

OF_A_VISIT = 3
"""Tubes of a visit from which it has a level of its own."""

LEAST_SD = 0.003
"""Least spread of a position on its scale, about 3 % of intensity at 4.5 decades: nobody argues about less."""

LEAST_PERCENT_CV = 0.02
"""Least spread of a percentage, as a share of its median."""

_MAD_TO_SD = 1.4826


@dataclass(frozen=True, slots=True)
class Place:
    """One number of one gate on one tube, beside the same number of its kind."""

    record: int
    """Index into the records."""
    tube: str
    population: str
    name: str
    """"CD4 low", or PERCENT for the percent of parent."""
    linear: float
    at: float
    """On the scaled axis (percent: percent)."""
    noise: float = 0.0
    """Counting SD of a percentage."""
    z: float | None = None
    """Robust z among the tubes of this name; None where there are too few."""


PERCENT = "% of parent"


def places(records: Sequence[TubeRecord]) -> tuple[Place, ...]:
    """Every threshold and percentage of every gated tube, in the order of the records."""
    raw = [place for index, record in enumerate(records) for place in _of(index, record)]
    groups: dict[tuple[str, str, str], list[Place]] = defaultdict(list)
    for place in raw:
        groups[place.tube, place.population, place.name].append(place)
    judged = {}
    for alike in groups.values():
        for place in _judged(alike, [records[place.record].visit for place in alike]):
            judged[place.record, place.population, place.name] = place
    return tuple(judged[place.record, place.population, place.name] for place in raw)


def max_abs_z(of_record: Iterable[Place]) -> float:
    """The largest |z| among some places, 0 where there is none."""
    return max((abs(place.z) for place in of_record if place.z is not None), default=0.0)


def centre_and_spread(values: Sequence[float]) -> tuple[float, float] | None:
    """Median and robust standard deviation (1.4826 x MAD); None for fewer than AT_LEAST values."""
    if len(values) < AT_LEAST:
        return None
    centre = statistics.median(values)
    return centre, _MAD_TO_SD * statistics.median(abs(value - centre) for value in values)


def _of(index: int, record: TubeRecord) -> list[Place]:
    if record.result is None:
        return []
    found = [
        Place(index, record.tube, str(gate.population), where.label, where.linear, where.scaled)
        for gate in record.result.gates
        if gate.shape is not None
        for where in shape_positions(gate.shape)
        if math.isfinite(where.scaled)
    ]
    found += [
        Place(index, record.tube, str(count.population), PERCENT, share.value, share.value, _counting_sd(share))
        for count in record.result.counts
        if (share := count.percent_of_parent) is not None
    ]
    return found


def _judged(alike: Sequence[Place], visits: Sequence[str]) -> list[Place]:
    """The same number on all its tubes, with z. Percentages are compared within their visit.

    A treatment that moves every subject makes nobody odd.
    """
    is_share = alike[0].name == PERCENT
    level = _visit_medians(alike, visits) if is_share else {}
    left = [place.at - level.get(visit, 0.0) for place, visit in zip(alike, visits, strict=True)]
    found = centre_and_spread(left)
    if found is None:
        return list(alike)
    least = LEAST_PERCENT_CV * statistics.median(place.at for place in alike) if is_share else LEAST_SD
    spread = max(found[1], least)
    return [
        replace(place, z=(value - found[0]) / within) if (within := math.hypot(spread, place.noise)) > 0.0 else place
        for place, value in zip(alike, left, strict=True)
    ]


def _counting_sd(share: Estimate) -> float:
    return (share.high - share.low) / (2 * 1.96)


def _visit_medians(alike: Sequence[Place], visits: Sequence[str]) -> dict[str, float]:
    values: dict[str, list[float]] = defaultdict(list)
    for place, visit in zip(alike, visits, strict=True):
        values[visit].append(place.at)
    overall = statistics.median(place.at for place in alike)
    return {v: statistics.median(at) if len(at) >= OF_A_VISIT else overall for v, at in values.items()}


def by_record(every: Iterable[Place]) -> Mapping[int, list[Place]]:
    """Places of each record."""
    grouped: dict[int, list[Place]] = defaultdict(list)
    for place in every:
        grouped[place.record].append(place)
    return grouped
