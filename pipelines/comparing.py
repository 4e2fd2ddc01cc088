"""A run's values beside a laboratory's own, as tables and a page beside the run."""

from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.report.comparison_page import comparison_page, tube_links
from tregate.pipelines.runs.previous_run import read_record
from tregate.pipelines.runs.run_folder import recorded_files
from tregate.pipelines.runs.verify import differences
from tregate.pipelines.statistics.compared_groups import groups_table
from tregate.pipelines.statistics.compared_methods import comparison_lines, comparison_table, pairs_of, pairs_table
from tregate.pipelines.statistics.compared_readers import readers_table
from tregate.pipelines.statistics.manual_mapping import mapped_values, read_mapping
from tregate.pipelines.statistics.manual_values import files_of, read_manual, run_values

COMPARED = ("comparison.csv", "comparison_pairs.csv", "comparison_groups.csv", "comparison_readers.csv")
PAGE = "comparison.html"


def compare_with(out: Path, manual: Path, mapping: Path | None = None) -> list[str]:
    """Write the tables of the comparison and its page into the folder of a run; what they say, in lines.

    `mapping`: what the columns of a table that another program exported are; without it `manual` has the columns of
    manual.csv. Raises ConfigurationError where a table of the run was changed, or the manual values cannot be read.
    """
    record = read_record(out)
    recorded = recorded_files(record)
    tables = {name: sha256 for name, sha256 in recorded.items() if name.endswith(".csv") and "/" not in name}
    changed = [Problem(str(out), None, f"{one}.", "Run again.") for one in differences(out, tables)]
    if changed:
        raise ConfigurationError(changed)
    run = run_values(out, list(tables))
    files = files_of(out)
    if mapping is None:
        values = read_manual(manual, run.measures)
    else:
        places = {Path(file).name: place for place, own in files.items() for file in own}
        values = mapped_values(manual, read_mapping(mapping), places, run.measures)
    pairs = pairs_of(values, run)
    table = comparison_table(pairs)
    sites = {name: str(person.get("site") or "") for name, person in record["study"].get("people", {}).items()}
    groups = groups_table(pairs, str(record["study"]["baseline"]), sites)
    readers = readers_table(values, run)
    for name, made in zip(COMPARED, (table, pairs_table(pairs, files), groups, readers), strict=True):
        write_csv(made, out / name)
    write_text(out / PAGE, comparison_page([table, groups, readers], pairs, tube_links(out, files)))
    lines = list(comparison_lines(table))
    apart = sum(pair.ours is None for pair in pairs)
    if apart:
        lines.append(f"{apart} manual values have no partner in the run; comparison_pairs.csv lists them.")
    return lines
