"""`tregate demo`: a small synthetic trial, made and run. Only here and in validate.py do pipelines meet fixtures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import FAILED, OK, AnswerJson, Quiet, Workers

if TYPE_CHECKING:
    from tregate.pipelines.console import Console

Kind = Literal["course", "arms", "brighter"]
TRIAL, OUT = "trial", "tables"
SUBJECTS = 9
EVENTS = (15_000, 30_000)
OF_ARMS = 24


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the trial and its tables.")],
    arms: Annotated[
        bool, typer.Option("--arms", help="A trial of 24 subjects: placebo and two doses, two sites.")
    ] = False,
    activation: Annotated[
        bool,
        typer.Option("--activation", help="A trial whose treatment makes cells brighter, with tables of intensities."),
    ] = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    as_json: AnswerJson = False,
) -> None:
    """Make a small synthetic trial in DIR and run it."""
    if arms and activation:
        raise typer.BadParameter("give --arms or --activation, not both: each makes a trial of its own.")
    with exit_codes_for_errors(as_json=as_json):
        from tregate.pipelines.console import Console

        kind: Kind = "arms" if arms else "brighter" if activation else "course"
        raise typer.Exit(demonstrate(folder, workers, Console(quiet=quiet), as_json=as_json, kind=kind))


def demonstrate(folder: Path, workers: int, console: Console, *, as_json: bool = False, kind: Kind = "course") -> int:
    """Make a trial in `folder`/trial, run it into `folder`/tables, and print the visit table, or JSON; the exit code.

    kind: "course" is the published course, "arms" placebo and two doses, "brighter" the course with activated cells.
    Raises ConfigurationError where `folder` holds something else.
    """
    from tregate.fixtures.activation import ACTIVATION
    from tregate.fixtures.arms_trial import make_arms_trial
    from tregate.fixtures.trial import make_trial
    from tregate.gating.errors import ConfigurationError, Problem
    from tregate.pipelines.commands.as_json import print_json
    from tregate.pipelines.commands.run_json import run_json
    from tregate.pipelines.commands.summary import subject_table_lines, tell_outcome, visit_table_lines
    from tregate.pipelines.run import REPORT, run
    from tregate.pipelines.runs.options import RunOptions
    from tregate.pipelines.runs.run_folder import RECORD
    from tregate.pipelines.study.load_study import STUDY_FILE, load_study
    from tregate.pipelines.tubes.interrupts import exit_code
    from tregate.pipelines.tubes.workers import default_workers

    trial, out = folder / TRIAL, folder / OUT
    ours = not folder.exists() or not any(folder.iterdir()) or (trial / STUDY_FILE).exists() or (out / RECORD).exists()
    if not ours:
        message = "the folder contains other files; the demo needs a folder of its own."
        raise ConfigurationError([Problem(str(folder), None, message, "Name a new or empty folder.")])
    console.tell(f"Making a synthetic trial of {OF_ARMS if kind == 'arms' else SUBJECTS} subjects in {trial} ...")
    if kind == "arms":
        make_arms_trial(trial, seed=1)
    elif kind == "brighter":
        make_trial(trial, seed=1, subjects=SUBJECTS, events=EVENTS, activation=ACTIVATION, tables="treg_extended")
    else:
        make_trial(trial, seed=1, subjects=SUBJECTS, events=EVENTS)
    study = load_study(trial)
    ran = run(study, out, RunOptions(workers or default_workers(len(study.used)), figures=True), console)
    tell_outcome(ran, study, console)
    code = FAILED if ran.gathered.failures or ran.outcome.no_value() else OK
    code = exit_code() if ran.interrupted else code
    if as_json:
        print_json(run_json(ran, code))
    if as_json or ran.interrupted:
        return code
    print()
    print("\n".join(visit_table_lines(ran, study.visits, study.table_sources.declared)))
    print()
    print("\n".join(subject_table_lines(ran, study.visits, study.table_sources.declared)))
    print()
    print(f"True values of this synthetic trial: {trial / 'truth.csv'}")
    if kind == "arms":
        print(f"True effects of its arms: {trial / 'truth_effects.csv'}; measured: {out / 'comparisons.csv'}")
    if kind == "brighter":
        print(f"Its columns cd25_fold and foxp3_fold are the true activation; measured: {out / 'activation.csv'}")
    sheets = ", ".join(f"{sheet}.csv" for sheet in study.table_sources.declared.sheets)
    print(f"Tables ({sheets}, summary.csv, counts.csv and more): {out}")
    print(f"Review page (open it in a browser): {out / REPORT}")
    return code
