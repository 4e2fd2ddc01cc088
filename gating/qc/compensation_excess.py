"""Values that were compensated before: cells bright in one stain lie below zero in another by what the matrix takes.

Of a right matrix they lie where cells without the stain lie, whatever the marker; of one that is wrong by a tenth, a
tenth of the spillover away.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tregate.gating.event_subsets import Block, EventSubset
from tregate.gating.findings import Finding, Severity
from tregate.gating.order_statistics import median
from tregate.gating.qc.inspected import Inspected
from tregate.gating.units import Marker, PopulationName, is_physical
from tregate.gating.wording import percent_text

AT_LEAST = 300
AT_MOST = 1_500
"""Events that are looked at, evenly over the run."""
LEAST_SPILL = 0.02
LEAST_TAKEN = 300.0
"""Intensity that the matrix takes away from cells bright in a stain, of the strategy's top of scale."""
LEAST_PAIRS = 2
"""Pairs of stains that must show it: one marker can be dim on cells that are bright in another."""


@dataclass(frozen=True, slots=True)
class _Pair:
    bright_in: Marker
    below_zero_in: Marker
    share: float
    """How far below zero, of what the matrix takes away there."""


def compensation_excess(tube: Inspected) -> Iterator[Finding]:
    """Stains from which more than `compensation_excess` of the spillover was taken away once too often."""
    limit = tube.limits.compensation_excess
    pairs = [pair for pair in _pairs(tube) if pair.share > limit]
    if len(pairs) < LEAST_PAIRS:
        return
    clearest = min(pairs, key=lambda pair: abs(pair.share - 1.0))
    share = percent_text(clearest.share)
    yield Finding(
        "compensation_excess", Severity.FAIL,
        f"Cells bright in {clearest.bright_in} lie below zero in {clearest.below_zero_in} by {share} of what the "
        f"matrix takes away there (limit {percent_text(limit)}; {len(pairs)} pairs of stains), as if the "
        "values had been compensated before. Export the file uncompensated, or write `compensation: none` in the "
        "strategy; else check the matrix.",
        "", clearest.share, f"at most {limit:g}",
    )  # fmt: skip


def _pairs(tube: Inspected) -> Iterator[_Pair]:
    outer, prepared = tube.strategy.scatter_population, tube.prepared
    if outer is None or prepared.compensation.inverse is None or PopulationName(outer) not in tube.gated.members:
        return
    rows = tube.gated.mask(PopulationName(outer)).nonzero()[0]
    if len(rows) < AT_LEAST:
        return
    events = EventSubset(Block(prepared, 0, tube.gated.n_events), rows[:: -(-len(rows) // AT_MOST)])
    stains = {m: i for m, i in prepared.binding.channels.items() if not is_physical(m) and m not in prepared.constant}
    values = {marker: events.values(marker) for marker in stains}
    spill = np.linalg.inv(prepared.unmixing)
    for marker, i in stains.items():
        into = {other: j for other, j in stains.items() if i != j and spill[j, i] >= LEAST_SPILL}
        order = np.argsort(values[marker], kind="stable") if into else np.empty(0, dtype=np.intp)
        bright, dim = order[-(len(order) // 10) :], order[: len(order) * 3 // 10]
        for other, j in into.items():
            taken = float(spill[j, i]) * (median(values[marker][bright]) - median(values[marker][dim]))
            if taken >= LEAST_TAKEN * prepared.factors.get(other, 1.0):
                yield _Pair(marker, other, round(-median(values[other][bright]) / taken, 4))
