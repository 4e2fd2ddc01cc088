"""subjects.csv: who was in which arm, at which site, in which stratum, and when the first dose was given."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tregate.gating.errors import Problem
from tregate.gating.near_names import nearest
from tregate.pipelines.files.csv_source import Row, column_problems, read_csv_source
from tregate.pipelines.files.look_alikes import mistaken_group
from tregate.pipelines.files.number_text import number
from tregate.pipelines.study.look_alike_names import look_alikes
from tregate.pipelines.study.moments import Moment, iso_words
from tregate.pipelines.study.reasons import without_reason

REQUIRED = ("subject",)
OPTIONAL = ("arm", "site", "stratum", "disease", "sex", "age", "first_dose", "withdrawn")
COMPLETE = ("arm", "site", "stratum")
"""Columns that are filled for every subject or for none: a subject without an arm would be in no comparison."""
WITHIN = ("site", "stratum", "disease")
"""Columns within whose groups arms are also compared."""
GROUPS = ("arm", *WITHIN)
"""Columns in which one name written in two ways would be two groups."""
SYNONYMS = {
    **dict.fromkeys(("treatment", "group", "trt", "randomisation", "randomization"), "arm"),
    **dict.fromkeys(("center", "centre", "hospital", "country"), "site"),
    **dict.fromkeys(("patient", "participant", "subject_id", "usubjid", "id"), "subject"),
    **{"gender": "sex", "age_years": "age", "indication": "disease", "diagnosis": "disease", "strata": "stratum"},
}
"""Names that mean a known column: as a covariate they would silently do nothing."""
OLDEST = 120.0
"""Years."""
_SEXES = {"f": "F", "female": "F", "m": "M", "male": "M", "u": "U", "unknown": "U", "": ""}


@dataclass(frozen=True, slots=True)
class Subject:
    """One row of subjects.csv; "" where it does not say."""

    arm: str = ""
    site: str = ""
    stratum: str = ""
    disease: str = ""
    sex: str = ""
    """"F", "M" or "U"."""
    age: float | None = None
    """[years]"""
    first_dose: str = ""
    """Day, as 2024-01-15: study day 1."""
    withdrawn: str = ""
    """Day of withdrawal, the reason, or both."""
    more: Mapping[str, str] = field(default_factory=dict)
    """Further columns: covariates of the study's own."""

    @property
    def dosed(self) -> date | None:
        return date.fromisoformat(self.first_dose) if self.first_dose else None

    @property
    def withdrawn_on(self) -> date | None:
        """Day of withdrawal; None where `withdrawn` is empty or begins with no day."""
        day = Moment.read(self.withdrawn.partition(" ")[0].rstrip(",;:"))
        return None if day is None else day.day


Subjects = Mapping[str, Subject]
"""Subject -> its row, in the order of subjects.csv."""


def load_subjects(
    path: Path, shown_as: str, known: Collection[str], distinct: Collection[str] = ()
) -> tuple[dict[str, Subject], list[Problem]]:
    """Subjects of the list, and everything wrong with it.

    `known`: subjects of samples.csv (empty: not known). `distinct`: names of groups that look alike and are different.

    Subjects of samples.csv that the list lacks, or that have no arm where others have one, are problems: a subject
    without an arm would silently be in no comparison. Columns whose names begin with `note` are the user's; other
    columns are covariates, unless their name is nearly that of a known one.
    """
    source, problems = read_csv_source(path, shown_as)
    further = [column for column in source.columns if column and column not in (*REQUIRED, *OPTIONAL)]
    further = [column for column in further if not column.startswith("note")]
    meant = {column: SYNONYMS.get(column.lower()) or nearest(column, (*REQUIRED, *OPTIONAL)) for column in further}
    own = tuple(column for column, near in meant.items() if not near)
    problems += column_problems(source, REQUIRED, (*REQUIRED, *OPTIONAL, *further))
    problems += [
        Problem(shown_as, 1, f'unknown column "{column}".', f'Did you mean "{near}"? Else begin it with `note`.')
        for column, near in meant.items()
        if near
    ]
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
            found[name], faults = _subject(row, shown_as, own)
            lines[name] = row.line
            problems += faults
    lacking = sorted(subject for subject in known if subject and subject not in found)
    if lacking:
        message = f"the list lacks subjects of samples.csv: {', '.join(lacking)}."
        problems.append(Problem(shown_as, None, message, "Add a row for each of them."))
    for column in COMPLETE:
        empty = [name for name, subject in found.items() if not getattr(subject, column)]
        if empty and len(empty) < len(found):
            message = f"`{column}` is empty for {', '.join(empty)} and filled for others."
            problems.append(Problem(shown_as, lines[empty[0]], message, "Fill it for every subject, or for none."))
    for column in GROUPS:
        places: dict[str, list[int]] = {}
        for name, subject in found.items():
            if group := getattr(subject, column):
                places.setdefault(group, []).append(lines[name])
        problems += look_alikes(places, column, shown_as, distinct, mistaken_group)
    return found, problems


def arms_of(subjects: Subjects) -> tuple[str, ...]:
    """Arms in the order of subjects.csv; none where it names none."""
    return tuple(dict.fromkeys(subject.arm for subject in subjects.values() if subject.arm))


def _subject(row: Row, file: str, own: Collection[str]) -> tuple[Subject, list[Problem]]:
    problems = []
    sex = _SEXES.get(row.get("sex").lower())
    if sex is None:
        problems.append(Problem(file, row.line, f'`sex`: "{row.get("sex")}" is none of F, M and U (unknown).'))
    age: float | None = None
    if written := row.get("age"):
        read = number(written, decimal_commas=True)
        if isinstance(read, str) or not 0 <= read <= OLDEST:
            why = read if isinstance(read, str) else f"{written} is not between 0 and {OLDEST:g} years"
            problems.append(Problem(file, row.line, f"`age`: {why}."))
        else:
            age = read
    dose = row.get("first_dose")
    day = Moment.read(dose) if dose else None
    if dose and day is None:
        message = f'`first_dose`: "{dose}" is not a date.'
        problems.append(Problem(file, row.line, message, f"Write it as {iso_words(dose)}."))
    if without_reason(row.get("withdrawn")):
        message = f'`withdrawn`: "{row.get("withdrawn")}" is neither a day nor a reason.'
        remedy = "Write the day as 2026-12-31, the reason, or both; leave it empty for a subject who did not withdraw."
        problems.append(Problem(file, row.line, message, remedy))
    subject = Subject(
        arm=row.get("arm"),
        site=row.get("site"),
        stratum=row.get("stratum"),
        disease=row.get("disease"),
        sex=sex or "",
        age=age,
        first_dose="" if day is None else day.day.isoformat(),
        withdrawn=row.get("withdrawn"),
        more={column: row.get(column) for column in own if row.get(column)},
    )
    return subject, problems
