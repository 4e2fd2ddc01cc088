"""Gated -> counts: one row a population, with percent of parent, cells/µL and their 95 % limits."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tregate.gating.count import flags
from tregate.gating.count.beads import BeadCount, blood_analysed, count_beads, limit_of_quantification, per_ul_factor
from tregate.gating.count.coincidence import OFF, Coincidence
from tregate.gating.count.estimates import CountingInput, Estimate, PopulationCount
from tregate.gating.count.gate_terms import GateTerm, gate_terms
from tregate.gating.count.intervals import ratio_limits
from tregate.gating.count.low_scatter import NO_SHARES, Shares
from tregate.gating.count.other_ways import blood_of, counted_without_beads, why_not
from tregate.gating.count.terms import Terms
from tregate.gating.count.uncertainty import combined, percent_with_gate
from tregate.gating.events import Gated
from tregate.gating.strategy.counting import Counting
from tregate.gating.strategy.schema import ALL, Strategy
from tregate.gating.units import CellsPerMicrolitre, Microlitre, PopulationName


@dataclass(frozen=True, slots=True)
class _Blood:
    """What the tube's beads say about its blood, or why they say nothing."""

    beads: BeadCount | None
    load: CountingInput | None
    why_not: str
    without_beads: Microlitre | None = None
    """Blood analysed, where it is known otherwise than by beads."""
    lymphocytes: int | None = None
    """Events that a haematology value is of."""

    @property
    def counts(self) -> bool:
        """Whether the tube has concentrations."""
        return not self.why_not and self.load is not None and (self.beads is not None or self.without_beads is not None)

    def counted(self, cells: int) -> Estimate:
        """Cells/µL with exact counting limits; only where `counts`."""
        if self.without_beads is not None:
            return counted_without_beads(cells, self.lymphocytes, self.without_beads)
        assert self.beads is not None
        assert self.load is not None
        return counted_concentration(cells, self.beads, self.load)

    @property
    def volume(self) -> Microlitre | None:
        if self.without_beads is not None:
            return self.without_beads
        if self.why_not or self.beads is None or self.load is None:
            return None
        return blood_analysed(self.beads.beads, self.load)

    @property
    def loq(self) -> CellsPerMicrolitre | None:
        volume = self.volume
        return None if volume is None else limit_of_quantification(volume)


def count(
    gated: Gated,
    strategy: Strategy,
    load: CountingInput | None,
    no_beads: str,
    coincidence: Coincidence = OFF,
    low_scatter: Shares = NO_SHARES,
) -> tuple[PopulationCount, ...]:
    """Counts of every population, in gating order, also of those that could not be measured.

    `no_beads`: flag that says why `load` is None. A washed strategy gives no concentration whatever its load.
    Raises CountError for a load that is no number of beads.
    """
    blood = _blood(gated, strategy, load, no_beads)
    without_cells = _without_cells(strategy)
    gates = gate_terms(gated, strategy, low_scatter)
    rows = (_row(name, gated, blood, gates[name], name in without_cells) for name in gated.order)
    return with_coincidence(rows, load, coincidence)


def counted_concentration(cells: int, beads: BeadCount, load: CountingInput) -> Estimate:
    """Cells/µL of blood as counted, with exact limits of counting cells and beads and nothing else."""
    factor = per_ul_factor(load)
    weight = beads.effective / beads.beads
    low, high = ratio_limits(cells, beads.effective)
    return Estimate(cells / beads.beads * factor, low * weight * factor, high * weight * factor)


def concentration(
    cells: int, beads: BeadCount, load: CountingInput, coincidence: Coincidence = OFF, gate_sd: float = 0.0
) -> Estimate:
    """Cells/µL of blood with 95 % limits of counting, beads, preparation, pairs and gating.

    gate_sd: relative SD that gating brings to the count.
    """
    return _combined(counted_concentration(cells, beads, load), load, coincidence, gate_sd)


def with_coincidence(
    counts: Iterable[PopulationCount], load: CountingInput | None, coincidence: Coincidence
) -> tuple[PopulationCount, ...]:
    """The same counts with another pair factor: cells/µL and their limits made anew from what was counted."""
    return tuple(_corrected(one, load, coincidence) for one in counts)


def _corrected(one: PopulationCount, load: CountingInput | None, coincidence: Coincidence) -> PopulationCount:
    if one.counted is None or load is None:
        return one
    cells = _combined(one.counted, load, coincidence, one.gate.total)
    unknown = (flags.PAIRS_UNMEASURED,) if coincidence.source == "none" and coincidence.applied else ()
    kept = tuple(flag for flag in one.flags if flag not in (flags.PAIRS_UNMEASURED, flags.WIDE_LIMITS, flags.IMPRECISE))
    marks = (*kept, *flags.wide(one.events, cells), *unknown)
    return replace(one, cells_per_ul=cells, coincidence=coincidence, flags=marks)


def _combined(counted: Estimate, load: CountingInput, coincidence: Coincidence, gate_sd: float) -> Estimate:
    declared = Terms(beads=load.lot_cv_percent / 100.0, preparation=load.preparation_cv_percent / 100.0, gate=gate_sd)
    return combined(counted, declared, coincidence)


def _blood(gated: Gated, strategy: Strategy, load: CountingInput | None, no_beads: str) -> _Blood:
    if strategy.washed:
        return _Blood(None, load, flags.WASHED)
    if strategy.counting is not None:
        return _without_beads(gated, strategy, strategy.counting, load, no_beads)
    if strategy.beads is None:
        return _Blood(None, load, flags.NO_BEAD_GATE)
    beads = count_beads(gated, strategy.beads, load)
    if load is None:
        return _Blood(beads, None, no_beads or flags.BEAD_LOAD_MISSING)
    if beads is None:
        return _Blood(None, load, flags.BEADS_UNMEASURED)
    return _Blood(beads, load, "" if beads.beads else flags.NO_BEADS)


def _without_beads(
    gated: Gated, strategy: Strategy, counting: Counting, load: CountingInput | None, no_load: str
) -> _Blood:
    reason = why_not(gated, counting, load)
    if reason or load is None:
        return _Blood(None, load, no_load if load is None and no_load else reason)
    lymphocytes = None if counting.of is None else gated.events[PopulationName(counting.of)]
    return _Blood(None, load, "", blood_of(gated, strategy, load), lymphocytes)


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


def _row(name: PopulationName, gated: Gated, blood: _Blood, gate: GateTerm, without_cells: bool) -> PopulationCount:
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
        share = percent_with_gate(events, parent_events, 0.0 if without_cells else gate.own)
        marks += [flags.PARENT_EMPTY] if share is None else []
    counted = None
    if without_cells:
        marks.append(flags.NOT_CELLS)
    else:
        marks += [*flags.band(events), *([blood.why_not] if blood.why_not else [])]
        if parent_events != 0 and blood.counts:
            counted = blood.counted(events)
        else:
            marks += flags.wide(events, share)
    return PopulationCount(
        name, parent, events, parent_events, share, None, bead_events, blood.volume, blood.loq, tuple(marks),
        counted=counted, gate=gate,
    )  # fmt: skip
