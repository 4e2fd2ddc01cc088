"""Repeats of one tube of a visit: those that differ by more than counting explains, and those that are missing."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from tregate.gating.count.estimates import Estimate
from tregate.gating.findings import Finding, Severity
from tregate.gating.wording import number_text
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import usable
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

Z95 = 1.959963984540054
LEAST_EVENTS = 50
PER_UL, PERCENT = "cells/µL are", "percentage of parent is"


def replicates(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """One finding per repeat: a warning where a value is apart from the others, else that they agree."""
    groups: dict[tuple[str, str, str], list[TubeRecord]] = defaultdict(list)
    for record in usable(results):
        groups[record.subject, record.planned_visit, record.tube].append(record)
    for (_, _, tube), records in groups.items():
        if len(records) > 1:
            own = [cells for cells in results.sources.cells.values() if cells.tube == tube]
            names = {cells.population: PER_UL if cells.by_beads else PERCENT for cells in own}
            is_mean = tube in results.sources.averaged
            for record in records:
                others = [other for other in records if other is not record]
                yield from _of(record, others, names, limits, is_mean)


def replicates_missing(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Visits of which the mean is of fewer tubes than are listed, or than the other visits have."""
    for tube in sorted(results.sources.averaged):
        listed: dict[tuple[str, str], list[TubeRecord]] = defaultdict(list)
        for record in results.records:
            if record.tube == tube:
                listed[record.subject, record.planned_visit].append(record)
        usual = Counter(len(records) for records in listed.values()).most_common(1)
        for (subject, visit), records in listed.items():
            there = results.tubes.replicates(subject, visit, tube)
            wanted = max(len(records), usual[0][0])
            if not there or len(there) >= wanted:
                continue
            lost = [record.file for record in records if record not in there]
            why = f" ({', '.join(lost)} failed or excluded)" if lost else ""
            message = (
                f"{visit} of {subject}: {len(there)} of {wanted} replicates of {tube} are usable{why}, so the value is "
                "less certain than at other visits. Add the missing tube, or accept the wider limits."
            )
            severity = Severity.WARN if lost else Severity.INFO
            found = Finding("replicate_missing", severity, message, value=float(len(there)), limit=str(wanted))
            yield TubeFinding(subject, visit, tube, "", found)


def _of(
    record: TubeRecord, others: Sequence[TubeRecord], names: dict[str, str], limits: StudyLimits, is_mean: bool
) -> Iterator[TubeFinding]:
    ratios = {name: _ratio(record, others, name, what) for name, what in names.items()}
    found = [(ratio, name) for name, ratio in ratios.items() if ratio is not None]
    if not found:
        return
    apart = [(ratio, name) for ratio, name in found if abs(_z(ratio)) > limits.robust_z_warn]
    apart = [(ratio, name) for ratio, name in apart if abs(math.log(ratio.value)) > math.log(1.1)]
    if apart:
        ratio, name = max(apart, key=lambda one: abs(_z(one[0])))
        advice = (
            "The mean contains it; exclude the one that failed."
            if is_mean
            else "Use the mean of the replicates (`replicates` in study.yaml), or exclude the one that failed."
        )
        yield at_tube(
            record, "replicate_apart", Severity.WARN,
            f"{name}: {names[name]} {_words(ratio)} times the other replicates, more than counting explains "
            f"(limit z {limits.robust_z_warn:g}). {advice}",
            population=name, value=ratio.value, limit="0.91 to 1.1",
        )  # fmt: skip
    else:
        ratio, name = max(found, key=lambda one: -(one[0].high - one[0].low))
        why = "as counting explains" if ratio.low <= 1 <= ratio.high else f"within the limit z {limits.robust_z_warn:g}"
        message = f"{name}: {names[name]} {_words(ratio)} times the other replicates, {why}."
        yield at_tube(record, "replicates_agree", Severity.INFO, message, population=name, value=ratio.value)


def _words(ratio: Estimate) -> str:
    return f"{number_text(ratio.value)} ({number_text(ratio.low)} to {number_text(ratio.high)})"


def _z(ratio: Estimate) -> float:
    return math.log(ratio.value) / (math.log(ratio.high / ratio.low) / (2 * Z95))


def _ratio(record: TubeRecord, others: Sequence[TubeRecord], name: str, what: str) -> Estimate | None:
    """The value over the pooled one of the others, with 95 % limits of counting on both sides."""
    own = _counted(record, name, what)
    theirs = [one for other in others if (one := _counted(other, name, what)) is not None]
    if own is None or not theirs:
        return None
    events, size = sum(one[0] for one in theirs), sum(one[0] / one[1] for one in theirs)
    value = own[1] / (events / size)
    error = math.sqrt(own[2] ** 2 + sum((one[0] * one[2]) ** 2 for one in theirs) / events**2)
    return Estimate(value, value * math.exp(-Z95 * error), value * math.exp(Z95 * error))


def _counted(record: TubeRecord, name: str, what: str) -> tuple[int, float, float] | None:
    """(events, value, relative SD of counting); None below 50 events or without a value."""
    count = record.count(name)
    if count is None or count.events is None or count.events < LEAST_EVENTS:
        return None
    if what == PERCENT:
        share = count.percent_of_parent
        return None if share is None else (count.events, share.value, share.terms.counting)
    if count.counted is None:
        return None
    return count.events, count.counted.value, math.log(count.counted.high / count.counted.low) / (2 * Z95)
