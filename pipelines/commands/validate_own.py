"""What `tregate validate --own STUDY` does: run the study, judge its figures by the laboratory's limits."""

from collections import Counter
from pathlib import Path

from tregate.pipelines.commands.options import FAILED, OK

RUN = "run"


def validate_own(folder: Path, out: Path | None, workers: int, *, quiet: bool, as_json: bool) -> int:
    """Run the study into OUT/run, write own_validation.csv and a page into OUT, and print the figures with a limit.

    Returns the exit code: 1 where a figure is beyond its limit or a tube failed, else 0.
    Raises ConfigurationError with every problem of the study, the design or the limits.
    """
    import json

    from tregate.pipelines.console import Console
    from tregate.pipelines.run import run
    from tregate.pipelines.runs.options import RunOptions
    from tregate.pipelines.runs.previous_run import read_record
    from tregate.pipelines.runs.run_folder import recorded_files
    from tregate.pipelines.statistics.manual_values import run_values
    from tregate.pipelines.study.load_study import load_study
    from tregate.pipelines.tubes.workers import default_workers
    from tregate.pipelines.validation.own import CSV, PAGE, own_lines, write_own
    from tregate.pipelines.validation.own_design import read_design, read_limits
    from tregate.pipelines.validation.own_lines import BEYOND, UNDECIDED, WITHIN, lines_table
    from tregate.pipelines.visible_text import visible

    console = Console(quiet=quiet)
    study = load_study(folder)
    target = out or study.folder / "own_validation"
    design = read_design(study.folder, sorted({(entry.subject, entry.visit) for entry in study.used}))
    ran = run(study, target / RUN, RunOptions(workers or default_workers(len(study.used)), pages="none"), console)
    values = run_values(target / RUN, list(recorded_files(read_record(target / RUN))))
    lines = own_lines(values, design, read_limits(study.folder, values.measures))
    write_own(lines, design, study.name, target)
    table = lines_table(lines)
    if as_json:
        print(json.dumps(list(table.records()), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        for row in table.records():
            if row["verdict"]:
                where = f" ({row['group']})" if row["group"] else ""
                figure = f"{row['estimate']:.3g} {row['unit']}, limit {row['limit']:g}"
                print(
                    visible(f"{row['section']}: {row['measure']}{where}: {row['statistic']} {figure}: {row['verdict']}")
                )
    counted = Counter(line.verdict for line in lines)
    verdicts = ", ".join(f"{counted[name]} {name}" for name in (WITHIN, BEYOND, UNDECIDED))
    console.tell(f"{verdicts}. Written to {target}: {CSV}, {PAGE}.")
    return FAILED if counted[BEYOND] or ran.gathered.failures else OK
