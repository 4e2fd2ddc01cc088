"""`tregate review`: look at a finished run in the browser, move gates, mark tubes; on this machine only."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import Quiet, Workers


def review(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The --out folder of a finished run.")],
    second: Annotated[
        bool, typer.Option("--second", help="Second reading: starts from the automatic gates, blind to the first.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="Port (0: a free one).")] = 0,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    workers: Workers = 0,
    quiet: Quiet = False,
) -> None:
    """Review a run in the browser: move gates with a reason, mark tubes. Only this machine can open the page."""
    with exit_codes_for_errors():
        import webbrowser

        from tregate.pipelines.console import Console
        from tregate.pipelines.reviewing.desk import open_desk
        from tregate.pipelines.reviewing.serve import serve
        from tregate.pipelines.tubes.executors import default_workers

        console = Console(quiet=quiet)
        reading: Literal[1, 2] = 2 if second else 1
        desk = open_desk(out, console, reading=reading, workers=workers or default_workers(2))
        serve(desk, console.warn, port=port, opened=webbrowser.open if open_browser else None)
