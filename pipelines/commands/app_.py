"""`tregate app`: all steps of a study in the browser, on this machine only."""

from pathlib import Path
from typing import Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import Quiet


def app_(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="Folder of a study, or of FCS files.", show_default=False)
    ] = None,
    shortcut: Annotated[
        bool, typer.Option("--shortcut", help="Put an icon on the desktop that starts the application, and end.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="Port (0: a free one).")] = 0,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
    quiet: Quiet = False,
) -> None:
    """Set up, run and review a study in the browser. Only this machine can open the page."""
    with exit_codes_for_errors():
        from tregate.pipelines.console import Console

        console = Console(quiet=quiet)
        if shortcut:
            from tregate.pipelines.application.shortcut import write_shortcut

            console.tell(f"Double-click this to start the application: {write_shortcut()}")
            return
        import webbrowser

        from tregate.gating.errors import ConfigurationError, Problem
        from tregate.pipelines.application.app import application
        from tregate.pipelines.application.recent import remember_port, usual_port
        from tregate.pipelines.serving.serve import serve

        if folder is not None and not folder.is_dir():
            raise ConfigurationError([Problem(str(folder), None, "the folder does not exist.")])
        kept = "What you change is written to the files of the study at once. Press Ctrl-C to end."
        serve(
            application(None if folder is None else folder.resolve()), "tregate app", console.warn,
            lambda link: (f"Application: {link}", kept), port=port, usual=usual_port(), bound=remember_port,
            opened=webbrowser.open if open_browser else None,
        )  # fmt: skip
