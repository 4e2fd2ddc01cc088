"""The command line: it registers the commands, one file each, and starts the process.

A command's file imports what it needs when the command is called, so that --help answers at once.
"""

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from tregate.pipelines.commands.app_ import app_
from tregate.pipelines.commands.cache import cache
from tregate.pipelines.commands.check import check
from tregate.pipelines.commands.compare import compare
from tregate.pipelines.commands.compensate import compensate
from tregate.pipelines.commands.demo import demo
from tregate.pipelines.commands.export import export
from tregate.pipelines.commands.import_ import import_
from tregate.pipelines.commands.init import init
from tregate.pipelines.commands.inspect import inspect
from tregate.pipelines.commands.merge import merge
from tregate.pipelines.commands.options import FAILED
from tregate.pipelines.commands.plausible import plausible
from tregate.pipelines.commands.plot import plot
from tregate.pipelines.commands.power import power
from tregate.pipelines.commands.review import review
from tregate.pipelines.commands.run import run
from tregate.pipelines.commands.sign import sign
from tregate.pipelines.commands.tables import tables
from tregate.pipelines.commands.train import train
from tregate.pipelines.commands.unblind import unblind
from tregate.pipelines.commands.validate import validate
from tregate.pipelines.commands.verify import verify

COMMANDS = (
    init,
    inspect,
    check,
    run,
    merge,
    validate,
    plot,
    demo,
    tables,
    app_,
    review,
    sign,
    plausible,
    train,
    verify,
    cache,
    import_,
    compare,
    power,
    export,
    unblind,
    compensate,
)
"""In the order of --help. A new command is one file and one line here."""

app = typer.Typer(
    help="Turn a folder of flow-cytometry (FCS) files into per-visit tables of Treg and NK cells.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 every tube gated; 1 some tubes failed, tables written for the others; "
    "2 problems in the command, study or strategy, nothing was run; 130 interrupted "
    "(143 by SIGTERM, 129 by SIGHUP), finished tubes are kept.",
)


def main() -> None:
    """The command line."""
    # Matrices are small here and tubes are shared over processes: further threads would only cost their start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Modules, strategies and tables stay until the end: looking among them for rubbish every 700 objects finds none.
    gc.set_threshold(500_000)
    _open_streams()
    from tregate.pipelines.tubes import interrupts

    interrupts.end_as_ctrl_c()
    try:
        app(prog_name="tregate")
    except KeyboardInterrupt:
        sys.exit(interrupts.exit_code())
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED)
    finally:
        # All that is left goes with the process: the interpreter need not search it for cycles before it ends.
        gc.freeze()


def _open_streams() -> None:
    """Where a scheduler closed standard output or error, what is said goes nowhere, not into the next file."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - open as long as the process
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - open as long as the process
    from tregate.pipelines.visible_text import shown_on

    sys.stdout, sys.stderr = shown_on(sys.stdout), shown_on(sys.stderr)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"tregate {version('tregate')}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


for command in COMMANDS:
    app.command(command.__name__.rstrip("_"))(command)


if __name__ == "__main__":
    main()
