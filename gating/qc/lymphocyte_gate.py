"""Which part of the lymphocytes lies inside their scatter gate, by cells that are bright in a marker of their lineage.

The lineages are the populations above a threshold that lie in the scatter population, or in what is left of it.

The gate's purity is the lymphosum, T + B + NK in percent of the tube's own lymphocytes (`pipelines/crosschecks`).
"""

import math
from collections.abc import Iterator

import numpy as np

from tregate.gating.event_subsets import Block, EventSubset
from tregate.gating.findings import Finding, Severity
from tregate.gating.geometry.contains import Mask, contains
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.order_statistics import median
from tregate.gating.qc.inspected import Inspected
from tregate.gating.qc.positive import Positive, positives
from tregate.gating.strategy.gates import LearnedGate
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Marker, PopulationName

STRETCHES = 16
EVENTS = 1024
"""Of each stretch: a sample that costs little to decode."""
FEW_RECOVERED = 0.75
"""Share below which so many lymphocytes are lost that percentages of those within are in doubt too: what is lost is no
random part of them (activated cells scatter more)."""
LEAST_CELLS = 40
"""Bright cells below which nothing is said of the recovery."""
LEAST_BY_GATES = 60
"""The same of cells that a line of gates takes, which are fewer."""
SURE = 2.0
"""Standard errors by which their share must be low."""


def lymphocyte_recovery(tube: Inspected) -> Iterator[Finding]:
    """Bright T, B and NK cells among the parent's events that lie inside the lymphocyte gate."""
    outer = tube.strategy.scatter_population
    if outer is None or PopulationName(outer) not in tube.gated.events:
        return
    sample, limit = _Sample(tube, PopulationName(outer)), tube.limits.lymphocyte_recovery
    for positive in positives(tube):
        share = sample.recovery(positive) if _is_lineage(tube, positive, outer) else None
        if share is not None and share < limit:
            yield _found(positive.population, f"the cells bright in {positive.marker}", share, outer, limit)
    for name, line in _learned(tube.strategy, outer):
        share = sample.recovery_by_gates(line, limit)
        if share is not None:
            yield _found(name, "the cells that its gates take", share, outer, limit)


def _found(population: str, cells: str, share: float, outer: str, limit: float) -> Finding:
    return Finding(
        "lymphocyte_recovery", Severity.WARN,
        f"{population}: only {100 * share:.1f} % of {cells} lie in the {outer} gate (at least {100 * limit:g} % "
        "expected), so counts are too low. Review that gate.",
        population, share, f"at least {limit:g}",
    )  # fmt: skip


def _learned(strategy: Strategy, outer: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Populations of learned gates below lineages, with the gates down to them: large Treg are lost by themselves."""
    for name, population in strategy.populations.items():
        line = strategy.lineage(name)
        if isinstance(population.gate, LearnedGate) and outer in line:
            between = tuple(reversed(line[: line.index(outer)]))
            if not any(strategy.populations[one].is_logic for one in between):
                yield name, between


def _is_lineage(tube: Inspected, positive: Positive, outer: str) -> bool:
    """Whether nothing but logic lies between the population and the scatter population."""
    line = tube.strategy.lineage(positive.population)
    between = line[1 : line.index(outer)] if outer in line[1:] else None
    return between is not None and all(tube.strategy.populations[name].is_logic for name in between)


class _Sample:
    """Stretches over the run, with compensated intensities that are made once for all populations."""

    def __init__(self, tube: Inspected, outer: PopulationName) -> None:
        self.outer = outer
        self.tube = tube
        n = tube.gated.n_events
        starts = np.linspace(0, n - EVENTS, STRETCHES).astype(int)[:, None]
        self.rows = np.arange(n) if n <= STRETCHES * EVENTS else (starts + np.arange(EVENTS)).ravel()
        self.subset = EventSubset(Block(tube.prepared, 0, n), self.rows)

    def recovery(self, positive: Positive) -> float | None:
        """Share inside the gate, of its parent's events that are at least as bright as half the population's cells."""
        values, own = self.values(positive.marker), self.members(positive.population)
        if np.count_nonzero(own) < LEAST_CELLS:
            return None
        bright = self.members(self.tube.gated.parents[self.outer]) & (values >= median(values.compress(own)))
        for marker, at in positive.below:
            bright &= self.values(marker) < at
        return float(np.mean(self.members(self.outer).compress(bright))) if bright.any() else None

    def recovery_by_gates(self, line: tuple[str, ...], limit: float) -> float | None:
        """Share inside the gate of the events that all gates of a line take; None where it is not surely low."""
        gated = self.tube.gated
        placed = {gate.population: gate.shape for gate in gated.gates}
        events = self.subset.child(self.members(gated.parents[self.outer]))
        for name in line:
            shape = placed.get(PopulationName(name))
            if shape is None:
                return None
            events = events.child(contains(shape, events))
        if len(events) < LEAST_BY_GATES:
            return None
        share = float(np.mean(gated.mask(self.outer).take(events.positions)))
        error = math.sqrt(share * (1.0 - share) / len(events))
        return share if share + SURE * error < limit else None

    def members(self, population: PopulationName) -> Mask:
        return self.tube.gated.mask(population).take(self.rows)

    def values(self, marker: Marker) -> FloatArray:
        return self.subset.values(marker)
