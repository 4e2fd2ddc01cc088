"""A run's values beside a laboratory's own, as tables and a page beside the run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.wording import counted
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.files.differences import differences
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.report.comparison_page import comparison_page, tube_links
from tregate.pipelines.report.visit_tables import label
from tregate.pipelines.runs.previous_run import read_record
from tregate.pipelines.runs.run_folder import recorded_files
from tregate.pipelines.statistics.compared_groups import groups_table
from tregate.pipelines.statistics.compared_methods import comparison_lines, comparison_table, pairs_of, pairs_table
from tregate.pipelines.statistics.compared_readers import readers_table
from tregate.pipelines.statistics.manual_mapping import mapped_values, read_mapping
from tregate.pipelines.statistics.manual_values import files_of, read_manual, run_values
from tregate.pipelines.statistics.measure_names import MeasureNames
from tregate.pipelines.statistics.without_partner import refuse_without_partners, unknown_words
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.tables_definition import TableDefinition

COMPARED = ("comparison.csv", "comparison_pairs.csv", "comparison_groups.csv", "comparison_readers.csv")
PAGE = "comparison.html"


SHEET = ("subject", "visit", "measure", "value", "reader")


def declared_in(record: Mapping[str, Any]) -> Declared:
    """The table definition of a run, as its record has it."""
    return Declared(TableDefinition.model_validate(record["tables"]["definition"]))


def names_of(measures: Sequence[str], declared: Declared) -> MeasureNames:
    """What the measures of a run are called: by their column, on the page, in tables."""
    printed = {}
    for measure in measures:
        names = [measure, label(measure, declared)]
        if measure in declared.measures:
            own, unit = declared.label(measure), declared.unit(measure)
            names += [declared.short(measure), own, f"{own} {unit}", f"{own} ({unit})"]
        printed[measure] = names
    return MeasureNames.of(printed, {name: declared.unit(name) for name in measures if name in declared.measures})


def sheet_to_fill(out: Path) -> Table:
    """A table for manual counts: a row for each value of the run's visit tables, named as the page names it."""
    record = read_record(out)
    run = run_values(out, [name for name in recorded_files(record) if name.endswith(".csv") and "/" not in name])
    declared = declared_in(record)
    rows: list[dict[str, Cell]] = [
        {"subject": subject, "visit": visit, "measure": label(measure, declared), "value": "", "reader": ""}
        for (subject, visit, measure), value in run.values.items()
        if value is not None and measure in declared.measures
    ]
    return Table.from_records("manual counts", SHEET, rows)


def compare_with(out: Path, manual: Path, mapping: Path | None = None) -> list[str]:
    """Write the tables of the comparison and its page into the folder of a run; what they say, in lines.

    `mapping`: what the columns of a table that another program exported are; without it `manual` has the columns of
    manual.csv. Raises ConfigurationError where a table of the run was changed, the manual values cannot be read, or
    none has a partner in the run.
    """
    record = read_record(out)
    recorded = recorded_files(record)
    tables = {name: sha256 for name, sha256 in recorded.items() if name.endswith(".csv") and "/" not in name}
    changed = [Problem(str(out), None, f"{one}.", "Run again.") for one in differences(out, tables)]
    if changed:
        raise ConfigurationError(changed)
    run = run_values(out, list(tables))
    files, omitted = files_of(out), 0
    if mapping is None:
        values, omitted = read_manual(manual, names_of(run.measures, declared_in(record)))
    else:
        places = {Path(file).name: place for place, own in files.items() for file in own}
        values = mapped_values(manual, read_mapping(mapping), places, run.measures)
    pairs = pairs_of(values, run)
    refuse_without_partners(pairs, run, str(manual))
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
        unknown = unknown_words(pairs, run)
        because = f" ({unknown})" if unknown else ""
        have = f"{counted(apart, 'manual value')} {'has' if apart == 1 else 'have'}"
        lines.append(f"{have} no partner in the run{because}; comparison_pairs.csv lists them.")
    if omitted:
        lines.append(f"{counted(omitted, 'row')} without a value {'was' if omitted == 1 else 'were'} omitted.")
    return lines
