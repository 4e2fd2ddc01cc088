"""`tregate merge`: the tables of a study whose parts were gated with `tregate run --shard`."""

from pathlib import Path
from typing import Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import (
    AnswerJson,
    Figures,
    Parquet,
    Quiet,
    ReportPages,
    TableFormats,
    Workers,
    formats,
)


def merge(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study.yaml, or the folder that contains it.")],
    outs: Annotated[
        list[Path], typer.Argument(metavar="OUT...", help="The --out folders of the parts; tables go to the first.")
    ],
    gate_missing: Annotated[
        bool, typer.Option("--gate-missing", help="Gate tubes that no part gated, here and now.")
    ] = False,
    workers: Workers = 0,
    report: Annotated[
        ReportPages, typer.Option(help="As for the parts: tubes drawn on the review page.")
    ] = ReportPages.all,
    store: Annotated[
        Path | None, typer.Option(help="The --store of the parts, where they had one.", metavar="DIR")
    ] = None,
    figures: Figures = False,
    parquet: Parquet = False,
    table_format: TableFormats = None,
    quiet: Quiet = False,
    as_json: AnswerJson = False,
) -> None:
    """Write the tables of a study from the parts that were gated on many machines."""
    with exit_codes_for_errors(as_json=as_json):
        from tregate.pipelines.commands.run import run_and_tell
        from tregate.pipelines.console import Console
        from tregate.pipelines.merge import gather_parts
        from tregate.pipelines.runs.options import RunOptions
        from tregate.pipelines.study.load_study import load_study
        from tregate.pipelines.tubes.workers import default_workers

        console = Console(quiet=quiet)
        loaded = load_study(study)
        options = RunOptions(
            workers or default_workers(len(loaded.used)),
            pages=report.value,
            figures=figures,
            formats=formats(parquet, table_format),
            store=store,
        )
        brought = gather_parts(loaded, outs, options, gate_missing=gate_missing)
        if brought:
            console.tell(f"{brought} files of other parts were brought into the store of {outs[0]}.")
        raise typer.Exit(run_and_tell(loaded, outs[0], options, console, as_json))
