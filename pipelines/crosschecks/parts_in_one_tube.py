"""Populations of one tube that add up, or whose ratio is known: relations with `in_tube_of`.

Sources of the shipped limits: docs/sources.md#checks-between-tubes.
"""

from collections.abc import Iterator

from tregate.gating.findings import Severity
from tregate.gating.wording import percent_text
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import events, usable
from tregate.pipelines.plausible.ratios import Ratio
from tregate.pipelines.plausible.sums import Sum
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


def parts_in_one_tube(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Events of the parts add up to those of the whole, within the limits `warn` and `fail`."""
    declared = results.sources.declared
    for relation in declared.relations(Sum):
        if relation.visit_check is None or relation.in_tube_of is None:
            continue
        names = [population_of(declared, measure) for measure in (*relation.sum, relation.of)]
        warn, fail = declared.limit(relation.warn), declared.limit(relation.fail)
        for record in _tubes(results, relation.in_tube_of):
            *parts, whole = (events(record, name) for name in names)
            known = [part for part in parts if part is not None]
            if whole is None or len(known) < len(parts) or whole < limits.least_events:
                continue
            off = 100.0 * sum(known) / whole - 100.0
            if abs(off) > warn:
                failed = abs(off) > fail
                limit = fail if failed else warn
                yield at_tube(
                    record, relation.visit_check, Severity.FAIL if failed else Severity.WARN,
                    f"{relation.called or ' and '.join(names[:-1])} add up to "
                    f"{percent_text(1.0 + off / 100.0)} of {names[-1]}. "
                    f"{relation.advice or 'Review the gates of all of them.'}",
                    population=names[-1], value=100.0 + off, limit=f"{100 - limit:g} to {100 + limit:g} %",
                )  # fmt: skip


def ratio_in_one_tube(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A ratio outside its limits: stains swapped, a gate lost, or a patient to look at."""
    declared = results.sources.declared
    for relation in declared.relations(Ratio):
        if relation.visit_check is None or relation.in_tube_of is None:
            continue
        names = [population_of(declared, measure) for measure in relation.ratio]
        low, high = (declared.limit(limit) for limit in relation.within)
        for record in _tubes(results, relation.in_tube_of):
            above, below = (events(record, name) for name in names)
            if above is None or below is None or above + below < limits.least_events:
                continue
            ratio = above / below if below else float("inf")
            if not low <= ratio <= high:
                shown = f"{ratio:.2g}" if below else f"unlimited (no {names[1]})"
                yield at_tube(
                    record, relation.visit_check, Severity.WARN,
                    f"{relation.label} is {shown}, so the two may be confused or gated wrongly. Review both gates and "
                    "check that the stains match the panel.",
                    population=relation.population or names[0], value=ratio if below else None,
                    limit=f"{low:g} to {high:g}",
                )  # fmt: skip


def population_of(declared: Declared, measure: str) -> str:
    """Population of a measure that counts cells; the measure's own name for others."""
    cells = declared.measures[measure].cells
    return measure if cells is None else declared.definition.cells[cells].population


def _tubes(results: Results, cells: str) -> Iterator[TubeRecord]:
    wanted = results.sources.cells[cells].tube
    return (record for record in usable(results) if record.tube == wanted)
