"""The mean of replicates of a tube as a value of their visit, where study.yaml declares it."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from tregate.gating.count import flags as count_flags
from tregate.gating.count.estimates import Estimate
from tregate.gating.count.replicates import Replicate, cv_percent, mean_of
from tregate.pipelines.tabulate.value import Value
from tregate.pipelines.tubes.records import TubeRecord

if TYPE_CHECKING:
    from tregate.pipelines.tabulate.values import Values

OF_EVENTS = (count_flags.BELOW_DETECTION, count_flags.BELOW_LOQ, count_flags.WIDE_LIMITS, count_flags.IMPRECISE)
"""Flags of a population that its events and limits decide: made anew of the mean."""

OfTube = Callable[[TubeRecord], Value]
Size = Callable[[TubeRecord], float]


def averaged(values: "Values", name: str, cells: str, records: Sequence[TubeRecord], one: OfTube, size: Size) -> Value:
    """The value of one tube as it is, of several the mean of those that have a value.

    one: the value of a tube. size: its weight in the mean: blood analysed, events of the parent, or 1. name: what is
    averaged, under which the spread between the replicates of the study is kept.
    """
    made = [one(record) for record in records]
    known = [(record, value) for record, value in zip(records, made, strict=True) if value.estimate is not None]
    if len(known) < 2:
        return known[0][1] if known else made[0]

    def replicate(record: TubeRecord) -> Replicate | None:
        estimate = one(record).estimate
        return None if estimate is None else Replicate(estimate, size(record), record.bead_lot)

    spread = values.spread_of(name, records[0].tube, replicate)
    group = [found for record, _ in known if (found := replicate(record)) is not None]
    mean = mean_of(group, spread)
    used = [value for _, value in known]
    events = [value.events for value in used if value.events is not None]
    return Value(
        mean.value,
        (mean.low, mean.high),
        sum(events) if events else None,
        tuple(_flags(cells, used, sum(events), mean)),
        tuple(origin for value in used for origin in value.origins),
        mean.terms,
        settings=used[0].settings,
        replicates=len(used),
        replicates_cv=cv_percent([one.estimate.value for one in group]),
    )


def _flags(cells: str, used: Sequence[Value], events: int, mean: Estimate) -> Iterator[str]:
    """Those of the replicates, but of events and limits those of the mean."""
    own = {f"{flag}:{cells}" for flag in OF_EVENTS}
    yield from dict.fromkeys(flag for value in used for flag in value.flags if flag not in own)
    yield from (f"{flag}:{cells}" for flag in (*count_flags.band(events), *count_flags.wide(events, mean)))
