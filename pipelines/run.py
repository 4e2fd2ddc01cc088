"""One study from files to tables, in one look.

gather      every tube: read -> prepare -> place -> gate -> count -> check      (gating, over processes)
compare     between tubes, visits and batches: cross-checks
tabulate    counts.csv and the visit tables
summarise   figures, folds and tests a visit
export      tables, record and page into one folder, all at once
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from tregate.gating.read.regular_file import noted_reads
from tregate.pipelines.console import Console
from tregate.pipelines.crosschecks import cross_check
from tregate.pipelines.crosschecks.duplicate_files import duplicate_files
from tregate.pipelines.crosschecks.outliers import outlier_scores
from tregate.pipelines.crosschecks.read_otherwise import read_otherwise
from tregate.pipelines.crosschecks.unchecked_ids import unchecked_ids
from tregate.pipelines.export.collection import collection_of
from tregate.pipelines.export.formats import check_formats
from tregate.pipelines.export.run_tables import failures_table, findings_table
from tregate.pipelines.export.visit_outputs import write_tables, write_visit_outputs
from tregate.pipelines.files.atomic import write_json
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.files.table import Table
from tregate.pipelines.findings import outcome_of, reported, rows_of, worst_by_figure
from tregate.pipelines.interchange import read_placed_gates
from tregate.pipelines.interchange.gates_file import gates_table
from tregate.pipelines.review import changes_table
from tregate.pipelines.review.applied import Applied, applied
from tregate.pipelines.review.judged import judged, sha256_of_files
from tregate.pipelines.review.log_places import log_for, take_over
from tregate.pipelines.review.signed import refuse_signed
from tregate.pipelines.runs.blinded import (
    blinding_record,
    refuse_unlogged,
    summary_of_blinded,
    without_course,
)
from tregate.pipelines.runs.gates_origin import GatesOrigin, gates_of_others, gates_origin, named_edits
from tregate.pipelines.runs.options import Pages, RunOptions
from tregate.pipelines.runs.plan_record import as_planned, earlier_plan, plan_notes, plan_record, sealed_plan
from tregate.pipelines.runs.provenance import provenance, seen_from
from tregate.pipelines.runs.recorded_pairs import batch_factors
from tregate.pipelines.runs.run_folder import (
    INTERRUPTED,
    RECORD,
    RUN_LOG,
    open_out,
    refuse_full_disk,
    refuse_raw_data_folder,
    remove_run,
    replaced_as_one,
)
from tregate.pipelines.runs.run_lock import locked
from tregate.pipelines.runs.run_log import RunLog, logged
from tregate.pipelines.runs.run_result import RunResult
from tregate.pipelines.runs.this_program import command_line, now
from tregate.pipelines.runs.unchanged import KEY, premises, summary_of_record
from tregate.pipelines.statistics.preload import preloaded
from tregate.pipelines.statistics.quantification import incomparable_of, limits_of, one_events_of
from tregate.pipelines.statistics.summarise import Summary, summarise
from tregate.pipelines.store.outcome_store import FOLDER as STORE
from tregate.pipelines.store.outcome_store import OutcomeStore, bound
from tregate.pipelines.store.program import gating_sha256
from tregate.pipelines.study.absent_markers import notes_on_absent
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.load_study import Study
from tregate.pipelines.study.replicates import notes_on_replicates
from tregate.pipelines.study.subjects import Subjects
from tregate.pipelines.tabulate import Results, counts_table, visit_tables
from tregate.pipelines.tabulate.intensities_table import intensities_table
from tregate.pipelines.tabulate.notes import notes_on_counts, notes_on_hands
from tregate.pipelines.trial.tables import NAMES as OF_TRIALS
from tregate.pipelines.trial.tables import trial_tables, write_trial_tables
from tregate.pipelines.tubes.analyse_tubes import BatchResult, analyse_tubes
from tregate.pipelines.tubes.one_tube import Draw
from tregate.pipelines.tubes.records import TubeFinding, findings_of

TABLES = (
    "counts",
    "intensities",
    "summary",
    "comparisons",
    "summary_by_group",
    "cp",
    "suppcp",
    "gates",
    "findings",
    "failures",
)
"""Tables of every run, beside the sheets of its table definition."""
ALWAYS = ("counts", "summary", "cp", "gates", "findings", "failures")
"""Those that are written whatever there is in them."""
SHOWN_BLIND = ("counts", "gates", "findings", "failures")
"""Those of a blinded study."""
REPORT = "report.html"
STRIPS = "strips.pdf"

logger = logging.getLogger(__name__)


def run(study: Study, out: Path, options: RunOptions, console: Console) -> RunResult:
    """Gate every tube of the study and write its tables into `out`, which is replaced as a set.

    After Ctrl-C the tables of what was finished go to `out`/interrupted and `out` stays what it was.
    Raises ConfigurationError where `out` holds foreign files or `gates` is none, and StrictError.
    """
    started = now()
    check_formats(options.formats)
    refuse_raw_data_folder(out, [entry.path for entry in study.entries], study.file)
    sheets = tuple(study.table_sources.declared.sheets)
    names = (*TABLES, *OF_TRIALS, *sheets)
    others = (f"{changes_table.NAME}.csv", "tables.xlsx", "table1.md", REPORT, STRIPS, RUN_LOG, RECORD)
    open_out(out, (*(f"{name}.csv" for name in names), *others))
    refuse_signed(out, "a run")
    reviewed = applied(study, log_for(out, options.review))
    stores = [] if options.store is None else [options.store]
    refuse_full_disk([out, *stores], len(study.used), drawn=options.pages != "none")
    with locked(out, unlock=options.unlock), logged(out, debug=options.debug) as log:
        return _run(reviewed, out, options, console, started, log)


def _run(reviewed: Applied, out: Path, options: RunOptions, console: Console, started: str, log: RunLog) -> RunResult:
    study = reviewed.study
    logger.info("%d of %d tubes to gate, %d workers", len(study.used), len(study.entries), options.workers)
    sheets = tuple(study.table_sources.declared.sheets)
    with noted_reads() as read:
        replay = None if options.gates is None else read_placed_gates(options.gates, study.strategies)
    origin = None
    if options.gates is not None:
        origin = gates_origin(options.gates, read.get(options.gates), options.gates_edited)
        replay = named_edits(options.gates, replay or {}, options.gates_edited)
    factors = None if options.gates is None else batch_factors(options.gates)
    store = store_of(out, options)
    before = None if reviewed.decisions else premises(study, options)
    earlier = summary_of_record(out)
    refuse_unlogged(study, earlier, out, options.unblinded)
    with _tests_imported(study, options), console.progress("gating", len(study.used)) as progress:
        gathered = analyse_tubes(
            study,
            progress,
            workers=options.workers,
            draw=drawing(options.pages),
            replay=replay,
            factors=factors,
            placed=reviewed.placed(replay),
            strict=options.strict,
            executor=options.executor,
            store=store,
        )
    bound(store.folder)
    of_others = () if origin is None else tuple(gates_of_others(origin, gathered.done))
    results = compare(study, gathered, (*of_others, *reviewed.findings))
    gathered = replace(gathered, prints={})  # nothing else reads them
    tables = tabulate(results)
    summary = summary_of(results, [tables[name] for name in sheets], study.analysis, study.people)
    if study.blinding is None:
        plan = plan_record(study.analysis, study.visits, study.baseline, earlier_plan(out), started)
        summary = as_planned(summary, plan)
    else:
        plan = sealed_plan(study.blinding.plan_sha256, earlier_plan(out), started)
        summary = summary_of_blinded(summary, plan_notes(plan))
        tables |= {name: without_course(tables[name], study.table_sources.declared) for name in sheets}
    empty = {record.file for record in results.records if record.result is not None and record.failed}
    findings = reported(results, summary.findings, study.strategies, empty)
    every = {
        **tables,
        "summary": summary.table,
        "gates": _gates(gathered),
        "findings": findings_table(findings),
        "failures": failures_table(gathered.failures),
        **reviewed.tables(),
    }
    worst = worst_by_figure(results)
    every |= {} if study.blinding else trial_tables(results, summary, study.analysis, worst)
    scores = {} if options.pages == "none" else outlier_scores(results, study.study_limits)
    reviewed_by = judged(gathered.records, sha256_of_files(gathered), reviewed.decisions)
    outcome = outcome_of(results, findings, gathered, study.analysis, reviewed_by)
    there = out / INTERRUPTED if gathered.interrupted else out
    collection = collection_of(results, study.strategies, study.laboratory)
    ran = RunResult(there, every, gathered, findings, summary, scores, outcome, worst, reviewed_by, collection)
    planned = [f"{name}.csv" for name in (*(SHOWN_BLIND if study.blinding else ALWAYS), *sheets)]
    planned += [] if study.blinding else ["tables.xlsx", "table1.md"]
    planned += [] if options.pages == "none" else [REPORT]
    with replaced_as_one(ran.out, planned=planned) as folder:
        again = before if _may_be_taken_again(gathered) and before == premises(study, options) else None
        lifted = blinding_record(study, earlier, out, options.unblinded, started)
        export(ran, study, options, started, folder, origin, {"plan": plan, **lifted}, again, console, reviewed)
        logger.info("%d tubes failed, %d findings; tables are complete", len(gathered.failures), len(findings))
        log.put_into(folder)
    if not ran.interrupted:
        remove_run(out / INTERRUPTED)
        take_over(log_for(out, options.review), out)
    return ran


def _tests_imported(study: Study, options: RunOptions) -> AbstractContextManager[None]:
    """While workers gate, this process has nothing else to do than to make ready for the tests."""
    if options.workers <= 1:
        return nullcontext()
    courses: dict[str, set[str]] = {}
    for entry in study.used:
        courses.setdefault(entry.subject, set()).add(entry.visit)
    return preloaded(study.analysis, courses.values(), study.baseline)


def compare(study: Study, gathered: BatchResult, findings: Sequence[TubeFinding] = ()) -> Results:
    """What the tubes' own checks and those between tubes found, after `findings` that are known already."""
    own = tuple(found for record in gathered.records for found in findings_of(record))
    results = Results(
        subjects=study.subjects,
        visits=study.visits,
        baseline=study.baseline,
        records=gathered.records,
        sources=study.table_sources,
        findings=(*own, *findings, *read_otherwise(study), *unchecked_ids(study), *duplicate_files(gathered)),
        plan=study.plan,
        people=study.people,
        prints=gathered.prints,
    )
    return replace(cross_check(results, study.study_limits, blind=study.blinding is not None), prints={})


