"""`tregate run`: gate every tube of a study and write its tables."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import (
    FAILED,
    OK,
    AnswerJson,
    Debug,
    Figures,
    Out,
    Parquet,
    Quiet,
    ReportPages,
    TableFormats,
    Workers,
    formats,
)

if TYPE_CHECKING:
    from tregate.pipelines.console import Console
    from tregate.pipelines.runs.options import RunOptions
    from tregate.pipelines.study.load_study import Study


def run(
    study: Annotated[
        Path,
        typer.Argument(metavar="STUDY", help="A study.yaml, the folder that contains it, or a folder of FCS files."),
    ],
    out: Out,
    workers: Workers = 0,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first failed or repaired tube; write no tables.")
    ] = False,
    only: Annotated[
        str | None, typer.Option(help="Only files whose name matches, for example 'S01_*'.", metavar="GLOB")
    ] = None,
    report: Annotated[
        ReportPages, typer.Option(help="Tubes drawn on the review page (none: no page).")
    ] = ReportPages.all,
    gates: Annotated[Path | None, typer.Option(help="gates.csv of a previous run: use its gates unchanged.")] = None,
    gates_edited: Annotated[
        str, typer.Option(metavar="REASON", help="Use --gates although the file was changed after its run; say why.")
    ] = "",
    review: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="audit.jsonl whose decisions are applied (default: the one in --out)."),
    ] = None,
    figures: Figures = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="Also write the gate plots as strips.pdf.")] = False,
    store: Annotated[
        Path | None,
        typer.Option(help="Folder of kept outcomes, for several studies (default: .tubes in --out).", metavar="DIR"),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Gate every tube again; use no kept outcome.")] = False,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Gate only part I of N, for a run on many machines; write no tables.")
    ] = "",
    dask: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Gate on a Dask cluster: address or scheduler.json of its scheduler.")
    ] = "",
    executor: Annotated[
        str, typer.Option(metavar="NAME", help="Where tubes are gated (default: local processes).")
    ] = "",
    unlock: Annotated[
        bool, typer.Option("--unlock", help="Remove the lock of a run that surely runs no more.")
    ] = False,
    parquet: Parquet = False,
    table_format: TableFormats = None,
    progress: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write what is done and said to FILE, as JSON lines."),
    ] = None,
    debug: Debug = False,
    quiet: Quiet = False,
    as_json: AnswerJson = False,
) -> None:
    """Gate every tube of a study and write its tables."""
    from tregate.pipelines.journal import console_for

    with console_for(progress, quiet=quiet) as console, exit_codes_for_errors(as_json=as_json):
        from tregate.pipelines.runs.options import RunOptions

        loaded = _load(study, out, only, console)
        options = RunOptions(
            _usable(workers, len(loaded.used)),
            strict,
            report.value,
            gates,
            pdf,
            figures or _has_figures(loaded, out),
            formats(parquet, table_format),
            gates_edited=gates_edited.strip(),
            debug=debug,
            executor=_known(f"dask {dask}" if dask else executor.strip()),
            store=store,
            fresh=fresh,
            unlock=unlock,
            review=review,
        )
        if shard:
            if as_json:
                raise _no_json_of_a_part()
            raise typer.Exit(_gate_shard(loaded, out, options, shard, console))
        raise typer.Exit(run_and_tell(loaded, out, options, console, as_json))


def _has_figures(study: "Study", out: Path) -> bool:
    """Whether figures lie in the folder: once asked for, they are written again with its tables."""
    return any((out / f"{name}.svg").is_file() for name in study.table_sources.declared.definition.figures)


def _load(path: Path, out: Path, only: str | None, console: "Console") -> "Study":
    """The study; for a folder without one, the study that `init` would write, written into `out`."""
    from tregate.pipelines.files.equal_problems import grouped
    from tregate.pipelines.runs.run_folder import refuse_out_within
    from tregate.pipelines.study.load_study import STUDY_FILE, load_study, only_matching

    refuse_out_within(out, path)
    if path.is_dir() and not (path / STUDY_FILE).exists():
        from tregate.pipelines.study.draft_files import study_for_run

        path = study_for_run(path, out, console)
    study = load_study(path)
    for note in (*grouped(study.notes), *study.tables.notes):
        console.warn(str(note))
    return study if only is None else only_matching(study, only)


def run_and_tell(study: "Study", out: Path, options: "RunOptions", console: "Console", as_json: bool) -> int:
    """Run the study, report the outcome, and return the exit code."""
    from tregate.pipelines.commands.as_json import print_json
    from tregate.pipelines.runs.unchanged import unchanged

    answer = unchanged(study, out, options)
    if answer is None:
        return _computed(study, out, options, console, as_json)
    console.tell("Nothing changed since the last run: its tables stand.")
    for loud, line in answer.lines:
        (console.warn if loud else console.tell)(line)
    if as_json:
        print_json(answer.outcome)
    return answer.exit_code


def _computed(study: "Study", out: Path, options: "RunOptions", console: "Console", as_json: bool) -> int:
    kept = (options.store or out / ".tubes").is_dir()
    if options.workers > 1 and not options.executor and not kept:
        from tregate.pipelines.tubes.executors.start_method import start_ahead

        start_ahead()  # every tube will be gated: workers' imports go on beside this process's own
    elif kept and not options.fresh:
        from tregate.pipelines.tubes.file_hashes import hash_ahead

        hash_ahead([entry.path for entry in study.used])  # most tubes will be in the store
    from tregate.pipelines.commands.quick_scipy import postpone_unused

    postpone_unused()
    from tregate.pipelines.commands.as_json import print_json
    from tregate.pipelines.commands.run_json import run_json
    from tregate.pipelines.commands.summary import tell_outcome
    from tregate.pipelines.console import Repeatable
    from tregate.pipelines.run import run as run_study
    from tregate.pipelines.runs.unchanged import Answer, keep_answer
    from tregate.pipelines.tubes.analyse_tubes import StrictError
    from tregate.pipelines.tubes.interrupts import exit_code

    try:
        ran = run_study(study, out, options, console)
    except StrictError as error:
        message = f"Stopped by --strict; no tables were written: {error}"
        console.warn(message)
        if as_json:
            print_json({"status": "stopped", "exit_code": FAILED, "message": message})
        return FAILED
    said = Repeatable(console)
    tell_outcome(ran, study, said)
    code = FAILED if ran.gathered.failures or ran.outcome.no_value() else OK
    code = exit_code() if ran.interrupted else code
    outcome = run_json(ran, code)
    if not ran.interrupted:
        files = [one.source for _, one in ran.gathered.done if one.source is not None]
        answer = Answer(str(out), code, tuple(said.lines), outcome, tuple(file.blake3 for file in files))
        keep_answer(out, options, answer, [file.sha256 for file in files])
    if as_json:
        print_json(outcome)
    return code


def _known(executor: str) -> str:
    """The executor's name. Raises ConfigurationError where there is none of that name."""
    if not executor:
        return executor
    from tregate.gating.errors import ConfigurationError, Problem
    from tregate.pipelines.tubes.executors import CLUSTERS, EXECUTORS

    name, _, address = executor.partition(" ")
    if executor in EXECUTORS or (name in CLUSTERS and address):
        return executor
    known = ", ".join([*EXECUTORS, *(f"{cluster} ADDRESS" for cluster in CLUSTERS)])
    raise ConfigurationError([Problem("--executor", None, f'"{executor}" is none of {known}.', "Give one of these.")])


