"""The command line. Each command imports what it needs when it is called, so that --help is fast."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tregate.pipelines.console import Console
    from tregate.pipelines.run import RunOptions
    from tregate.pipelines.study.load_study import Study

OK, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    help="Turn a folder of flow-cytometry (FCS) files into per-visit tables of Treg and NK cells.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 every tube gated; 1 some tubes failed, tables written for the others; "
    "2 problems in the command, study or strategy, nothing was run; 130 interrupted, finished tubes are kept.",
)


class ReportPages(StrEnum):
    none = "none"
    flagged = "flagged"
    all = "all"


Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and warnings only.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Debug = Annotated[bool, typer.Option("--debug", help="Log more to run.log and show the traceback of every error.")]
Workers = Annotated[int, typer.Option("--workers", min=0, help="Worker processes (0: one per core).")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the tables.")]


def main() -> None:
    """The command line."""
    # Matrices are small here and tubes are shared over processes: further threads would only cost their start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Modules, strategies and tables stay until the end: looking among them for rubbish every 700 objects finds none.
    gc.set_threshold(100_000)
    _open_streams()
    try:
        app(prog_name="tregate")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED)
    finally:
        # All that is left goes with the process: the interpreter need not search it for cycles before it ends.
        gc.freeze()


def _open_streams() -> None:
    """Where a scheduler closed standard output or error, what is said goes nowhere, not into the next file."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - open as long as the process
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - open as long as the process


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"tregate {version('tregate')}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@contextmanager
def _told() -> Iterator[None]:
    """Print problems of the input without a traceback and exit with 2; exit with 130 on Ctrl-C."""
    from tregate.gating.errors import ConfigurationError

    try:
        yield
    except ConfigurationError as error:
        number = len(error.problems)
        print(f"{number} problem{'s' if number != 1 else ''}; nothing was run.", file=sys.stderr)
        for problem in error.problems:
            print(problem, file=sys.stderr)
        raise typer.Exit(WRONG) from None
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        print(f"{named}{error.strerror or error}. Existing files were not changed.", file=sys.stderr)
        raise typer.Exit(FAILED) from None


# ---------------------------------------------------------------- before gating


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of FCS files.")],
    pattern: Annotated[
        str | None, typer.Option(help="Pattern of the file names, for example '{subject}_{visit}_{tube}'.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write study.yaml and samples.csv for a folder of FCS files. Does not overwrite files."""
    with _told():
        from tregate.pipelines.study.draft import draft, summary_lines, write_draft

        made = draft(folder, folder, pattern)
        study, samples = write_draft(made, folder)
        if as_json:
            _print_json(
                {
                    "study": str(study),
                    "samples": str(samples),
                    "visits": list(made.visits),
                    "used": len(made.used),
                    "excluded": [{"file": str(one.path), "reason": one.exclude} for one in made.excluded],
                }
            )
            return
        for line in (
            *summary_lines(made),
            f"Wrote {study} and {samples}. Review both files, then run: tregate check {folder}",
        ):
            print(line)


@app.command()
def inspect(
    files: Annotated[list[Path], typer.Argument(help="FCS files.", metavar="FILE")],
    as_json: Json = False,
    cross_check: Annotated[
        bool, typer.Option("--cross-check", help="Compare the events with those that FlowIO and fcsparser read.")
    ] = False,
) -> None:
    """Show data sets, version, instrument, events, channels, compensation and repairs of files."""
    with _told():
        from tregate.pipelines.commands.inspect import as_lines, inspect_file

        told = [inspect_file(path, cross_check=cross_check) for path in files]
        if as_json:
            _print_json(told)
        else:
            print("\n".join(as_lines(told)))
        if any("error" in one or "unreadable" in one for one in told):
            raise typer.Exit(FAILED)


@app.command()
def check(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="A study.yaml, or the folder that contains it.")],
    as_json: Json = False,
) -> None:
    """Check the study files and FCS headers; report all problems at once."""
    with _told():
        from tregate.pipelines.commands.check import as_lines, as_plain, check_study

        found = check_study(study)
        if as_json:
            _print_json(as_plain(found))
        else:
            print("\n".join(as_lines(found)))
        raise typer.Exit(found.exit_code)


# ---------------------------------------------------------------- gating


@app.command()
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
        ReportPages, typer.Option(help="Tubes drawn on the review page (none: no page, no figures).")
    ] = ReportPages.all,
    gates: Annotated[Path | None, typer.Option(help="gates.csv of a previous run: use its gates unchanged.")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Also write the gate plots as strips.pdf.")] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help="Also write the visit tables as Parquet.")] = False,
    debug: Debug = False,
    quiet: Quiet = False,
) -> None:
    """Gate every tube of a study and write its tables."""
    with _told():
        from tregate.pipelines.console import Console
        from tregate.pipelines.run import RunOptions

        console = Console(quiet=quiet)
        loaded = _load(study, out, only, console)
        options = RunOptions(_usable(workers, len(loaded.used)), strict, report.value, gates, pdf, parquet, debug)
        raise typer.Exit(_run(loaded, out, options, console))


