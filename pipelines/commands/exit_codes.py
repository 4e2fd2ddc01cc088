"""How a command's errors end it: a message for the user, and an exit code."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import typer

from tregate.pipelines.commands.options import FAILED, WRONG


@contextmanager
def exit_codes_for_errors(*, as_json: bool = False) -> Iterator[None]:
    """Print problems of the input without a traceback and exit with 2; exit with 130 on Ctrl-C.

    as_json: standard output gets one object of docs/run.schema.json too, "refused" or "stopped".
    """
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
        if as_json:
            _print(status="refused", exit_code=WRONG, problems=[asdict(problem) for problem in error.problems])
        raise typer.Exit(WRONG) from None
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        if as_json:
            _print(status="stopped", exit_code=exit_code(), message="Interrupted.")
        raise typer.Exit(exit_code()) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        text = str(error.strerror or error).rstrip(".")
        message = f"{named}{text}. Existing files were not changed."
        print(message, file=sys.stderr)
        if as_json:
            _print(status="stopped", exit_code=FAILED, message=message)
        raise typer.Exit(FAILED) from None


def _print(**answer: object) -> None:
    from tregate.pipelines.commands.as_json import print_json

    print_json(answer)
