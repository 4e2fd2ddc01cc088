"""`tregate plausible`: a printed table of visits put through the checks of a summary."""

from pathlib import Path
from typing import Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import FAILED


def plausible(
    table: Annotated[
        Path, typer.Argument(metavar="TABLE.csv", help="Columns measure, unit, visit, mean, sd, stars; one row a cell.")
    ],
    pairs: Annotated[
        int | None, typer.Option(min=1, help="Subjects with both visits: what an exact test of them can give.")
    ] = None,
    tables: Annotated[str, typer.Option(help="Table definition, by shipped name or as a path.")] = "treg_nk",
) -> None:
    """Check a printed table of means: parts within wholes, SDs that fit together, stars that n allows."""
    with exit_codes_for_errors():
        from tregate.gating.findings import Severity
        from tregate.gating.wording import counted
        from tregate.pipelines.statistics.printed_table import check_printed
        from tregate.pipelines.study.declared import Declared
        from tregate.pipelines.study.tables_definition import load_tables
        from tregate.pipelines.visible_text import visible

        checked = check_printed(table, Declared(load_tables(tables, Path()).definition), pairs=pairs)
        for line in checked.omitted:
            print(visible(line))
        for one in checked.findings:
            print(f"{one.visit}: {one.finding.severity}: {one.finding.message} Limit: {one.finding.limit}.")
        print(f"{counted(checked.cells, 'cell')} checked; {counted(len(checked.findings), 'finding')}")
        if any(one.finding.severity is Severity.FAIL for one in checked.findings):
            raise typer.Exit(FAILED)
