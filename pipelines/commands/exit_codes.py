"""How a command's errors end it: a message for the user, and an exit code."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from tregate.pipelines.commands.options import FAILED, WRONG


@contextmanager
def exit_codes_for_errors() -> Iterator[None]:
    """Print problems of the input without a traceback and exit with 2; exit with 130 on Ctrl-C."""
    from tregate.gating.errors import ConfigurationError
    from tregate.pipelines.tubes.interrupts import exit_code

    try:
        yield
    except ConfigurationError as error:
        from tregate.pipelines.files.equal_problems import grouped

        problems = grouped(error.problems)
        number = len(problems)
        print(f"{number} problem{'s' if number != 1 else ''}; nothing was run.", file=sys.stderr)
        for problem in problems:
            print(problem, file=sys.stderr)
        raise typer.Exit(WRONG) from None
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        raise typer.Exit(exit_code()) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        text = str(error.strerror or error).rstrip(".")
        print(f"{named}{text}. Existing files were not changed.", file=sys.stderr)
        raise typer.Exit(FAILED) from None
