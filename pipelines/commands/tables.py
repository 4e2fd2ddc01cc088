"""`tregate tables`: visit tables, summary and figures of a previous run, made again without gating."""

from pathlib import Path
from typing import Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import AnswerJson, Parquet, Quiet, TableFormats, formats


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
    accept_changed: Annotated[
        str, typer.Option(metavar="REASON", help="Use tables of the run although they were changed; say why.")
    ] = "",
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Another folder for the tables; OUT stays as it is.")
    ] = None,
    parquet: Parquet = False,
    table_format: TableFormats = None,
    quiet: Quiet = False,
    as_json: AnswerJson = False,
) -> None:
    """Write the visit tables, summary and figures of a previous run again.

    Only tubes whose gates a person moved are gated again. Options add to those of the last time; without options, the
    tables are as the run made them.
    """
    with exit_codes_for_errors(as_json=as_json):
        from tregate.pipelines.console import Console
        from tregate.pipelines.rebuild import Changes, rebuild
        from tregate.pipelines.reviewed_run import bring_decisions

        wanted = tuple(visit.strip() for visit in visits.split(",")) if visits else ()
        changes = Changes(
            wanted,
            baseline or "",
            {} if teff is None else {"teff": teff},
            tuple(leave_out or ()),
            review,
            formats(parquet, table_format),
            accept_changed.strip(),
            folder,
        )
        console = Console(quiet=quiet)
        brought = bring_decisions(out, console)
        if brought is not None:
            many = "s" if brought.decisions > 1 else ""
            console.tell(f"{brought.decisions} decision{many} of reviewers applied (changes.csv).")
        rebuilt = rebuild(out, changes)
        for line in rebuilt.changes:
            console.tell(line)
        console.tell(f"Tables: {folder or out}")
        if as_json:
            from tregate.pipelines.commands.as_json import print_json
            from tregate.pipelines.commands.run_json import tables_json

            print_json(tables_json(folder or out, rebuilt))