def tabulate(results: Results) -> dict[str, Table]:
    """counts.csv and the visit tables, by name."""
    intensities = intensities_table(results)
    measured = {} if intensities is None else {"intensities": intensities}
    return {"counts": counts_table(results), **measured, **visit_tables(results)}


def summary_of(
    results: Results, tables: Sequence[Table], analysis: Analysis, people: Subjects | None = None
) -> Summary:
    """Figures, folds and tests of the visit tables. A subject with a tube out of the primary set is out of it."""
    aside = {record.subject for record in results.records if not record.include_in_primary}
    return summarise(
        tables,
        results.visits,
        results.baseline,
        analysis,
        results.sources.declared,
        primary_subjects=[subject for subject in results.subjects if subject not in aside],
        loqs=limits_of(results, tables) if _limits_asked(results) else None,
        one_events=one_events_of(results, tables),
        incomparable=incomparable_of(results, tables),
        subjects=people,
    )


def _limits_asked(results: Results) -> bool:
    """Whether limits of single values matter beyond the flags of the tables: a laboratory declares its own."""
    declared = results.sources.declared.measures.values()
    return any(measure.lloq is not None for measure in declared)


def export(
    ran: RunResult,
    study: Study,
    options: RunOptions,
    started: str,
    folder: Path,
    origin: GatesOrigin | None,
    known: Mapping[str, Any],
    again: str | None,
    console: Console,
    reviewed: Applied,
) -> None:
    """Every file of the run into `folder`, the record last.

    `known`: further keys of the record, with the plan. `again`: as `runs.unchanged.KEY`.
    """
    declared = study.table_sources.declared
    changes = ran.tables.get(changes_table.NAME)
    if changes is not None and study.blinding is None:
        write_csv(changes, folder / f"{changes.name}.csv")
    for name in ("counts", "gates", "findings", "failures"):
        write_csv(ran.tables[name], folder / f"{name}.csv")
    if "intensities" in ran.tables:
        write_csv(ran.tables["intensities"], folder / "intensities.csv", digits=None)
    if study.blinding is not None:
        write_tables([ran.tables[name] for name in declared.sheets], folder, options.formats)
    else:
        _write_results(ran, study, options, folder, known["plan"])
    if options.pages != "none":
        from tregate.pipelines.report.page import write_report
        from tregate.pipelines.runs.page_context import context_of, run_id

        context = context_of(ran, study, run_id(study.name, folder), flagged_only=options.pages == "flagged")
        write_report(folder / REPORT, context)
        if options.pdf:
            from tregate.pipelines.report.strip_pdf import write_strips

            write_strips(folder / STRIPS, context, console)
    recorded: dict[str, Any] = {
        "pages": options.pages,
        "figures": options.figures,
        "gates": None if origin is None else origin.as_record(),
        "formats": list(options.formats),
        "store": None if options.store is None else seen_from(ran.out, options.store),
        "review": reviewed.as_record(),
    }
    record = provenance(study, ran.gathered.done, folder, recorded, ran.out)
    times = {"start": started, "end": now(), "command_line": command_line(), "interrupted": ran.interrupted}
    of_summary = {**known, KEY: again, "findings_of_summary": rows_of(ran.findings, ran.summary.findings)}
    write_json(folder / RECORD, {**times, **record, **of_summary})


