"""Measures of one visit that must add up, for example all lymphocytes [IUPAC 13420; CAP]."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from tregate.gating.findings import Severity
from tregate.gating.wording import percent_text
from tregate.pipelines.crosschecks.outliers import scores_of_tubes
from tregate.pipelines.crosschecks.parts_in_one_tube import population_of
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import VisitTubes, events, visits
from tregate.pipelines.crosschecks.which_tube import Suspect, adds_up_wrong, one_of, outlying
from tregate.pipelines.plausible.sums import Sum
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


def parts_of_a_visit(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Parts add up to the whole within the limits `warn` and `fail`; reported on every tube that gave a part.

    A note where the tube's part is confirmed by the one that is wrong (`which_tube`).
    """
    declared = results.sources.declared
    scores = partial(scores_of_tubes, results, limits)
    for relation in declared.relations(Sum):
        if relation.visit_check is None or relation.in_tube_of is not None:
            continue
        whole = population_of(declared, relation.of)
        cells = {one for measure in (relation.of, *relation.sum) for one in declared.cells_of(measure)}
        tubes = {results.sources.cells[one].tube for one in cells}
        warn, fail = declared.limit(relation.warn), declared.limit(relation.fail)
        for visit in visits(results):
            total = _percent_of_whole(results, relation, visit)
            concerned = [record for record in visit.records if record.tube in tubes]
            few = any((events(record, whole) or 0) < limits.least_events for record in concerned)
            if total is None or (few and declared.counted(relation.of)) or abs(total - 100.0) <= warn:
                continue
            failed = abs(total - 100.0) > fail
            limit = fail if failed else warn
            given = {record.tube: _given(results, cells, record.tube) for record in concerned}
            parts = [population_of(declared, measure) for measure in relation.sum]
            suspect = adds_up_wrong(concerned, given, parts, whole, total, warn)
            suspect = suspect or outlying(concerned, given, scores(), limits.robust_z)
            advice = relation.advice or "Review the gates of all of them."
            for record in concerned:
                confirmed = suspect is not None and suspect.others_confirmed and suspect.record is not record
                severity = Severity.FAIL if failed else Severity.WARN
                yield at_tube(
                    record, relation.visit_check, Severity.INFO if confirmed else severity,
                    f"{relation.called or ' and '.join(relation.sum)} add up to {percent_text(total / 100.0)} of "
                    f"{whole}{_so(concerned, suspect, advice)}",
                    population=whole, value=total, limit=f"{100 - limit:g} to {100 + limit:g} %",
                )  # fmt: skip


def _so(concerned: Sequence[TubeRecord], suspect: Suspect | None, advice: str) -> str:
    """What follows, and what to do: the tube is named where evidence tells which one it is."""
    if suspect is not None:
        return f". {suspect.words}"
    which = f"of {one_of(concerned)} " if len(concerned) > 1 else ""
    return f", so a gate or a volume {which}is wrong. {advice}"


def _given(results: Results, cells: Iterable[str], tube: str) -> set[str]:
    """Populations that a tube gives."""
    sources = results.sources.cells
    return {str(sources[one].population) for one in cells if sources[one].tube == tube}


def _percent_of_whole(results: Results, relation: Sum, visit: VisitTubes) -> float | None:
    whole, *parts = (
        results.values.of(measure, visit.subject, visit.visit).value for measure in (relation.of, *relation.sum)
    )
    known = [part for part in parts if part is not None]
    return 100.0 * sum(known) / whole if whole and len(known) == len(parts) else None
