"""A run's values beside a laboratory's own, as two tables beside the run."""

from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.runs.previous_run import read_record
from tregate.pipelines.runs.run_folder import recorded_files
from tregate.pipelines.runs.verify import differences
from tregate.pipelines.statistics.compared_methods import comparison_lines, comparison_table, pairs_of, pairs_table
from tregate.pipelines.statistics.manual_values import read_manual, run_values

COMPARED = ("comparison.csv", "comparison_pairs.csv")


def compare_with(out: Path, manual: Path) -> list[str]:
    """Write comparison.csv and comparison_pairs.csv into the folder of a run; what they say, in lines.

    Raises ConfigurationError where a table of the run was changed, or the manual values cannot be read.
    """
    recorded = recorded_files(read_record(out))
    tables = {name: sha256 for name, sha256 in recorded.items() if name.endswith(".csv") and "/" not in name}
    changed = [Problem(str(out), None, f"{one}.", "Run again.") for one in differences(out, tables)]
    if changed:
        raise ConfigurationError(changed)
    run = run_values(out, list(tables))
    pairs = pairs_of(read_manual(manual, run.measures), run)
    table = comparison_table(pairs)
    for name, made in zip(COMPARED, (table, pairs_table(pairs)), strict=True):
        write_csv(made, out / name)
    lines = list(comparison_lines(table))
    apart = sum(pair.ours is None for pair in pairs)
    if apart:
        lines.append(f"{apart} manual values have no partner in the run; comparison_pairs.csv lists them.")
    return lines
