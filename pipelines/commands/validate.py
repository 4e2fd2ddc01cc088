"""What `tregate validate` does with its words: validate, write, print the table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import FAILED, OK, Json, Quiet, Workers

if TYPE_CHECKING:
    from tregate.pipelines.files.table import Table
    from tregate.pipelines.validation.validate import Validation


def validate(
    strategy: Annotated[
        str | None, typer.Argument(metavar="[STRATEGY]", help="Name of a shipped strategy, or path of your own.")
    ] = None,
    own: Annotated[
        Path | None,
        typer.Option(metavar="STUDY", help="Study of your own tubes, with validation.csv and limits.yaml, instead."),
    ] = None,
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
    """Gate synthetic tubes with known true values and report the errors; or judge your own tubes (--own)."""
    with exit_codes_for_errors():
        from tregate.gating.errors import ConfigurationError, Problem

        if (strategy is None) == (own is None):
            message = "name either a strategy or, with --own, a study." if own is None else "both were given."
            raise ConfigurationError([Problem("STRATEGY or --own", None, message, "Give one of the two.")])
        if own is not None:
            from tregate.pipelines.commands.validate_own import validate_own

            raise typer.Exit(validate_own(own, out, workers, quiet=quiet, as_json=as_json))
        assert strategy is not None
        code = validate_command(
            strategy, kind=kind, conditions=conditions, seeds=seeds, events=events, workers=workers, out=out,
            quiet=quiet, as_json=as_json, series=series,
        )  # fmt: skip
        raise typer.Exit(code)


def validate_command(
    strategy: str,
    *,
    kind: str | None,
    conditions: str,
    seeds: int,
    events: int,
    workers: int = 0,
    out: Path | None = None,
    quiet: bool = False,
    as_json: bool = False,
    series: bool = True,
) -> int:
    """Validate a strategy (shipped name or path); write its files into `out`; print the table or JSON.

    `conditions`: names with commas, or "all". `workers` 0: one a core. `out` None: validation_<strategy>
    in the current folder. Returns the exit code: 1 where some tubes could not be gated, else 0.
    Raises ConfigurationError for a strategy, kind or condition that does not exist.
    """
    import json

    from tregate.gating.errors import ConfigurationError, Problem
    from tregate.gating.strategy.load import load_strategy
    from tregate.pipelines.console import Console
    from tregate.pipelines.tubes.workers import default_workers
    from tregate.pipelines.validation.text_table import text_table
    from tregate.pipelines.validation.validate import makings
    from tregate.pipelines.validation.validate import validate as validation_of

    console = Console(quiet=quiet)
    loaded = load_strategy(strategy)
    named = [name.strip() for name in conditions.split(",") if name.strip()]
    total = len(makings(loaded, kind, named, seeds, events, series=series))
    folder = out or Path(f"validation_{loaded.strategy}")
    if folder.exists() and not folder.is_dir():
        problem = Problem(str(folder), None, "this is a file, not a folder.", "Choose another --out.")
        raise ConfigurationError([problem])
    processes = workers or default_workers(total)
    with console.progress("validating", total) as progress:
        validation = validation_of(
            loaded, kind, named, seeds, events, processes, series=series, advance=progress.advance
        )
    table = write(validation, folder)
    if as_json:
        print(json.dumps(list(table.records()), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        print(text_table(validation.measures))
    failed = [tube for tube in validation.tubes if tube.fault]
    if failed:
        first = failed[0]
        console.warn(
            f"{len(failed)} of {len(validation.tubes)} tubes could not be gated. First failure: "
            f"{first.making.condition}, seed {first.making.seed}: {first.fault}"
        )
    console.tell(f"Results: {folder / 'validation.csv'}, validation_tubes.csv, validation.html")
    return FAILED if failed else OK


def write(validation: Validation, folder: Path) -> Table:
    """Write validation.csv, validation_tubes.csv and validation.html; return the first as a table."""
    from tregate.pipelines.files.atomic import write_text
    from tregate.pipelines.files.csv_file import write_csv
    from tregate.pipelines.validation.page import page
    from tregate.pipelines.validation.tables import measures_table, tubes_table

    table = measures_table(validation.measures)
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(table, folder / "validation.csv")
    write_csv(tubes_table(validation.tubes), folder / "validation_tubes.csv")
    write_text(folder / "validation.html", page(validation))
    return table
