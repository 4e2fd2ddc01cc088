"""`tregate unblind`: lift `blind: true` of a run, with a reason."""

from pathlib import Path
from typing import Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import Quiet, Workers


def unblind(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The --out folder of a blinded run.")],
    reason: Annotated[str, typer.Option("--reason", metavar="REASON", help="Why; it is kept in run.json.")],
    study: Annotated[Path | None, typer.Option(metavar="STUDY", help="The study, if it was moved.")] = None,
    store: Annotated[
        Path | None, typer.Option("--store", metavar="DIR", help="Where the blinded run kept its tubes.")
    ] = None,
    workers: Workers = 0,
    quiet: Quiet = False,
) -> None:
    """Write the tables of a blinded run with its visits and arms, and record who lifted the blinding and why."""
    with exit_codes_for_errors():
        from tregate.pipelines.commands.run import run_and_tell
        from tregate.pipelines.console import Console
        from tregate.pipelines.tubes.workers import default_workers
        from tregate.pipelines.unblind import unblinded_study, unblinding_options

        loaded, record = unblinded_study(out, reason, study)
        options = unblinding_options(record, reason, workers or default_workers(len(loaded.used)), store)
        raise typer.Exit(run_and_tell(loaded, out, options, Console(quiet=quiet), as_json=False))
