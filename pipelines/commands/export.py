"""`tregate export`: data sets of a finished run for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import Quiet


def export(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The --out folder of a run.")],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="TARGET",
            help="xpt: SAS transport files with define.xml and programs for R and SAS; "
            "redcap: an import file with its dictionary; gatingml: the gates of every tube as Gating-ML 2.0; "
            "flowjo: the run as a FlowJo 10 workspace; "
            "compensation, flowjo-matrix: the spillover matrix of every tube, as CSV or as FlowJo's matrix file; "
            "fcs, anndata: the events of every tube with their membership in each population.",
        ),
    ],
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for the files; default: OUT/TARGET.")
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV with columns visit, event: event names of a REDCap project."),
    ] = None,
    population: Annotated[
        str, typer.Option(metavar="NAME", help="Write only the events of this population (fcs, anndata).")
    ] = "",
    quiet: Quiet = False,
) -> None:
    """Write the data sets of a finished run for other programs."""
    with exit_codes_for_errors():
        from tregate.gating.errors import ConfigurationError, Problem
        from tregate.pipelines.console import Console
        from tregate.pipelines.datasets import OF_EVENTS, TARGETS
        from tregate.pipelines.datasets.asked import Asked
        from tregate.pipelines.datasets.events import read_events
        from tregate.pipelines.datasets.finished_run import finished_run

        if to not in TARGETS:
            known = ", ".join(TARGETS)
            raise ConfigurationError([Problem("--to", None, f'there is no target "{to}".', f"Known: {known}.")])
        if population and to not in OF_EVENTS:
            remedy = f"Leave it out, or give --to {' or '.join(OF_EVENTS)}."
            raise ConfigurationError([Problem("--population", None, f"{to} has no events.", remedy)])
        run = finished_run(out)
        target = folder or out / to
        asked = Asked({} if events is None else read_events(events), population)
        files = TARGETS[to](run, target, asked)
        Console(quiet=quiet).tell(f"Written to {target}: {', '.join(files)}")
