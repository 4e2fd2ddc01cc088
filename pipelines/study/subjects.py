"""subjects.csv: who was in which arm, at which site, in which stratum."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from tregate.gating.errors import Problem
from tregate.pipelines.files.csv_source import column_problems, read_csv_source

REQUIRED = ("subject",)
OPTIONAL = ("arm", "site", "stratum")


@dataclass(frozen=True, slots=True)
class Subject:
    """One row of subjects.csv; "" where it does not say."""

    arm: str = ""
    site: str = ""
    stratum: str = ""


Subjects = Mapping[str, Subject]
"""Subject -> arm, site, stratum, in the order of subjects.csv."""


def load_subjects(path: Path, shown_as: str, known: Collection[str]) -> tuple[dict[str, Subject], list[Problem]]:
    """Subjects of the list, and everything wrong with it. `known`: subjects of samples.csv (empty: not known).

    Subjects of samples.csv that the list lacks, or that have no arm where others have one, are problems: a subject
    without an arm would silently be in no comparison. Columns whose names begin with `note` are the user's.
    """
    source, problems = read_csv_source(path, shown_as)
    own = tuple(column for column in source.columns if column.startswith("note"))
    problems += column_problems(source, REQUIRED, (*REQUIRED, *OPTIONAL, *own))
    if "subject" not in source.columns:
        return {}, problems
    found: dict[str, Subject] = {}
    lines: dict[str, int] = {}
    for row in source.rows:
        name = row.get("subject")
        if not name:
            problems.append(Problem(shown_as, row.line, "`subject` is empty."))
        elif name in found:
            message = f'the subject "{name}" is listed twice (first on line {lines[name]}).'
            problems.append(Problem(shown_as, row.line, message, "Remove one of the two."))
        else:
            found[name], lines[name] = Subject(*(row.get(column) or "" for column in OPTIONAL)), row.line
    lacking = sorted(subject for subject in known if subject not in found)
    if lacking:
        message = f"the list lacks subjects of samples.csv: {', '.join(lacking)}."
        problems.append(Problem(shown_as, None, message, "Add a row for each of them."))
    for column in OPTIONAL:
        empty = [name for name, subject in found.items() if not getattr(subject, column)]
        if empty and len(empty) < len(found):
            message = f"`{column}` is empty for {', '.join(empty)} and filled for others."
            problems.append(Problem(shown_as, lines[empty[0]], message, "Fill it for every subject, or for none."))
    return found, problems


def arms_of(subjects: Subjects) -> tuple[str, ...]:
    """Arms in the order of subjects.csv; none where it names none."""
    return tuple(dict.fromkeys(subject.arm for subject in subjects.values() if subject.arm))
