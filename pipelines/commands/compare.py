"""`tregate compare`: a run's values beside a laboratory's own."""

from pathlib import Path
from typing import Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors


def compare(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The --out folder of a run.")],
    manual: Annotated[
        Path,
        typer.Argument(metavar="MANUAL.csv", help="Columns subject, visit, measure, value; also reader, repeat, unit."),
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="YAML: what the columns of a table of FlowJo or Kaluza are."),
    ] = None,
) -> None:
    """Compare the values of a run with a laboratory's own: bias, limits of agreement, line, concordance."""
    with exit_codes_for_errors():
        from tregate.pipelines.comparing import compare_with
        from tregate.pipelines.visible_text import visible

        for line in compare_with(out, manual, mapping):
            print(visible(line))
