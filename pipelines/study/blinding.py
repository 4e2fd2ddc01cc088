"""`blind: true`: the study as reviewers may see it, without arms and without the order of visits.

Visits, files and the baseline get codes, dates are left out, and nothing is tested; what is gated is the same. The
codes are a matter of the study's files alone, so that the same study is blinded in the same way every time.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.analysis_plan import analysis_plan, plan_sha256
from tregate.pipelines.study.planned_visits import PlannedVisit

if TYPE_CHECKING:
    from tregate.pipelines.study.load_study import Study
    from tregate.pipelines.study.samples import TubeEntry


@dataclass(frozen=True, slots=True)
class Blinding:
    """What a blinded study keeps of itself for the day on which it is unblinded."""

    plan_sha256: str
    """Of the analysis plan, which is fixed before anybody sees an arm."""
    codes: str = ""
    """What the codes are recognised by, as `codes_id`."""


def blinded(study: "Study") -> "Study":
    """The study with codes for visits and files, without arms, dates and tests."""
    codes = visit_codes(study)
    subjects = {subject: number for number, subject in enumerate(study.subjects)}
    coded = [_coded(entry, codes) for entry in study.entries]
    entries = tuple(sorted(coded, key=lambda one: (subjects.get(one.subject, -1), one.visit, one.tube, one.file)))
    visits = tuple(sorted(codes[visit] for visit in study.visits))
    sha256 = plan_sha256(analysis_plan(study.analysis, study.visits, study.baseline))
    return replace(
        study,
        visits=visits,
        plan=tuple(PlannedVisit(name=visit) for visit in visits),
        baseline=visits[0],
        entries=entries,
        people={
            name: replace(person, arm="", first_dose="", withdrawn="", more={}) for name, person in study.people.items()
        },
        analysis=Analysis(
            primary_measure=study.analysis.primary_measure,
            primary_test="none",
            later_test="none",
            exclude_subjects=study.analysis.exclude_subjects,
        ),
        notes=(),
        blinding=Blinding(sha256, codes_id(study)),
    )


def visit_codes(study: "Study") -> Mapping[str, str]:
    """Visit -> code, for visits outside the plan too.

    Codes are in an order that has nothing to do with the plan's, and none is the name of a visit.
    """
    names = dict.fromkeys((*study.visits, *(entry.visit for entry in study.entries if entry.visit)))
    salt = _salt(study)
    mixed = sorted(names, key=lambda name: hashlib.sha256(salt + name.encode("utf-8", "surrogatepass")).digest())
    width = len(str(len(mixed)))
    letters = "X"
    while any(re.fullmatch(rf"{letters}\d+", name) for name in names):
        letters += "X"
    return {name: f"{letters}{number:0{width}d}" for number, name in enumerate(mixed, start=1)}


def codes_id(study: "Study") -> str:
    """What the codes of a study are recognised by: studies whose codes may mean other visits have another."""
    return hashlib.sha256(b"codes" + _salt(study)).hexdigest()[:16]


def _salt(study: "Study") -> bytes:
    rows = [(entry.subject, entry.visit, entry.tube, entry.file) for entry in study.entries]
    return hashlib.sha256(repr((study.name, rows)).encode("utf-8", "surrogatepass")).digest()


def _coded(entry: "TubeEntry", codes: Mapping[str, str]) -> "TubeEntry":
    visit = codes.get(entry.visit, "")
    whole = all((entry.subject, visit, entry.tube)) and not entry.exclude
    name = f"{entry.subject}_{visit}_{entry.tube}" if whole else f"row_{entry.line}"
    return replace(
        entry,
        visit=visit,
        planned_visit=codes.get(entry.planned_visit, visit),
        file=f"{name}{PurePath(entry.file).suffix}",
        collected=None,
        notes={},
    )
