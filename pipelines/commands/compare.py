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
) -> None:
    """Compare the values of a run with a laboratory's own: bias, limits of agreement, line, concordance."""
    with exit_codes_for_errors():
        from tregate.gating.errors import ConfigurationError, Problem
        from tregate.pipelines.files.csv_file import write_csv
        from tregate.pipelines.runs.previous_run import read_record
        from tregate.pipelines.runs.run_folder import recorded_files
        from tregate.pipelines.runs.verify import differences
        from tregate.pipelines.statistics.compared_methods import (
            comparison_lines,
            comparison_table,
            pairs_of,
            pairs_table,
        )
        from tregate.pipelines.statistics.manual_values import read_manual, run_values
        from tregate.pipelines.visible_text import visible

        recorded = recorded_files(read_record(out))
        tables = {name: sha256 for name, sha256 in recorded.items() if name.endswith(".csv") and "/" not in name}
        changed = [Problem(str(out), None, f"{one}.", "Run again.") for one in differences(out, tables)]
        if changed:
            raise ConfigurationError(changed)
        run = run_values(out, list(tables))
        pairs = pairs_of(read_manual(manual, run.measures), run)
        table = comparison_table(pairs)
        write_csv(table, out / "comparison.csv")
        write_csv(pairs_table(pairs), out / "comparison_pairs.csv")
        for line in comparison_lines(table):
            print(visible(line))
        apart = sum(pair.ours is None for pair in pairs)
        if apart:
            print(f"{apart} manual values have no partner in the run; comparison_pairs.csv lists them.")
