"""`tregate cache`: how large a store of kept outcomes is, and an empty one again."""

from pathlib import Path
from typing import Annotated

import typer

from tregate.gating.wording import counted
from tregate.pipelines.commands.exit_codes import exit_codes_for_errors


def cache(
    store: Annotated[
        Path, typer.Argument(metavar="STORE", help="The --store folder of a run, or its --out folder.")
    ] = Path(),
    clear: Annotated[bool, typer.Option("--clear", help="Remove all kept outcomes. Tables are not touched.")] = False,
) -> None:
    """Show the size of the kept outcomes, or remove them."""
    with exit_codes_for_errors():
        from tregate.gating.errors import ConfigurationError, Problem
        from tregate.pipelines.store import outcome_store

        own = store / outcome_store.FOLDER
        folder = own if own.is_dir() else store
        if not folder.is_dir():
            message = "there is no such folder."
            raise ConfigurationError([Problem(str(store), None, message, "Name the --store or --out of a run.")])
        found = list(outcome_store.entries(folder))
        size = sum(entry.size for entry in found) / 1e6
        tubes = sum(entry.path.name.endswith(".measured.json") for entry in found)
        held = f"{counted(tubes, 'tube')} in {counted(len(found), 'file')}"
        print(f"{folder}: {held}, {size:.1f} MB (limit {outcome_store.LIMIT / 1e6:.0f} MB)")
        if clear:
            print(f"{counted(outcome_store.clear(folder), 'file')} removed.")
