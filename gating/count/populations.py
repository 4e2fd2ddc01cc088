"""Gated -> counts: one row a population, with percent of parent, cells/µL and their 95 % limits."""

import math
from dataclasses import dataclass

from tregate.gating.count import flags
from tregate.gating.count.beads import BeadCount, blood_analysed, count_beads, limit_of_quantification, per_ul_factor
from tregate.gating.count.estimates import BeadLoad, Estimate, PopulationCount
from tregate.gating.count.intervals import percent, ratio_limits, widened
from tregate.gating.events import Gated
from tregate.gating.strategy.schema import ALL, Strategy
from tregate.gating.units import CellsPerMicrolitre, Microlitre, PopulationName


@dataclass(frozen=True, slots=True)
class _Blood:
    """What the tube's beads say about its blood, or why they say nothing."""

    beads: BeadCount | None
    load: BeadLoad | None
    why_not: str

    @property
    def volume(self) -> Microlitre | None:
        if self.why_not or self.beads is None or self.load is None:
            return None
        return blood_analysed(self.beads.beads, self.load)

    @property
    def loq(self) -> CellsPerMicrolitre | None:
        volume = self.volume
        return None if volume is None else limit_of_quantification(volume)


def count(gated: Gated, strategy: Strategy, load: BeadLoad | None, no_beads: str) -> tuple[PopulationCount, ...]:
    """Counts of every population, in gating order, also of those that could not be measured.

    `no_beads`: flag that says why `load` is None. A washed strategy gives no concentration whatever its load.
    Raises CountError for a load that is no number of beads.
    """
    blood = _blood(gated, strategy, load, no_beads)
    without_cells = _without_cells(strategy)
    return tuple(_row(name, gated, blood, name in without_cells) for name in gated.order)


def concentration(cells: int, beads: BeadCount, load: BeadLoad) -> Estimate:
    """Cells/µL of blood: exact counting limits, widened by the lot's and the preparation's declared CVs."""
    factor = per_ul_factor(load)
    weight = beads.effective / beads.beads
    low, high = ratio_limits(cells, beads.effective)
    counted = Estimate(cells / beads.beads * factor, low * weight * factor, high * weight * factor)
    return widened(counted, math.hypot(load.lot_cv_percent, load.preparation_cv_percent) / 100.0)


def _blood(gated: Gated, strategy: Strategy, load: BeadLoad | None, no_beads: str) -> _Blood:
    if strategy.washed:
        return _Blood(None, load, flags.WASHED)
    if strategy.beads is None:
        return _Blood(None, load, flags.NO_BEAD_GATE)
    beads = count_beads(gated, strategy.beads)
    if load is None:
        return _Blood(beads, None, no_beads or flags.BEAD_LOAD_MISSING)
    if beads is None:
        return _Blood(None, load, flags.BEADS_UNMEASURED)
    return _Blood(beads, load, "" if beads.beads else flags.NO_BEADS)


def _without_cells(strategy: Strategy) -> frozenset[str]:
    """Beads, all that they are gated within or made of, what is gated within them, and cleaning steps."""
    populations = strategy.populations
    names = {name for name, population in populations.items() if population.is_cleaning}
    if strategy.beads is None:
        return frozenset(names)
    pairs = strategy.beads.doublet_population
    beads = {strategy.beads.population, *([pairs] if pairs is not None else [])}
    waiting, grounds = list(beads), set[str]()
    while waiting:
        name = waiting.pop()
        if name != ALL and name not in grounds:
            grounds.add(name)
            made_of = populations[name]
            waiting += [*made_of.all_of, *made_of.any_of, *([made_of.parent] if made_of.parent else [])]
    names |= grounds
    return frozenset(names.union(name for name in populations if beads.intersection(strategy.lineage(name))))


def _row(name: PopulationName, gated: Gated, blood: _Blood, without_cells: bool) -> PopulationCount:
    parent = gated.parents[name]
    parent_events = gated.n_events if parent == ALL else gated.events.get(parent)
    bead_events = None if blood.beads is None else blood.beads.beads
    if name in gated.unmeasured:
        return PopulationCount(
            name, parent, None, parent_events, None, None, bead_events, blood.volume, blood.loq,
            (flags.NOT_CELLS, flags.UNMEASURED) if without_cells else (flags.UNMEASURED,),
        )  # fmt: skip
    events = gated.events[name]
    marks: list[str] = []
    share = None
    if parent_events is not None:
        share = percent(events, parent_events)
        marks += [flags.PARENT_EMPTY] if share is None else []
    cells = None
    if without_cells:
        marks.append(flags.NOT_CELLS)
    else:
        marks += [*flags.band(events), *([blood.why_not] if blood.why_not else [])]
        if parent_events != 0 and not blood.why_not and blood.beads is not None and blood.load is not None:
            cells = concentration(events, blood.beads, blood.load)
    return PopulationCount(
        name, parent, events, parent_events, share, cells, bead_events, blood.volume, blood.loq, tuple(marks)
    )