def _no_json_of_a_part() -> Exception:
    from tregate.gating.errors import ConfigurationError, Problem

    message = "a part of a study has no tables, so there is no outcome to print."
    return ConfigurationError([Problem("--json", None, message, "Leave out --json, or --shard.")])


def _gate_shard(study: "Study", out: Path, options: "RunOptions", text: str, console: "Console") -> int:
    """Gate one part of the study, report the outcome, and return the exit code."""
    from tregate.gating.errors import ConfigurationError, Problem
    from tregate.pipelines.shard import Shard, gate_shard
    from tregate.pipelines.tubes.interrupts import exit_code

    if options.gates is not None:
        remedy = "Leave out --shard, or --gates."
        raise ConfigurationError([Problem("--shard", None, "a part cannot replay gates.", remedy)])
    gathered = gate_shard(study, out, options, Shard.parsed(text), console)
    gated = sum(outcome.result is not None for _, outcome in gathered.done)
    console.tell(
        f"Part {text}: {gated} of {len(gathered.done)} tubes gated. Tables, when all parts are done: tregate merge."
    )
    if gathered.interrupted:
        return exit_code()
    return FAILED if gathered.failures else OK


def _usable(workers: int, tubes: int) -> int:
    """As many processes as cores, but not more than there is work for."""
    from tregate.pipelines.tubes.workers import default_workers

    return workers or default_workers(tubes)
