"""`tregate verify`: whether a run's files are those that it wrote."""

from pathlib import Path
from typing import Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import FAILED, Quiet


def verify(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The --out folder of a run.")],
    inputs: Annotated[
        Path | None,
        typer.Option(metavar="STUDY", help="The study's folder, where it was moved."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Compare a run's files, inputs, decisions and signatures with what was recorded."""
    with exit_codes_for_errors():
        from tregate.pipelines.files.differences import differences
        from tregate.pipelines.runs.blinded import blinded_problem
        from tregate.pipelines.runs.previous_run import read_record
        from tregate.pipelines.runs.run_folder import recorded_files
        from tregate.pipelines.runs.signed_versions import version_differences
        from tregate.pipelines.runs.verify import inputs_of, log_problems, shipped_inputs_of, signed_words, study_folder
        from tregate.pipelines.visible_text import visible

        record = read_record(out)
        compared = [(out, recorded_files(record))]
        folder = study_folder(out, record) if inputs is None else inputs if inputs.is_dir() else inputs.parent
        if inputs is not None:
            blinded_problem(out, record)
        compares_study = "study" in record and not record.get("blinded") and (inputs is not None or folder.is_dir())
        if compares_study:
            compared += [(folder, inputs_of(record)), shipped_inputs_of(record)]
        found = [one for place, recorded in compared for one in differences(place, recorded)]
        decisions = [f"{problem}." for problem in log_problems(out, record)]
        if compares_study:
            decisions += [f"{problem}." for problem in version_differences(out, record, folder)]
        for line in (*(f"{one}." for one in found), *decisions):
            print(visible(line))
        number = sum(len(recorded) for _, recorded in compared)
        if not quiet:
            print(f"{number - len(found)} of {number} files are as recorded.")
            changed = [one.file for one in found] or ["what is named above"] * bool(decisions)
            for line in signed_words(out, changed):
                print(visible(line))
            if not compares_study:
                print("The study's own files were not compared: their folder is not there. Name it by --inputs.")
        if found or decisions:
            raise typer.Exit(FAILED)
