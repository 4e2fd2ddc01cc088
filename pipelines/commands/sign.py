"""`tregate sign`: a reader signs a reviewed run, which locks it; or opens it again, with a reason."""

from pathlib import Path
from typing import Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import Quiet


def sign(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The --out folder of a reviewed run.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="Who signs.")],
    statement: Annotated[
        str, typer.Option(metavar="TEXT", help="What is signed, for example 'I reviewed all tubes'.")
    ] = "",
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Sign although tubes are not reviewed; the signature says how many.")
    ] = False,
    second: Annotated[bool, typer.Option("--second", help="As the second reader.")] = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="Open a signed study again; needs --reason.")] = False,
    reason: Annotated[str, typer.Option(metavar="REASON", help="Why it is opened again.")] = "",
    quiet: Quiet = False,
) -> None:
    """Sign a reviewed run; later changes of tables, inputs, decisions or plan break the signature visibly."""
    with exit_codes_for_errors():
        from tregate.pipelines.console import Console
        from tregate.pipelines.review.audit_log import AUDIT, whole_log
        from tregate.pipelines.review.readers_file import readers_words
        from tregate.pipelines.review.signed import Signature
        from tregate.pipelines.runs.previous_run import read_record
        from tregate.pipelines.signing import reopen_study, sign_study

        console = Console(quiet=quiet)
        if reopen:
            entry = reopen_study(out, name, reason)
            console.tell(f"Opened again by {name} (entry {entry.n} of audit.jsonl).")
        else:
            entry = sign_study(out, name, statement, 2 if second else 1, incomplete=incomplete)
            console.tell(f"Signed by {name} (entry {entry.n} of audit.jsonl): {Signature(entry).reviewed}.")
            both = readers_words(out, read_record(out), whole_log(out / AUDIT).decisions)
            if both:
                console.tell(both)
            console.tell("The study is locked. --reopen with --reason opens it again.")
            console.tell(f"Note this number in the study's file; it proves the log up to here: {entry.sha256}")