def _write_results(ran: RunResult, study: Study, options: RunOptions, folder: Path, plan: Mapping[str, Any]) -> None:
    """What a trial is judged by: visit tables, summary, figures, data sets."""
    declared = study.table_sources.declared
    write_visit_outputs(
        folder,
        [ran.tables[name] for name in declared.sheets],
        ran.summary,
        study=study.name,
        visits=study.visits,
        baseline=study.baseline,
        declared=declared,
        footnotes=(
            *notes_on_absent(study.strategies),
            *notes_on_replicates(study.table_sources.averaged),
            *notes_on_counts(ran.gathered.records),
            *notes_on_hands(ran.findings),
        ),
        changes=ran.tables.get(changes_table.NAME),
        formats=options.formats,
        figures=options.figures,
        collection=ran.collection,
        findings=ran.tables["findings"],
        plan=plan,
    )
    write_trial_tables(ran.tables, folder, options.formats)


def _may_be_taken_again(gathered: BatchResult) -> bool:
    """Whether an equal run gives equal tables: a tube that failed might do so for want of memory."""
    every = all(outcome.result is not None and not outcome.not_kept for _, outcome in gathered.done)
    return every and not gathered.interrupted


def _gates(gathered: BatchResult) -> Table:
    return gates_table(
        [
            ((record.subject, record.visit, record.tube, record.file), record.result.gates)
            for record in gathered.records
            if record.result is not None
        ]
    )


def store_of(out: Path, options: RunOptions) -> OutcomeStore:
    """Where a run keeps outcomes, and takes them from."""
    return OutcomeStore(options.store or out / STORE, gating_sha256(), options.fresh)


def drawing(pages: Pages) -> Draw | None:
    """What draws each tube in its worker, for the page; None where no page is asked for."""
    if pages == "none":
        return None
    from tregate.pipelines.report.draw import KeptDrawing

    return KeptDrawing()
