"""One study from files to tables, in one look.

gather      every tube: read -> prepare -> place -> gate -> count -> check      (gating, over processes)
compare     between tubes, visits and batches: cross-checks
tabulate    counts.csv and the visit tables
summarise   figures, folds and tests a visit
export      tables, record and page into one folder, all at once
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipelines.console import Console
from pipelines.crosschecks import cross_check
from pipelines.executors import Draw
from pipelines.export.atomic import write_text
from pipelines.export.csv_file import write_csv
from pipelines.gates_file import gates_table, read_gates
from pipelines.gather import Gathered, gather
from pipelines.out_folder import INTERRUPTED, RECORD, open_out, remove_run, replaced_as_one
from pipelines.provenance import as_text, command_line, now, provenance
from pipelines.ran import Ran
from pipelines.records import findings_of
from pipelines.run_tables import failures_table, findings_table
from pipelines.same_bytes import same_bytes
from pipelines.statistics.ahead import imported_ahead
from pipelines.statistics.analysis import Analysis
from pipelines.statistics.limits import limits_of
from pipelines.statistics.summarise import Summary, summarise
from pipelines.study import Study
from pipelines.table import Table
from pipelines.tabulate import Results, counts_table, nk_table, subsets_table, treg_table
from pipelines.visit_outputs import write_visit_outputs

Pages = Literal["none", "flagged", "all"]

VISIT_TABLES = ("treg", "nk", "subsets")
TABLES = ("counts", *VISIT_TABLES, "summary", "cp", "gates", "findings", "failures")
REPORT = "report.html"
STRIPS = "strips.pdf"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run is made. Nothing here changes a figure, but `gates`."""

    workers: int = 1
    strict: bool = False
    pages: Pages = "all"
    gates: Path | None = None
    """gates.csv of an earlier run: its gates are used as they were placed."""
    pdf: bool = False
    """The drawn gates as a PDF too."""
    parquet: bool = False
    """The visit tables as Parquet beside CSV."""


def run(study: Study, out: Path, options: RunOptions, console: Console) -> Ran:
    """Gate every tube of the study and write its tables into `out`, which is replaced as a set.

    After Ctrl-C the tables of what was finished go to `out`/interrupted and `out` stays what it was.
    Raises ConfigurationError where `out` holds foreign files or `gates` is none, and StrictError.
    """
    started = now()
    open_out(out, (*(f"{name}.csv" for name in TABLES), "tables.xlsx", "table1.md", REPORT, STRIPS, RECORD))
    replay = None if options.gates is None else read_gates(options.gates)
    with _tests_imported(study, options), console.progress("gating", len(study.used)) as progress:
        gathered = gather(
            study,
            progress,
            workers=options.workers,
            draw=_drawing(options.pages),
            replay=replay,
            strict=options.strict,
        )
    results = compare(study, gathered)
    tables = tabulate(results)
    summary = summary_of(results, [tables[name] for name in VISIT_TABLES], study.analysis)
    findings = (*results.findings, *summary.findings)
    every = {
        **tables,
        "summary": summary.table,
        "gates": _gates(gathered),
        "findings": findings_table(findings),
        "failures": failures_table(gathered.failures),
    }
    ran = Ran(out / INTERRUPTED if gathered.interrupted else out, every, gathered, findings, summary)
    with replaced_as_one(ran.out) as folder:
        export(ran, study, options, started, folder)
    if not ran.interrupted:
        remove_run(out / INTERRUPTED)
    return ran


def _tests_imported(study: Study, options: RunOptions) -> AbstractContextManager[None]:
    """While workers gate, this process has nothing else to do than to make ready for the tests."""
    if options.workers <= 1:
        return nullcontext()
    courses: dict[str, set[str]] = {}
    for entry in study.used:
        courses.setdefault(entry.subject, set()).add(entry.visit)
    return imported_ahead(study.analysis, courses.values(), study.baseline)


def compare(study: Study, gathered: Gathered) -> Results:
    """What the tubes' own checks and those between tubes found."""
    own = tuple(found for record in gathered.records for found in findings_of(record))
    results = Results(
        subjects=study.subjects,
        visits=study.visits,
        baseline=study.baseline,
        records=gathered.records,
        sources=study.table_sources,
        findings=(*own, *same_bytes(gathered)),
    )
    return cross_check(results, study.study_limits)


def tabulate(results: Results) -> dict[str, Table]:
    """counts.csv and the visit tables, by name."""
    made = (counts_table(results), treg_table(results), nk_table(results), subsets_table(results))
    return {table.name: table for table in made}


def summary_of(results: Results, visit_tables: Sequence[Table], analysis: Analysis) -> Summary:
    """Figures, folds and tests of the visit tables. A subject with a tube out of the primary set is out of it."""
    aside = {record.subject for record in results.records if not record.include_in_primary}
    return summarise(
        visit_tables,
        results.visits,
        results.baseline,
        analysis,
        primary_subjects=[subject for subject in results.subjects if subject not in aside],
        loqs=limits_of(results, visit_tables) if analysis.below_loq == "half" else None,
    )


def export(ran: Ran, study: Study, options: RunOptions, started: str, folder: Path) -> None:
    """Every file of the run into `folder`, the record last."""
    for name in ("counts", "gates", "findings", "failures"):
        write_csv(ran.tables[name], folder / f"{name}.csv")
    write_visit_outputs(
        folder,
        [ran.tables[name] for name in VISIT_TABLES],
        ran.summary,
        study=study.name,
        visits=study.visits,
        baseline=study.baseline,
        parquet=options.parquet,
        figures=options.pages != "none",
    )
    if options.pages != "none":
        from pipelines.report.of_run import context_of
        from pipelines.report.page import write_report

        context = context_of(ran, study, folder, flagged_only=options.pages == "flagged")
        write_report(folder / REPORT, context)
        if options.pdf:
            from pipelines.report.strip_pdf import write_strips

            write_strips(folder / STRIPS, context)
    told: dict[str, Any] = {"pages": options.pages, "gates": None if options.gates is None else options.gates.name}
    record = provenance(study, ran.gathered.done, folder, told)
    times = {"start": started, "end": now(), "command_line": command_line(), "interrupted": ran.interrupted}
    of_summary = {"findings_of_summary": len(ran.summary.findings)}
    write_text(folder / RECORD, as_text({**times, **record, **of_summary}))


def _gates(gathered: Gathered) -> Table:
    return gates_table(
        [
            ((record.subject, record.visit, record.tube, record.file), record.result.gates)
            for record in gathered.records
            if record.result is not None
        ]
    )


def _drawing(pages: Pages) -> Draw | None:
    if pages == "none":
        return None
    from pipelines.report.draw import draw_tube

    return draw_tube
