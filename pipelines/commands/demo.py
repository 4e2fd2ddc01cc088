"""`tregate demo`: a small synthetic trial, made and run. Only here and in validate.py do pipelines meet fixtures."""

from pathlib import Path

from tregate.fixtures.trial import make_trial
from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.commands.summary import subject_table_lines, tell_outcome, visit_table_lines
from tregate.pipelines.console import Console
from tregate.pipelines.run import REPORT, RunOptions, run
from tregate.pipelines.runs.run_folder import RECORD
from tregate.pipelines.study.load_study import STUDY_FILE, load_study
from tregate.pipelines.tubes.executors import default_workers

TRIAL, OUT = "trial", "tables"
SUBJECTS = 9
EVENTS = (15_000, 30_000)


def demonstrate(folder: Path, workers: int, console: Console) -> int:
    """Make a trial in `folder`/trial, run it into `folder`/tables, and print the visit table; the exit code.

    Raises ConfigurationError where `folder` holds something else.
    """
    trial, out = folder / TRIAL, folder / OUT
    ours = not folder.exists() or not any(folder.iterdir()) or (trial / STUDY_FILE).exists() or (out / RECORD).exists()
    if not ours:
        message = "the folder contains other files; the demo needs a folder of its own."
        raise ConfigurationError([Problem(str(folder), None, message, "Name a new or empty folder.")])
    console.tell(f"Making a synthetic trial of {SUBJECTS} subjects in {trial} ...")
    make_trial(trial, seed=1, subjects=SUBJECTS, events=EVENTS)
    study = load_study(trial)
    ran = run(study, out, RunOptions(workers or default_workers(len(study.used))), console)
    tell_outcome(ran, console)
    if ran.interrupted:
        return 130
    print()
    print("\n".join(visit_table_lines(ran, study.visits)))
    print()
    print("\n".join(subject_table_lines(ran, study.visits)))
    print()
    print(f"True values of this synthetic trial: {trial / 'truth.csv'}")
    print(f"Tables (treg.csv, nk.csv, subsets.csv, summary.csv, counts.csv and more): {out}")
    print(f"Review page (open it in a browser): {out / REPORT}")
    return 1 if ran.gathered.failures else 0