@app.command()
def validate(
    strategy: Annotated[
        str, typer.Argument(metavar="STRATEGY", help="Name of a shipped strategy, or path of your own.")
    ],
    conditions: Annotated[
        str, typer.Option(help="Names of conditions, separated by commas, or all.", metavar="NAMES")
    ] = "all",
    seeds: Annotated[int, typer.Option(help="Tubes per condition.")] = 20,
    events: Annotated[int, typer.Option(help="Events per tube, approximately.")] = 100_000,
    kind: Annotated[
        str | None, typer.Option(help="Kind of synthetic tube (default: the name of the strategy).")
    ] = None,
    series: Annotated[
        bool, typer.Option("--series/--no-series", help="Also gate a dilution series and short acquisitions.")
    ] = True,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the results (default: validation_STRATEGY).")
    ] = None,
    workers: Workers = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Gate synthetic tubes with known true values and report the errors: validation.csv and a page."""
    with _told():
        from tregate.pipelines.commands.validate import validate_command

        code = validate_command(
            strategy, kind=kind, conditions=conditions, seeds=seeds, events=events, workers=workers, out=out,
            quiet=quiet, as_json=as_json, series=series,
        )  # fmt: skip
        raise typer.Exit(code)


@app.command()
def train(
    strategy: Annotated[
        str, typer.Argument(metavar="STRATEGY", help="A shipped strategy's name, or the path of yours.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the model files.")] = Path("models"),
    workers: Workers = 0,
    quiet: Quiet = False,
) -> None:
    """Fit a strategy's learned boundaries on synthetic tubes: one model file per boundary."""
    with _told():
        from tregate.pipelines.commands.train import train_command

        raise typer.Exit(train_command(strategy, out=out, workers=workers, quiet=quiet))


@app.command()
def plot(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An FCS file.")],
    strategy: Annotated[str, typer.Option("--strategy", "-s", help="Name of a shipped strategy, or path of your own.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="PNG file (default: name of FILE with .png, in this folder).")
    ] = None,
    data_set: Annotated[int | None, typer.Option("--dataset", help="Data set of a file that contains several.")] = None,
) -> None:
    """Draw the gates of one tube as PNG."""
    with _told():
        from tregate.gating.errors import TubeError
        from tregate.gating.strategy.load import load_strategy
        from tregate.pipelines.report.plot import plot_tube

        picture = out or Path(f"{file.stem}.png")
        try:
            plot_tube(file, load_strategy(strategy), picture, data_set)
        except (TubeError, OSError) as error:
            print(f"{file}: {error}", file=sys.stderr)
            raise typer.Exit(FAILED) from None
        print(picture)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the trial and its tables.")],
    workers: Workers = 0,
    quiet: Quiet = False,
) -> None:
    """Make a small synthetic trial in DIR and run it."""
    with _told():
        from tregate.pipelines.commands.demo import demonstrate
        from tregate.pipelines.console import Console

        raise typer.Exit(demonstrate(folder, workers, Console(quiet=quiet)))


@app.command()
def tables(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The --out folder of a previous run.")],
    visits: Annotated[str | None, typer.Option(help="Visits to use, in order, for example D1,D8,M3.")] = None,
    baseline: Annotated[str | None, typer.Option(help="Baseline visit.")] = None,
    teff: Annotated[str | None, typer.Option(help="Definition of Teff, for example cd4_non_treg.")] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option("--leave-out", metavar="SUBJECT", help="Subject to exclude from summary and figures."),
    ] = None,
    review: Annotated[
        Path | None, typer.Option(help="review.csv of the review page: exclude the tubes marked so.")
    ] = None,
    parquet: Annotated[bool, typer.Option("--parquet", help="Also write the visit tables as Parquet.")] = False,
    quiet: Quiet = False,
) -> None:
    """Write the visit tables, summary and figures of a previous run again, without gating."""
    with _told():
        from tregate.pipelines.console import Console
        from tregate.pipelines.runs.rebuild import Changes, rebuild

        wanted = tuple(visit.strip() for visit in visits.split(",")) if visits else ()
        changes = Changes(wanted, baseline or "", teff or "", tuple(leave_out or ()), review, parquet)
        console = Console(quiet=quiet)
        for line in rebuild(out, changes):
            console.tell(line)
        console.tell(f"Tables: {out}")


# ---------------------------------------------------------------- shared


def _load(path: Path, out: Path, only: str | None, console: "Console") -> "Study":
    """The study; for a folder without one, the study that `init` would write, written into `out`."""
    from tregate.pipelines.study.draft import study_for_run
    from tregate.pipelines.study.load_study import load_study, only_matching

    study = load_study(study_for_run(path, out, console))
    return study if only is None else only_matching(study, only)


def _run(study: "Study", out: Path, options: "RunOptions", console: "Console") -> int:
    """Run the study, report the outcome, and return the exit code."""
    from tregate.pipelines.commands.summary import tell_outcome
    from tregate.pipelines.run import run as run_study
    from tregate.pipelines.tubes.analyse_tubes import StrictError

    try:
        ran = run_study(study, out, options, console)
    except StrictError as error:
        console.warn(f"Stopped by --strict; no tables were written: {error}")
        return FAILED
    tell_outcome(ran, console)
    if ran.interrupted:
        return INTERRUPTED
    return FAILED if ran.gathered.failures else OK


def _usable(workers: int, tubes: int) -> int:
    """As many processes as cores, but not more than there is work for."""
    from tregate.pipelines.tubes.executors import default_workers

    return workers or default_workers(tubes)


def _print_json(value: object) -> None:
    import json

    print(json.dumps(value, indent=1, ensure_ascii=False, default=str))


if __name__ == "__main__":
    main()
