"""How far each tube's gates lie from those of its kind: the odd one leaps to the eye."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.records import TubeRecord
from pipelines.report.positions import positions

ODD = 3.5
"""Robust z beyond which a value is called odd [Iglewicz & Hoaglin 1993]."""

AT_LEAST = 5
"""Tubes of a kind below which nothing is called odd."""

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
    """"CD4 from", or PERCENT for the percent of parent."""
    linear: float
    at: float
    """On the scaled axis (percent: percent)."""
    z: float | None
    """Robust z among the tubes of this name; None where there are too few."""


PERCENT = "% of parent"


def places(records: Sequence[TubeRecord]) -> tuple[Place, ...]:
    """Every threshold and percentage of every gated tube, in the order of the records."""
    raw = [place for index, record in enumerate(records) for place in _of(index, record)]
    kinds: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for place in raw:
        kinds[place.tube, place.population, place.name].append(place.at)
    centres = {kind: centre_and_spread(values) for kind, values in kinds.items()}
    return tuple(_judged(place, centres[place.tube, place.population, place.name]) for place in raw)


def oddest(of_record: Iterable[Place]) -> float:
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
        Place(index, record.tube, str(gate.population), where.name, where.linear, where.at, None)
        for gate in record.result.gates
        for where in positions(gate.shape)
    ]
    found += [
        Place(index, record.tube, str(count.population), PERCENT, share.value, share.value, None)
        for count in record.result.counts
        if (share := count.percent_of_parent) is not None
    ]
    return found


def _judged(place: Place, centre: tuple[float, float] | None) -> Place:
    if centre is None:
        return place
    least = LEAST_PERCENT_CV * centre[0] if place.name == PERCENT else LEAST_SD
    spread = max(centre[1], least)
    if spread == 0.0:
        return place
    z = (place.at - centre[0]) / spread
    return Place(place.record, place.tube, place.population, place.name, place.linear, place.at, z)


def by_record(every: Iterable[Place]) -> Mapping[int, list[Place]]:
    """Places of each record."""
    grouped: dict[int, list[Place]] = defaultdict(list)
    for place in every:
        grouped[place.record].append(place)
    return grouped
