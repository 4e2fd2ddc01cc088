"""`tregate init`: write study.yaml and samples.csv for a folder of FCS files."""

from pathlib import Path
from typing import Annotated

import typer

from tregate.pipelines.commands.as_json import print_json
from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import Json


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of FCS files.")],
    pattern: Annotated[
        str | None, typer.Option(help="Pattern of the file names, for example '{subject}_{visit}_{tube}'.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write study.yaml and samples.csv for a folder of FCS files. Does not overwrite files."""
    with exit_codes_for_errors():
        from tregate.pipelines.study.draft import draft, summary_lines, write_draft

        made = draft(folder, folder, pattern)
        study, samples = write_draft(made, folder)
        if as_json:
            print_json(
                {
                    "study": str(study),
                    "samples": str(samples),
                    "visits": list(made.visits),
                    "used": len(made.used),
                    "excluded": [{"file": str(one.path), "reason": one.exclude} for one in made.excluded],
                }
            )
            return
        for line in (
            *summary_lines(made),
            f"Wrote {study} and {samples}. Review both files, then run: tregate check {folder}",
        ):
            print(line)
