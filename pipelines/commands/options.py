"""Options that several commands share, and what a command's end means."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

OK, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: every tube gated; some tubes failed; the command, study or strategy is wrong; Ctrl-C."""


class ReportPages(StrEnum):
    none = "none"
    flagged = "flagged"
    all = "all"


Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and warnings only.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AnswerJson = Annotated[
    bool, typer.Option("--json", help="Print the outcome as JSON on standard output (docs/run.schema.json).")
]
Debug = Annotated[bool, typer.Option("--debug", help="Log more to run.log and show the traceback of every error.")]
Workers = Annotated[int, typer.Option("--workers", min=0, help="Worker processes (0: one per core).")]


def _folder(text: str) -> Path:
    """A folder to write to; an empty name (an unset variable of the shell) is none."""
    if not text.strip():
        raise typer.BadParameter("the name of the folder is empty.")
    return Path(text)


Out = Annotated[Path, typer.Option("--out", help="Folder for the tables.", parser=_folder, metavar="DIR")]
Figures = Annotated[
    bool, typer.Option("--figures", help="Also write the trial's figures as PNG, SVG and PDF, as `tables` does.")
]
Parquet = Annotated[bool, typer.Option("--parquet", help="Also write the visit tables as Parquet.")]
TableFormats = Annotated[
    list[str] | None,
    typer.Option("--format", metavar="NAME", help="Also write the visit tables in this format, such as parquet."),
]


def formats(parquet: bool, further: list[str] | None) -> tuple[str, ...]:
    """Formats of the visit tables beside CSV."""
    return tuple(dict.fromkeys([*(["parquet"] if parquet else []), *(further or [])]))
