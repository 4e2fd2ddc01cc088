"""`tregate power`: the change that so many subjects can detect, and the subjects that a change needs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors

if TYPE_CHECKING:
    from tregate.pipelines.statistics.variance_components import Components

SUBJECTS = "6,8,10,12,16,20,30"
LARGEST = 1000.0
"""CV [%], and fold change, beyond which no assay and no trial can be meant."""
MOST_SD = 10.0
"""SD of log values of a source beyond which its values are of no assay."""


def power(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SOURCE]",
            help="A finished run (its --out folder), a validation.csv, or repeats: a CSV with specimen, measure, value "
            "and, where known, day, operator, instrument.",
        ),
    ] = None,
    cv: Annotated[
        float | None, typer.Option(min=0.0, max=LARGEST, help="CV of the assay [%], without a source.")
    ] = None,
    biological: Annotated[
        float | None, typer.Option(min=0.0, max=LARGEST, help="CV of a subject between visits, beyond the assay [%].")
    ] = None,
    measure: Annotated[list[str] | None, typer.Option(help="Only this measure; may be repeated.")] = None,
    n: Annotated[str, typer.Option("--n", help="Numbers of subjects, separated by commas.")] = SUBJECTS,
    fold: Annotated[float | None, typer.Option(min=0.01, max=LARGEST, help="Fold change to plan for.")] = None,
    percent: Annotated[float, typer.Option("--power", min=50.0, max=99.9, help="Power [%].")] = 80.0,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the table to this CSV file.")] = None,
) -> None:
    """State the fold change that n subjects can detect, from the assay's own variance components."""
    with exit_codes_for_errors():
        from tregate.gating.errors import ConfigurationError, Problem
        from tregate.pipelines.files.csv_file import write_csv
        from tregate.pipelines.statistics.power_table import power_lines, power_table

        every = _components(source, cv, biological)
        chosen = [one for one in every if not measure or one.measure in measure]
        unknown = [name for name in measure or [] if name not in {one.measure for one in every}]
        if unknown:
            known = ", ".join(one.measure for one in every)
            message = f"the source has no measure {unknown[0]!r}."
            raise ConfigurationError([Problem("--measure", None, message, f"Known: {known}.")])
        for one in chosen:
            if any(sd is not None and sd > MOST_SD for sd in (one.repeat, one.day, one.biological, one.of_change)):
                message = f"the values of {one.measure} differ by more than any assay can: a factor above 20000."
                raise ConfigurationError([Problem(str(source), None, message, "Look for a wrong value or unit.")])
        subjects = [int(text) for text in n.split(",") if text.strip().isdigit()]
        if not subjects or len(subjects) != len(n.split(",")) or not all(2 <= one <= 200 for one in subjects):
            message = f"{n!r} is no list of numbers from 2 to 200."
            raise ConfigurationError([Problem("--n", None, message, "Write, for example, 8,12,20.")])
        table = power_table(chosen, subjects, percent / 100.0, None if fold == 1.0 else fold)
        for line in power_lines(table):
            print(line)
        if out is not None:
            write_csv(table, out)


def _components(source: Path | None, cv: float | None, biological: float | None) -> "list[Components]":
    from dataclasses import replace

    from tregate.gating.errors import ConfigurationError, Problem
    from tregate.pipelines.files.csv_file import read_csv
    from tregate.pipelines.runs.run_folder import RECORD
    from tregate.pipelines.statistics.variance_components import (
        Components,
        log_sd,
        of_repeats,
        of_run,
        of_validation,
    )

    own = None if biological is None else log_sd(biological)
    if (source is None) == (cv is None):
        message = "either a source or --cv is needed, and not both."
        raise ConfigurationError([Problem("tregate power", None, message, "Name a run, or write --cv 10.")])
    if source is None:
        return [Components("declared", log_sd(cv or 0.0), biological=own, source="declared")]
    if (source / RECORD).is_file():
        from tregate.pipelines.runs.previous_run import read_run

        run = read_run(source)
        sheets = run.tables.definition.sheets
        tables = [read_csv(source / f"{name}.csv", text=("subject", "visit")) for name in sheets]
        measures = run.tables.definition.measures
        found = of_run(tables, run.baseline, [name for name, one in measures.items() if not one.quality])
    elif source.name == "validation.csv":
        found = of_validation(read_csv(source))
    else:
        found = of_repeats(source)
    return [one if own is None else replace(one, biological=own, change=None) for one in found]
