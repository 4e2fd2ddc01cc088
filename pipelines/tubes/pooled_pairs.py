"""Cells in pairs over a batch: tubes with too few pairs of their own take the pair factor of their batch.

A second step after all tubes are gated, so that it depends neither on their order nor on the number of workers.
A batch is the bead tubes of one strategy and instrument that were acquired on one day, of the run where files do
not say on which day.
"""

from collections.abc import Sequence
from dataclasses import replace

from tregate.gating.count.coincidence import pooled
from tregate.gating.count.populations import with_coincidence
from tregate.gating.tube import TubeResult, TubeTask, coincidence_of
from tregate.pipelines.tubes.acquisition_date import acquired

Batch = tuple[str, str, str]
"""Strategy, instrument, day of acquisition ("" where the file does not say)."""


def with_pooled_pairs(tubes: Sequence[tuple[TubeTask, TubeResult]]) -> tuple[TubeResult, ...]:
    """The same results, cells/µL made anew where the pair factor is that of the batch. In the order given."""
    factors = {
        batch: pooled([result.pairs for _, result in members if result.pairs]) for batch, members in _batches(tubes)
    }
    made = []
    for order, result in tubes:
        factor = coincidence_of(order, result.pairs, factors.get(_batch(order, result)))
        if factor == result.coincidence:
            made.append(result)
            continue
        counts = with_coincidence(result.counts, order.counted_by, factor)
        made.append(replace(result, counts=counts, coincidence=factor))
    return tuple(made)


def _batches(
    tubes: Sequence[tuple[TubeTask, TubeResult]],
) -> Sequence[tuple[Batch, Sequence[tuple[TubeTask, TubeResult]]]]:
    found: dict[Batch, list[tuple[TubeTask, TubeResult]]] = {}
    for order, result in tubes:
        if order.counted_by is not None and result.pairs is not None and result.pairs.source == "tube":
            found.setdefault(_batch(order, result), []).append((order, result))
    return tuple(found.items())


def _batch(order: TubeTask, result: TubeResult) -> Batch:
    day = acquired(result.data_set.details)
    return order.strategy.strategy, result.data_set.instrument, "" if day is None else day.isoformat()
