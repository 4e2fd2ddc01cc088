"""`tregate review`: look at a finished run in the browser, move gates, mark tubes; on this machine only."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import Quiet, Workers

BEFORE_SIGNING = "A second reading (tregate review OUT --second, by another person) comes before the first signature."


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

        from tregate.gating.errors import ConfigurationError
        from tregate.pipelines.console import Console
        from tregate.pipelines.review.audit_log import AUDIT, whole_log
        from tregate.pipelines.review.signed import locked_before_second, locked_notice
        from tregate.pipelines.reviewing.desk import open_desk
        from tregate.pipelines.reviewing.serve import serve
        from tregate.pipelines.tubes.workers import default_workers

        console = Console(quiet=quiet)
        reading: Literal[1, 2] = 2 if second else 1
        read = any(one.wish.reading == reading for one in whole_log(out / AUDIT).decisions)
        late = None if reading == 1 or read else locked_before_second(out, "the second reader has decided nothing")
        if late is not None:
            raise ConfigurationError([late])
        desk = open_desk(out, console, reading=reading, workers=workers or default_workers(2))
        notice = locked_notice(out) or ("" if second else BEFORE_SIGNING)
        if notice:
            console.warn(notice)
        serve(desk, console.warn, port=port, opened=webbrowser.open if open_browser else None)
