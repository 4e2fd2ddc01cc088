"""`tregate verify`: whether a run's files are those that it wrote."""

from pathlib import Path
from typing import Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import FAILED, Quiet


def verify(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The --out folder of a run.")],
    inputs: Annotated[
        Path | None, typer.Option(metavar="STUDY", help="Also compare the study's files and FCS files in this folder.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Compare the files of a run with the hashes in its run.json."""
    with exit_codes_for_errors():
        from tregate.pipelines.runs.blinded import blinded_problem
        from tregate.pipelines.runs.previous_run import read_record
        from tregate.pipelines.runs.run_folder import recorded_files
        from tregate.pipelines.runs.verify import differences, inputs_of
        from tregate.pipelines.visible_text import visible

        record = read_record(out)
        compared = [(out, recorded_files(record))]
        if inputs is not None:
            blinded_problem(out, record)
            compared.append((inputs if inputs.is_dir() else inputs.parent, inputs_of(record)))
        found = [one for folder, recorded in compared for one in differences(folder, recorded)]
        for one in found:
            print(visible(f"{one}."))
        number = sum(len(recorded) for _, recorded in compared)
        if not quiet:
            print(f"{number - len(found)} of {number} files are as recorded.")
        if found:
            raise typer.Exit(FAILED)
