"""Visit -> event of a REDCap project, as a CSV of two columns."""

from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.csv_source import column_problems, read_csv_source

REQUIRED = ("visit", "event")


def read_events(path: Path) -> dict[str, str]:
    """Raises ConfigurationError with everything wrong with the file."""
    source, problems = read_csv_source(path, str(path))
    problems += column_problems(source, REQUIRED, REQUIRED)
    found: dict[str, str] = {}
    for row in source.rows:
        visit, event = row.get("visit"), row.get("event")
        if not visit or not event:
            problems.append(Problem(str(path), row.line, "`visit` or `event` is empty."))
        elif visit in found:
            problems.append(Problem(str(path), row.line, f'the visit "{visit}" is listed twice.', "Remove one."))
        else:
            found[visit] = event
    if problems:
        raise ConfigurationError(problems)
    return found
