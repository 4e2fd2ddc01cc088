"""Concentrations without beads: by the volume acquired, or by the lymphocytes/µL of a haematology counter.

Source: docs/sources.md#counting-without-beads.
"""

from tregate.gating.count.estimates import CountingInput, Estimate
from tregate.gating.count.intervals import ALPHA, clopper_pearson, ratio_limits
from tregate.gating.events import Gated
from tregate.gating.strategy.counting import MOST_OF_TOTAL, Counting
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Microlitre, PopulationName

VOLUME_MISSING = "volume_missing"
"""Neither the file nor samples.csv states the volume acquired."""
VOLUME_ABOVE_TOTAL = "volume_above_total"
"""More was acquired than there was in the tube."""
HAEMATOLOGY_MISSING = "haematology_missing"
"""samples.csv states no lymphocytes/µL for the tube."""
HAEMATOLOGY_UNMEASURED = "haematology_unmeasured"
"""The population that the haematology counter counted has no events in the tube."""


def why_not(gated: Gated, counting: Counting, load: CountingInput | None) -> str:
    """Flag that says why the tube has no concentration; "" where it has one."""
    if counting.by == "volume":
        acquired = 0.0 if load is None else load.acquired_ul or 0.0
        if acquired > MOST_OF_TOTAL * (counting.total_volume_ul or 1.0):
            return VOLUME_ABOVE_TOTAL
        return "" if acquired > 0.0 else VOLUME_MISSING
    if load is None or not (load.haematology_per_ul or 0.0) > 0.0:
        return HAEMATOLOGY_MISSING
    return "" if gated.events.get(PopulationName(counting.of or "")) else HAEMATOLOGY_UNMEASURED


def blood_of(gated: Gated, strategy: Strategy, load: CountingInput) -> Microlitre:
    """Blood that the counted events stand for [µL]; `why_not` is "".

    By volume: what was acquired, times the fraction of the events that time cleaning kept, times blood over the total
    volume in the tube, over the dilution. By haematology: lymphocytes counted over lymphocytes/µL. Either over the
    bridging factor, so that cells/µL are those that beads would give.
    """
    counting = strategy.counting
    assert counting is not None
    if counting.by == "haematology":
        blood = gated.events[PopulationName(counting.of or "")] / (load.haematology_per_ul or 1.0)
        return Microlitre(blood / (load.bridging_factor or 1.0))
    total = counting.total_volume_ul or 1.0
    blood = (load.acquired_ul or 0.0) * kept(gated, strategy) * load.blood_volume_ul / total / load.dilution
    return Microlitre(blood / (load.bridging_factor or 1.0))


def kept(gated: Gated, strategy: Strategy) -> float:
    """Fraction of the events that time cleaning kept; of a mixed sample it is the fraction of the volume too."""
    fraction = 1.0
    for name, population in strategy.populations.items():
        if population.gate is not None and population.gate.kind == "steady" and PopulationName(name) in gated.events:
            fraction *= gated.events[PopulationName(name)] / max(gated.n_events, 1)
    return fraction


def counted_without_beads(cells: int, lymphocytes: int | None, blood: Microlitre) -> Estimate:
    """Cells/µL with exact counting limits. `lymphocytes`: events that the haematology value is of; None: by volume.

    A count in a volume has Poisson limits [Garwood 1936, Biometrika 28:437]; a share of the lymphocytes has those of a
    proportion, or of a ratio where the cells are no part of them.
    """
    if lymphocytes is None:
        low, high = poisson_limits(cells)
        return Estimate(cells / blood, low / blood, high / blood)
    if cells <= lymphocytes:
        low, high = (limit * lymphocytes for limit in clopper_pearson(cells, lymphocytes))
    else:
        low, high = (limit * lymphocytes for limit in ratio_limits(cells, lymphocytes))
    return Estimate(cells / blood, low / blood, high / blood)


def poisson_limits(events: int) -> tuple[float, float]:
    """Exact two-sided 95 % limits of a Poisson count.

    >>> [round(limit, 2) for limit in poisson_limits(10)]
    [4.8, 18.39]
    """
    from scipy.special import gammaincinv  # takes as long to import as NumPy: not before there is something to count

    low = float(gammaincinv(events, ALPHA / 2)) if events > 0 else 0.0
    return low, float(gammaincinv(events + 1.0, 1.0 - ALPHA / 2))
