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
    with_fcs: Annotated[
        bool,
        typer.Option(
            "--with-fcs",
            help="Also write the events as FCS 3.1 files, for which the gates then are: a gate without a form there, "
            "such as a learned boundary, is a range on a channel of its own (gatingml, flowjo).",
        ),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Write the data sets of a finished run for other programs."""
    with exit_codes_for_errors():
        from tregate.gating.errors import ConfigurationError, Problem
        from tregate.pipelines.console import Console
        from tregate.pipelines.datasets import OF_EVENTS, OF_GATES, TARGETS
        from tregate.pipelines.datasets.asked import Asked
        from tregate.pipelines.datasets.events import read_events
        from tregate.pipelines.datasets.export_table import refused_in
        from tregate.pipelines.datasets.finished_run import finished_run

        if to not in TARGETS:
            known = ", ".join(TARGETS)
            raise ConfigurationError([Problem("--to", None, f'there is no target "{to}".', f"Known: {known}.")])
        if population and to not in OF_EVENTS:
            remedy = f"Leave it out, or give --to {' or '.join(OF_EVENTS)}."
            raise ConfigurationError([Problem("--population", None, f"{to} has no events.", remedy)])
        if with_fcs and to not in OF_GATES:
            remedy = f"Leave it out, or give --to {' or '.join(OF_GATES)}."
            raise ConfigurationError([Problem("--with-fcs", None, f"{to} has no gates.", remedy)])
        run = finished_run(out)
        target = folder or out / to
        asked = Asked({} if events is None else read_events(events), population, with_fcs)
        files = TARGETS[to](run, target, asked)
        console = Console(quiet=quiet)
        console.tell(f"Written to {target}: {', '.join(files)}")
        if to in OF_GATES and (refused := refused_in(target)):
            console.warn(refused)
        if with_fcs:
            console.tell("These gates need the FCS files that were written with them, not the instrument's files.")
