"""Study day of every visit of a subject, from the days on which blood was drawn."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from tregate.pipelines.study.moments import Moment, study_day
from tregate.pipelines.study.planned_visits import PlannedVisit
from tregate.pipelines.study.subjects import Subjects
from tregate.pipelines.tubes.records import TubeRecord

Place = tuple[str, str]
"""(subject, visit)."""


def drawn_on(records: Sequence[TubeRecord]) -> Mapping[Place, Moment]:
    """(subject, visit) -> when its blood was drawn, by its first tube that has a date; excluded tubes do not count."""
    found: dict[Place, Moment] = {}
    for record in records:
        moment = record.circumstances.drawn
        if moment is not None and not record.excluded:
            place = (record.subject, record.visit)
            known = found.get(place)
            if known is None or (moment.day, moment.earliest) < (known.day, known.earliest):
                found[place] = moment
    return found


def first_doses(
    drawn: Mapping[Place, Moment], people: Subjects, plan: Sequence[PlannedVisit], baseline: str
) -> Mapping[str, date]:
    """Subject -> day of its first dose, study day 1.

    As subjects.csv declares it; else counted back from the baseline visit, which is on its planned day (1 if it has
    none).
    """
    of_baseline = next((visit.day for visit in plan if visit.name == baseline), None) or 1
    before = timedelta(days=of_baseline - 1 if of_baseline > 0 else of_baseline)
    found = {subject: moment.day - before for (subject, visit), moment in drawn.items() if visit == baseline}
    declared = {subject: person.dosed for subject, person in people.items()}
    return found | {subject: day for subject, day in declared.items() if day is not None}


def study_days(
    records: Sequence[TubeRecord], people: Subjects, plan: Sequence[PlannedVisit], baseline: str
) -> Mapping[Place, int]:
    """(subject, visit) -> study day, where both days are known; visits outside the plan too."""
    drawn = drawn_on(records)
    doses = first_doses(drawn, people, plan, baseline)
    return {
        (subject, visit): study_day(moment.day, doses[subject])
        for (subject, visit), moment in drawn.items()
        if subject in doses
    }
