"""Every tube of a study, one by one: read, prepared, gated, counted, checked, and drawn for the page."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial

from tregate.gating.count.coincidence import Coincidence
from tregate.gating.errors import TregateError
from tregate.gating.event_prints import EventPrints
from tregate.gating.tube import TubeResult
from tregate.pipelines.console import Progress
from tregate.pipelines.interchange.gates_file import Gates, TubeKey
from tregate.pipelines.store.outcome_store import OutcomeStore
from tregate.pipelines.study.load_study import Study
from tregate.pipelines.study.samples import TubeEntry
from tregate.pipelines.tubes.acquisition_date import acquired
from tregate.pipelines.tubes.batch_gates import batch_gates
from tregate.pipelines.tubes.batch_plan import waits_for_batch
from tregate.pipelines.tubes.circumstances import Circumstances, circumstances
from tregate.pipelines.tubes.executors import outcomes
from tregate.pipelines.tubes.leaves import nothing_measured
from tregate.pipelines.tubes.one_tube import Draw
from tregate.pipelines.tubes.outcomes import Failure, TubeOutcome
from tregate.pipelines.tubes.pooled_pairs import with_pooled_pairs
from tregate.pipelines.tubes.records import TubeRecord
from tregate.pipelines.tubes.shared_parts import SharedParts
from tregate.pipelines.tubes.tube_tasks import (
    Job,
    counting_input,
    jobs,
    no_beads_seen,
    stages,
    with_batch,
    with_reference_gates,
)

GATE = "gate"
"""Stage of a tube that was gated without any value that the tables read."""
MANY = 500
"""Tubes from which equal parts of their results are kept once: fewer fit into memory, and it takes 2 ms a tube."""
FEWER_PRINTS = 3000
"""Tubes for which the fingerprints of events take 40 MB; of so many more, half, a third ... of them are kept."""

logger = logging.getLogger(__name__)


class StrictError(TregateError):
    """With --strict: the first tube that failed or had to be repaired."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What the tubes gave, each list in the order of samples.csv."""

    records: tuple[TubeRecord, ...]
    """Excluded tubes too."""
    drawn: tuple[object, ...]
    """What `draw` made of each record, None where it made nothing."""
    failures: tuple[tuple[TubeRecord, Failure], ...]
    done: tuple[tuple[Job, TubeOutcome], ...]
    """Used tubes with the inputs they were made of."""
    interrupted: bool = False
    prints: Mapping[TubeKey, EventPrints] = field(default_factory=dict)
    """Of a large study, whose results have none: what its events are recognised by in other files."""


