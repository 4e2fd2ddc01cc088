"""`tregate plot`: one tube's gates as a PNG."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import FAILED


def plot(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An FCS file.")],
    strategy: Annotated[str, typer.Option("--strategy", "-s", help="Name of a shipped strategy, or path of your own.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="PNG file (default: name of FILE with .png, in this folder).")
    ] = None,
    data_set: Annotated[int | None, typer.Option("--dataset", help="Data set of a file that contains several.")] = None,
) -> None:
    """Draw the gates of one tube as PNG."""
    with exit_codes_for_errors():
        from tregate.gating.errors import TubeError
        from tregate.gating.strategy.load import load_strategy
        from tregate.pipelines.report.plot import plot_tube

        picture = out or Path(f"{file.stem}.png")
        try:
            plot_tube(file, load_strategy(strategy), picture, data_set)
        except (TubeError, OSError) as error:
            print(f"{file}: {error}", file=sys.stderr)
            raise typer.Exit(FAILED) from None
        print(picture)
