"""A printed table of visits, as CSV, put through the checks of a summary."""

from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.csv_source import column_problems, read_csv_source
from tregate.pipelines.files.number_text import number
from tregate.pipelines.statistics.mean_cells import printed_cells
from tregate.pipelines.statistics.plausibility import implausible
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.tubes.records import TubeFinding

COLUMNS = ("measure", "unit", "visit", "mean", "sd", "stars")


def check_printed(path: Path, declared: Declared, *, pairs: int | None = None) -> tuple[int, list[TubeFinding]]:
    """How many cells were recognised, and what about them cannot be or needs review.

    `pairs`: subjects with both visits, for what their tests can give. Raises ConfigurationError where the file is not
    such a table, a number is none, or no row is a measure of the table definition (by `printed_as`).
    """
    source, problems = read_csv_source(path, str(path))
    problems += column_problems(source, COLUMNS, COLUMNS)
    rows = []
    for row in source.rows:
        cells = {column: row.get(column) or "" for column in COLUMNS}
        for column in ("mean", "sd"):
            value = number(cells[column]) if cells[column] else 0.0
            if isinstance(value, str):
                problems.append(Problem(str(path), row.line, f"`{column}`: {value}."))
            else:
                cells[column] = str(value) if cells[column] else ""
        if not cells["mean"]:
            problems.append(Problem(str(path), row.line, "`mean` is empty.", "Remove the row, or enter its mean."))
        rows.append(cells)
    if problems:
        raise ConfigurationError(problems)
    table = printed_cells(rows, declared, pairs=pairs)
    if not table:
        named = [name for measure in declared.measures.values() for name in measure.printed_as]
        message = "no row is a measure of the table definition."
        raise ConfigurationError([Problem(str(path), None, message, f"Known: {', '.join(dict.fromkeys(named))}.")])
    return len(table), implausible(table, declared)
