"""Lines at the end of a run: the primary comparison, what is empty and why, and warnings by cause."""

from collections.abc import Sequence

from tregate.gating.findings import Severity
from tregate.gating.wording import p_text
from tregate.pipelines.findings import Outcome
from tregate.pipelines.runs.run_result import RunResult
from tregate.pipelines.study.load_study import Study
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

_FOLD_CAUSES = {
    "baseline_missing": "no baseline value",
    "baseline_zero": "baseline 0",
    "baseline_below_loq": "baseline below 50 events",
}
"""Flags of a fold change that is empty -> the cause in words."""
_PLACES_SHOWN = 3


def primary_line(ran: RunResult, study: Study) -> str:
    """The test of the primary measure at the primary visit, "" where there is no visit to compare."""
    place = primary_place(ran.outcome)
    visit = study.analysis.primary_visit_of(study.visits, study.baseline)
    if place is None or visit is None:
        return ""
    row = next(
        (
            row
            for row in ran.tables["summary"].records()
            if (row["table"], row["measure"], row["visit"]) == (*place, visit)
        ),
        None,
    )
    what = f"Primary: {study.table_sources.declared.heading(place[1], comma=False)}, {visit} against {study.baseline}"
    if row is None or not isinstance(row["p_value"], int | float):
        return f"{what}: not tested"
    pairs = f"{row['pairs']} pair{'' if row['pairs'] == 1 else 's'}"
    least = f" (smallest attainable with {pairs})" if row["p_floor"] == row["p_value"] else ""
    return f"{what}, {pairs}, {row['test']}: {p_text(row['p_value'])}{least}"


def primary_place(outcome: Outcome) -> tuple[str, str] | None:
    """(table, measure) of the primary measure; None where the study has none."""
    return next(((one.table, one.measure) for one in outcome.measures if one.primary), None)


def empty_lines(ran: RunResult, study: Study) -> list[str]:
    """Subject-visits without any tube, and fold changes that subjects lack, with the causes: one line, or none."""
    parts = [*_without_tubes(ran.gathered.records, study), *_without_folds(ran, study)]
    return [f"Empty: {'. '.join(parts)}"] if parts else []


def _without_tubes(records: Sequence[TubeRecord], study: Study) -> list[str]:
    there = {(record.subject, record.visit) for record in records}
    places = []
    number = 0
    for subject in study.subjects:
        missing = [visit for visit in study.visits if (subject, visit) not in there]
        number += len(missing)
        if missing:
            places.append(f"{subject}, {_in_words(missing, study.visits)}")
    if not number:
        return []
    more = [f"{len(places) - _PLACES_SHOWN} more subjects"] if len(places) > _PLACES_SHOWN else []
    have = "subject-visits have" if number > 1 else "subject-visits has"
    of = len(study.subjects) * len(study.visits)
    return [f"{number} of {of} {have} no tubes ({'; '.join([*places[:_PLACES_SHOWN], *more])})"]


def _in_words(missing: Sequence[str], visits: Sequence[str]) -> str:
    """ "D8 to M6" where no visit between is there, else "D8, M6"."""
    first, last = visits.index(missing[0]), visits.index(missing[-1])
    together = last - first + 1 == len(missing) > 2
    return f"{missing[0]} to {missing[-1]}" if together else ", ".join(missing)


def _without_folds(ran: RunResult, study: Study) -> list[str]:
    """Of each fold change that some subjects lack although they have a later value: how many have one, and why not."""
    declared = study.table_sources.declared
    found: dict[str, list[str]] = {}
    for sheet, columns in declared.sheets.items():
        rows = [row for row in ran.tables[sheet].records() if row["visit"] != study.baseline]
        for column in columns:
            if not column.fold:
                continue
            name = declared.fold_column(column.measure)
            later = [row for row in rows if row[column.measure] is not None]
            subjects = {row["subject"] for row in later}
            having = {row["subject"] for row in later if row[name] is not None}
            if len(having) < len(subjects):
                flags = [
                    flag for row in later if row["subject"] not in having for flag in str(row["flags"] or "").split(";")
                ]
                words = f"{len(having)} of {len(subjects)} subjects{_causes(flags, name)}"
                found.setdefault(words, []).append(declared.short(column.measure))
    return [f"Fold change of {', '.join(dict.fromkeys(names))}: {words}" for words, names in found.items()]


def _causes(flags: Sequence[str], name: str) -> str:
    causes = [words for flag, words in _FOLD_CAUSES.items() if f"{flag}:{name}" in flags]
    return f" ({', '.join(causes)})" if causes else ""


def finding_groups(findings: Sequence[TubeFinding], severity: Severity) -> list[str]:
    """Findings of a severity by population and check: "NK bright gate doubtful (13 tubes)"."""
    groups: dict[str, list[TubeFinding]] = {}
    for found in findings:
        if found.finding.severity is severity:
            name = f"{found.finding.population} {found.finding.check.replace('_', ' ')}".strip()
            groups.setdefault(name, []).append(found)
    return [name + _number(about) for name, about in groups.items()]


def _number(about: Sequence[TubeFinding]) -> str:
    tubes = {file for found in about for file in (found.files or (found.file,)) if file}
    if tubes:
        return f" ({len(tubes)} tube{'' if len(tubes) == 1 else 's'})"
    return f" ({len(about)} findings)" if len(about) > 1 else ""
