"""`tregate export --to redcap`: an import file of the visit tables, and the dictionary of its fields."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.datasets.asked import Asked
from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.csv_file import MEASURE_DIGITS, field_of
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.tables_definition import TableDefinition

RECORD, EVENT = "record_id", "redcap_event_name"
DICTIONARY = (
    *("Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label"),
    *("Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number"),
    *("Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)"),
    *("Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name"),
    *("Matrix Ranking?", "Field Annotation"),
)
"""Columns of REDCap's data dictionary."""
LONGEST = 100
"""Characters of a field's name."""


def write_redcap(run: FinishedRun, out: Path, asked: Asked) -> tuple[str, ...]:
    """Write redcap_data.csv and redcap_dictionary.csv.

    One row per subject and planned visit. `asked.events`: visit -> unique event name of the project; a visit that is
    not in it is <visit>_arm_1 in lower case. Empty stays empty. Raises ConfigurationError for an event of a visit
    that the run does not have, or where two visits are one event.
    """
    event_of = _events(run, asked.events)
    fields: dict[str, tuple[str, str, bool]] = {}
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for sheet in run.sheets:
        table = run.table(sheet)
        for column in table.columns:
            if column not in ("subject", "visit"):
                numeric = not any(isinstance(cell, str) for cell in table.column(column)) and column != "flags"
                fields[field_name(sheet, column)] = (sheet, column, numeric)
        for record in table.records():
            place = str(record["subject"]), str(record["visit"])
            if place[1] not in event_of:
                continue
            cells = rows.setdefault(place, {})
            for column, cell in record.items():
                if column not in ("subject", "visit"):
                    cells[field_name(sheet, column)] = field_of(cell, digits=MEASURE_DIGITS)
    out.mkdir(parents=True, exist_ok=True)
    forms = list(dict.fromkeys(sheet for sheet, _, _ in fields.values()))
    complete = [f"{form}_complete" for form in forms]
    data = [
        [subject, event_of[visit], *(cells.get(name, "") for name in fields), *("2" for _ in forms)]
        for (subject, visit), cells in rows.items()
    ]
    write_text(out / "redcap_data.csv", _csv([[RECORD, EVENT, *fields, *complete], *data]))
    labels = _labels(run)
    first = [RECORD, forms[0], "", "text", "Subject"]
    dictionary = [[*first, *[""] * (len(DICTIONARY) - len(first))]]
    for name, (sheet, column, numeric) in fields.items():
        row = [name, sheet, "", "text" if numeric else "notes", labels(column), "", f"{sheet}.csv, {column}"]
        row.append("number" if numeric else "")
        dictionary.append([*row, *[""] * (len(DICTIONARY) - len(row))])
    write_text(out / "redcap_dictionary.csv", _csv([list(DICTIONARY), *dictionary]))
    return "redcap_data.csv", "redcap_dictionary.csv"


def field_name(sheet: str, column: str) -> str:
    """Lower case, letters, digits and single underscores, beginning with a letter, as REDCap asks."""
    plain = re.sub(r"[^a-z0-9]+", "_", f"{sheet}_{column}".lower()).strip("_")
    return (plain if plain[:1].isalpha() else f"f_{plain}")[:LONGEST]


def _events(run: FinishedRun, given: Mapping[str, str]) -> dict[str, str]:
    unknown = [visit for visit in given if visit not in run.visits]
    problems = [
        Problem("--events", None, f'the run has no visit "{visit}".', f"Visits: {', '.join(run.visits)}.")
        for visit in unknown
    ]
    events = {visit: given.get(visit) or f"{_plain(visit)}_arm_1" for visit in run.visits}
    for event in dict.fromkeys(events.values()):
        same = [visit for visit, own in events.items() if own == event]
        if len(same) > 1:
            message = f'the visits {", ".join(same)} are one event, "{event}".'
            problems.append(Problem("--events", None, message, "Name the event of each visit in a file for --events."))
    if problems:
        raise ConfigurationError(problems)
    return events


def _plain(visit: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", visit.lower()).strip("_") or "visit"


def _labels(run: FinishedRun) -> "_Labels":
    return _Labels(Declared(TableDefinition.model_validate(run.record["tables"]["definition"])))


class _Labels:
    """Column -> label of its field, with the unit."""

    def __init__(self, declared: Declared) -> None:
        self._of: dict[str, str] = {}
        for name in declared.measures:
            heading = ", ".join(filter(None, (declared.label(name), declared.unit(name))))
            fold = declared.fold_column(name)
            self._of |= {name: heading, fold: f"{declared.label(name)}, fold change from baseline"}
            for end, words in (("low", "lower 95 % limit"), ("high", "upper 95 % limit")):
                self._of |= {f"{name}_{end}": f"{heading}, {words}"}
                self._of |= {f"{fold}_{end}": f"{declared.label(name)}, fold change, {words}"}
            self._of[f"{name}_loq"] = f"{heading}, limit of quantification"

    def __call__(self, column: str) -> str:
        return self._of.get(column, column.replace("_", " "))


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
