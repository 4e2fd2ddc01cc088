"""A gated tube x its truth -> what was found of each population, beside what is true."""

import numpy as np

from tregate.gating.count import flags
from tregate.gating.count.estimates import Estimate, PopulationCount
from tregate.gating.count.intervals import percent
from tregate.gating.events import Gated
from tregate.gating.strategy.schema import Strategy
from tregate.gating.tube import TubeResult
from tregate.gating.units import PopulationName
from tregate.pipelines.tabulate.doubts import Doubts
from tregate.pipelines.tabulate.flags import doubts_about
from tregate.pipelines.tubes.records import TubeRecord, findings_of
from tregate.pipelines.validation.asked import targets
from tregate.pipelines.validation.comparison import Comparison, Overlap
from tregate.pipelines.validation.truth import BoolArray, Truth

STANDING = frozenset({flags.NOT_CELLS, flags.WASHED, flags.NO_BEAD_GATE, flags.PAIRS_UNMEASURED})
"""Flags that say what kind of row it is, and doubt nothing."""

BEADS = "beads"


def populations(strategy: Strategy, known: frozenset[str]) -> tuple[str, ...]:
    """Populations of the strategy whose truth is known, in gating order; the beads among them."""
    beads = None if strategy.beads is None else strategy.beads.population
    return tuple(name for name in strategy.populations if name in known or name == beads)


def compare_with_truth(strategy: Strategy, truth: Truth, result: TubeResult, gated: Gated) -> tuple[Comparison, ...]:
    """Every population whose truth is known, in gating order."""
    kept = time_kept(strategy, gated)
    record = TubeRecord("tube", "validation", strategy.strategy, "", strategy.strategy, strategy.washed, result)
    known = Doubts(findings_of(record))
    rows = []
    for name in populations(strategy, frozenset(truth.members)):
        count = next(count for count in result.counts if count.population == name)
        doubts = doubts_about(known, record, name, concentration=count.cells_per_ul is not None)
        reported = {*count.flags, *(check for check, _ in doubts)} - STANDING
        if strategy.beads is not None and name == strategy.beads.population:
            rows.append(_beads(name, count, truth, gated, kept, reported))
        else:
            unit, figure, true = _figure(strategy, count, truth, result)
            overlap = _overlap(name, truth, gated, kept)
            rows.append(Comparison(name, unit, overlap, figure, True, true, tuple(sorted(reported))))
    return tuple(rows)


def nothing(strategy: Strategy, truth: Truth, stage: str) -> tuple[Comparison, ...]:
    """The rows of a tube that could not be gated."""
    return tuple(
        Comparison(name, "", None, None, False, None, (f"failed_{stage}",))
        for name in populations(strategy, frozenset(truth.members))
    )


def time_kept(strategy: Strategy, gated: Gated) -> BoolArray:
    """(n_events,) events that time cleaning left. It takes beads and cells alike, so it is no loss of either."""
    kept = np.ones(gated.n_events, dtype=bool)
    for name, population in strategy.populations.items():
        cleans = population.gate is not None and population.gate.kind == "steady"
        if cleans and PopulationName(name) in gated.members:
            kept &= gated.mask(PopulationName(name))
    return kept


def _overlap(name: str, truth: Truth, gated: Gated, kept: BoolArray) -> Overlap | None:
    if name in gated.unmeasured:
        return None
    found = gated.mask(PopulationName(name)) & kept
    true = truth.members[name] & kept
    return Overlap(int(found.sum()), int(true.sum()), int((found & true).sum()))


def _beads(
    name: str, count: PopulationCount, truth: Truth, gated: Gated, kept: BoolArray, reported: set[str]
) -> Comparison:
    """Beads counted, doublets as the strategy says, against the beads that went through the laser."""
    overlap = None
    if name not in gated.unmeasured:
        found, true = gated.mask(PopulationName(name)) & kept, (truth.beads > 0) & kept
        overlap = Overlap(int(found.sum()), int(true.sum()), int((found & true).sum()))
    counted = None if count.bead_events is None else float(count.bead_events)
    figure = None if counted is None else Estimate(counted, counted, counted)
    return Comparison(name, BEADS, overlap, figure, False, float(truth.beads[kept].sum()), tuple(sorted(reported)))


def _figure(
    strategy: Strategy, count: PopulationCount, truth: Truth, result: TubeResult
) -> tuple[str, Estimate | None, float | None]:
    """(unit, figure, truth): cells/µL by beads; without beads the share of CD4+, or of what holds it."""
    name = str(count.population)
    if strategy.beads is not None and not strategy.washed:
        return "cells/µL", count.cells_per_ul, truth.cells_per_ul[name]
    whole = _whole(strategy, name, truth)
    if whole is None:
        return "", None, None
    of = next(count for count in result.counts if count.population == whole)
    share = None if count.events is None or of.events is None else percent(count.events, of.events)
    return f"% of {whole}", share, 100.0 * truth.cells_per_ul[name] / truth.cells_per_ul[whole]


def _whole(strategy: Strategy, name: str, truth: Truth) -> str | None:
    above = strategy.lineage(name)[1:]
    if targets().whole in above:
        return targets().whole
    return next((ancestor for ancestor in above if ancestor in truth.members), None)
