"""Repeats of one tube of a visit: their ratio with limits, and those that differ by more than counting explains."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tregate.gating.count.estimates import Estimate
from tregate.gating.findings import Severity
from tregate.gating.wording import number_text
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import usable
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

Z95 = 1.959963984540054
LEAST_EVENTS = 50


def replicates(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """One finding per repeat: a warning where a concentration is apart from the others, else that they agree."""
    groups: dict[tuple[str, str, str], list[TubeRecord]] = defaultdict(list)
    for record in usable(results):
        groups[record.subject, record.told.planned_visit or record.visit, record.tube].append(record)
    for (_, _, tube), records in groups.items():
        if len(records) > 1:
            names = [c.population for c in results.sources.cells.values() if c.tube == tube and c.by_beads]
            for record in records:
                others = [other for other in records if other is not record]
                yield from _of(record, others, list(dict.fromkeys(names)), limits)


def _of(
    record: TubeRecord, others: Sequence[TubeRecord], names: Sequence[str], limits: StudyLimits
) -> Iterator[TubeFinding]:
    found = [(ratio, name) for name in names if (ratio := _ratio(record, others, name)) is not None]
    if not found:
        return
    apart = [(ratio, name) for ratio, name in found if abs(_z(ratio)) > limits.robust_z_warn]
    apart = [(ratio, name) for ratio, name in apart if abs(math.log(ratio.value)) > math.log(1.1)]
    if apart:
        ratio, name = max(apart, key=lambda one: abs(_z(one[0])))
        yield at_tube(
            record, "replicate_apart", Severity.WARN,
            f"{name}: cells/µL are {_words(ratio)} times those of the other replicates, more than counting explains "
            f"(limit z {limits.robust_z_warn:g}). Use the mean of the replicates, or exclude the one that failed.",
            population=name, value=ratio.value, limit="0.91 to 1.1",
        )  # fmt: skip
    else:
        ratio, name = max(found, key=lambda one: -(one[0].high - one[0].low))
        message = f"{name}: cells/µL are {_words(ratio)} times those of the other replicates, as counting explains."
        yield at_tube(record, "replicates_agree", Severity.INFO, message, population=name, value=ratio.value)


def _words(ratio: Estimate) -> str:
    return f"{number_text(ratio.value)} ({number_text(ratio.low)} to {number_text(ratio.high)})"


def _z(ratio: Estimate) -> float:
    return math.log(ratio.value) / (math.log(ratio.high / ratio.low) / (2 * Z95))


def _ratio(record: TubeRecord, others: Sequence[TubeRecord], name: str) -> Estimate | None:
    """Concentration over the pooled one of the others, with 95 % limits of counting on both sides."""
    own = _counted(record, name)
    theirs = [one for other in others if (one := _counted(other, name)) is not None]
    if own is None or not theirs:
        return None
    events, blood = sum(one[0] for one in theirs), sum(one[0] / one[1] for one in theirs)
    value = own[1] / (events / blood)
    error = math.sqrt(own[2] ** 2 + sum((one[0] * one[2]) ** 2 for one in theirs) / events**2)
    return Estimate(value, value * math.exp(-Z95 * error), value * math.exp(Z95 * error))


def _counted(record: TubeRecord, name: str) -> tuple[int, float, float] | None:
    """(events, cells/µL, relative SD of counting); None below 50 events or without a concentration."""
    count = record.count(name)
    if count is None or count.counted is None or count.events is None or count.events < LEAST_EVENTS:
        return None
    return count.events, count.counted.value, math.log(count.counted.high / count.counted.low) / (2 * Z95)