def analyse_tubes(
    study: Study,
    progress: Progress,
    *,
    workers: int = 1,
    draw: Draw | None = None,
    replay: Mapping[TubeKey, Gates] | None = None,
    factors: Mapping[TubeKey, Coincidence] | None = None,
    placed: Mapping[TubeKey, Gates] | None = None,
    strict: bool = False,
    executor: str = "",
    store: OutcomeStore | None = None,
) -> BatchResult:
    """Analyse every used tube. Ctrl-C stops it: tubes not reached then are NOT_REACHED, and no failures.

    `executor`: a name of `executors.EXECUTORS`; "" chooses by the number of workers. `store`: outcomes that are
    there are not made again.
    Raises StrictError with `strict` for the first tube that failed, could not be counted, or was repaired.
    """
    waiting = jobs(study, densities=draw is not None, replay=replay, factors=factors, placed=placed)
    reached: dict[TubeKey, tuple[Job, TubeOutcome]] = {}
    interrupted = False
    prints: dict[TubeKey, EventPrints] = {}
    parts = SharedParts() if len(waiting) >= MANY else None
    made = partial(outcomes, workers=workers, draw=draw, executor=executor, store=store, pack=parts is not None)
    try:
        for stage in stages(waiting, study):
            results = {key: outcome.result for key, (_, outcome) in reached.items() if outcome.result is not None}
            ready = [with_reference_gates(job, study, results, study.entries) for job in stage]
            with closing(made([job.order for job in ready])) as finished:
                for position, outcome in finished:
                    job = ready[position]
                    faults = _faults(job, outcome)
                    message = _failure_message(job, faults)
                    _log(job, outcome, faults)
                    if parts is not None and outcome.result is not None:
                        prints[job.entry.key] = outcome.result.prints.thinned(1 + len(waiting) // FEWER_PRINTS)
                    reached[job.entry.key] = job, _with_shared(parts, job, outcome)
                    if strict and (message or _repaired(outcome.result)):
                        raise StrictError(message or f"{job.entry.file}: {_repaired(outcome.result)}")
                    progress.advance(message)
        again = _waiting_for_the_batch(study, reached)
        with closing(made([job.order for job in again])) as finished:
            for position, outcome in finished:
                job = again[position]
                reached[job.entry.key] = job, _with_shared(parts, job, outcome)
    except KeyboardInterrupt:
        interrupted = True
        done = f"{len(reached)} of {len(waiting)} tubes finished"
        progress.tell(f"Interrupted: gating was stopped with {done}. Writing their tables; wait a moment.")
    gathered = _gathered(study, waiting, _pooled(waiting, reached, parts), interrupted)
    return replace(gathered, prints=prints)


def _with_shared(parts: SharedParts | None, job: Job, outcome: TubeOutcome) -> TubeOutcome:
    if parts is None or outcome.result is None:
        return outcome
    return replace(outcome, result=parts.within(outcome.result, job.order.strategy))


def _pooled(
    waiting: Sequence[Job], reached: Mapping[TubeKey, tuple[Job, TubeOutcome]], parts: SharedParts | None
) -> Mapping[TubeKey, tuple[Job, TubeOutcome]]:
    """What was reached, with cells/µL by the batch's pair factor where a tube has too few pairs of its own."""
    keys = [job.entry.key for job in waiting if job.entry.key in reached]
    gated = [(key, *reached[key], result) for key in keys if (result := reached[key][1].result) is not None]
    results = with_pooled_pairs([(job.order, result) for _, job, _, result in gated])
    made = {
        key: (job, _with_shared(parts, job, replace(outcome, result=result)))
        for (key, job, outcome, before), result in zip(gated, results, strict=True)
        if result is not before
    }
    return {**reached, **made}


def _waiting_for_the_batch(study: Study, reached: Mapping[TubeKey, tuple[Job, TubeOutcome]]) -> list[Job]:
    """Tubes whose strategy borrows from the batch and needs it, now that every tube has been gated once."""
    asking = [
        job
        for job, outcome in reached.values()
        if outcome.result is not None and waits_for_batch(job.order.strategy, outcome.result)
    ]
    if not asking:
        return []
    medians = batch_gates([_record(study, job.entry, outcome) for job, outcome in reached.values()])
    return [with_batch(job, medians.get(job.order.strategy.strategy, {})) for job in asking]


def _gathered(
    study: Study,
    waiting: Sequence[Job],
    reached: Mapping[TubeKey, tuple[Job, TubeOutcome]],
    interrupted: bool,
) -> BatchResult:
    done = {job.entry.line: reached.get(job.entry.key, (job, NOT_REACHED)) for job in waiting}
    records, drawn, failures = [], [], []
    for entry in study.entries:
        job_outcome = done.get(entry.line)
        reached_it = job_outcome is not None and job_outcome[1] is not NOT_REACHED
        faults = _faults(*job_outcome) if job_outcome is not None and reached_it else ()
        outcome = None if job_outcome is None else job_outcome[1]
        record = _record(study, entry, outcome)
        if any(fault.stage == GATE for fault in faults):
            record = replace(record, failed=GATE)
        records.append(record)
        drawn.append(None if outcome is None else outcome.drawn)
        failures += [(record, fault) for fault in faults]
    return BatchResult(tuple(records), tuple(drawn), tuple(failures), tuple(done.values()), interrupted)


NOT_REACHED = TubeOutcome(
    None, Failure("run", "Interrupted", "The run was interrupted before this tube was gated. Run again."), None
)


def _record(study: Study, entry: TubeEntry, outcome: TubeOutcome | None) -> TubeRecord:
    strategy = study.strategies.get(entry.tube)
    result = None if outcome is None else outcome.result
    lot = study.lots.get(entry.bead_lot)
    return TubeRecord(
        subject=entry.subject,
        visit=entry.visit,
        tube=entry.tube,
        file=entry.file,
        strategy_name="" if strategy is None else strategy.strategy,
        washed=strategy is not None and strategy.washed,
        result=result,
        failed="" if outcome is None or outcome.fault is None else outcome.fault.stage,
        excluded=entry.exclude,
        counted_by=None if strategy is None or entry.exclude else counting_input(entry, strategy, study)[0],
        bead_lot=entry.bead_lot,
        bead_lot_expires=None if lot is None else lot.expires,
        acquired=None if result is None or study.blinding else acquired(result.data_set.details),
        include_in_primary=entry.include_in_primary,
        circumstances=_circumstances(study, entry, result),
    )


def _circumstances(study: Study, entry: TubeEntry, result: TubeResult | None) -> Circumstances:
    person = study.people.get(entry.subject)
    known = circumstances(entry, None if result is None else result.data_set, "" if person is None else person.site)
    return replace(known, acquired=None) if study.blinding else known


def _faults(job: Job, outcome: TubeOutcome) -> tuple[Failure, ...]:
    """Why the tube has no result, or no count although the study asks for one."""
    if outcome.result is None:
        return () if outcome.fault is None else (outcome.fault,)
    empty = nothing_measured(outcome.result, job.read, job.order.strategy)
    fault = empty or job.count_fault or no_beads_seen(job, outcome.result)
    return () if fault is None else (fault,)


def _log(job: Job, outcome: TubeOutcome, faults: Sequence[Failure]) -> None:
    """A line on the tube in run.log; where it failed, with the traceback of its process."""
    if outcome.result is not None:
        how = "taken from the store" if outcome.reused else "gated"
        logger.info("%s: %d events %s", job.entry.file, outcome.result.data_set.n_events, how)
    if outcome.not_kept:
        logger.warning("%s: the store does not keep the outcome: %s", job.entry.file, outcome.not_kept)
    for fault in faults:
        trace = f"\n{fault.trace.rstrip()}" if fault.trace else ""
        logger.error("%s: %s: %s: %s%s", job.entry.file, fault.stage, fault.error, fault.message, trace)


def _failure_message(job: Job, faults: Sequence[Failure]) -> str:
    return "; ".join(f"{job.entry.file}: {fault.stage}: {fault.message}" for fault in faults)


def _repaired(result: TubeResult | None) -> str:
    repairs = () if result is None else result.data_set.repairs
    return "; ".join(f"repaired while reading ({repair.name}): {repair.message}" for repair in repairs)
