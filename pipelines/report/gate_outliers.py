"""Every number of every gate of a run, beside its robust z among its kind: what the page's outlier marks show.

The z are those of findings.csv (`crosschecks.outliers`): there is one definition of an outlier.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tregate.pipelines.crosschecks.outliers import ScoreKey
from tregate.pipelines.tubes.gate_positions import shape_positions
from tregate.pipelines.tubes.records import TubeRecord

PERCENT = "% of parent"


@dataclass(frozen=True, slots=True)
class Place:
    """One number of one gate on one tube."""

    record: int
    """Index into the records."""
    tube: str
    population: str
    name: str
    """"CD4 low", or PERCENT for the percent of parent."""
    linear: float
    at: float
    """On the scaled axis (percent: percent)."""
    z: float | None = None
    """Robust z among the tubes of this strategy; None where it is not compared."""


def places(records: Sequence[TubeRecord], scores: Mapping[ScoreKey, float]) -> tuple[Place, ...]:
    """Every threshold and percentage of every gated tube, in the order of the records."""
    return tuple(place for index, record in enumerate(records) for place in _of(index, record, scores))


def max_abs_z(of_record: Iterable[Place]) -> float:
    """The largest |z| among some places, 0 where there is none."""
    return max((abs(place.z) for place in of_record if place.z is not None), default=0.0)


def by_record(every: Iterable[Place]) -> Mapping[int, list[Place]]:
    """Places of each record."""
    grouped: dict[int, list[Place]] = defaultdict(list)
    for place in every:
        grouped[place.record].append(place)
    return grouped


def _of(index: int, record: TubeRecord, scores: Mapping[ScoreKey, float]) -> list[Place]:
    if record.result is None:
        return []

    def z(population: str, label: str) -> float | None:
        return scores.get((record.subject, record.visit, record.tube, record.file, population, label))

    found = [
        Place(index, record.tube, name, at.label, at.linear, at.scaled, z(name, at.label))
        for gate, compared in record.positions
        if gate.shape is not None
        for name in [str(gate.population)]
        for at in compared or shape_positions(gate.shape)
        if math.isfinite(at.scaled)
    ]
    found += [
        Place(index, record.tube, name, PERCENT, share.value, share.value, z(name, ""))
        for count in record.result.counts
        if (share := count.percent_of_parent) is not None
        for name in [str(count.population)]
    ]
    return found
