"""Populations that a threshold parts from negatives: what checks of signals look at."""

from collections.abc import Iterator
from dataclasses import dataclass

from tregate.gating.geometry.shapes import Range
from tregate.gating.qc.inspected import Inspected
from tregate.gating.units import Marker, PopulationName


@dataclass(frozen=True, slots=True)
class Positive:
    """A population above a threshold on one axis."""

    population: PopulationName
    marker: Marker
    threshold: float
    """Linear intensity, compensated."""
    below: tuple[tuple[Marker, float], ...]
    """Markers in which its ancestors below the lymphocytes are negative, with the thresholds."""


def positives(tube: Inspected) -> Iterator[Positive]:
    """Every measured population above a threshold of its own, in gating order."""
    thresholds = {
        str(gate.population): (gate.shape.axis.marker, gate.shape.low)
        for gate in tube.gated.gates
        if isinstance(gate.shape, Range) and gate.shape.low is not None and gate.shape.high is None
    }
    for name, (marker, low) in thresholds.items():
        if name not in tube.gated.unmeasured and low is not None:
            excluded = [
                other
                for ancestor in tube.strategy.lineage(name)[1:-1]
                for other in tube.strategy.populations[ancestor].none_of
            ]
            below = tuple((m, at) for m, at in (thresholds[o] for o in excluded if o in thresholds) if at is not None)
            yield Positive(PopulationName(name), marker, low, below)
