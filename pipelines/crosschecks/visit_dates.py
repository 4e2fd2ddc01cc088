"""When blood was drawn: against the plan, against the acquisition, and against the end of the subject's part."""

from collections.abc import Iterator

from tregate.gating.findings import Finding, Severity
from tregate.gating.wording import counted
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import usable, visits
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.study.moments import Moment
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding


def out_of_window(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Planned visits outside the window around their target day."""
    planned = {visit.name: visit for visit in results.plan if visit.window is not None}
    for (subject, name), day in results.study_days.items():
        visit = planned.get(name)
        outside = 0 if visit is None else visit.outside(day)
        if visit is None or visit.window is None or not outside:
            continue
        low, high = visit.window
        limit = f"day {visit.day}, {low:+d} to {high:+d}" if low else f"day {visit.day}, 0 to {high:+d}"
        when = f"{abs(outside)} day{'s' if abs(outside) > 1 else ''} {'after' if outside > 0 else 'before'} its window"
        message = (
            f"{name} of {subject} was drawn on study day {day}, {when} ({limit}). Its values stay in the tables; "
            "decide by the protocol whether they count."
        )
        finding = Finding("out_of_window", Severity.WARN, message, value=float(day), limit=limit)
        yield TubeFinding(subject, name, "", "", finding)


def outside_the_plan(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Unscheduled visits and repeats: listed, in no visit table."""
    for visit in visits(results):
        if (visit.subject, visit.visit) not in results.outside_the_plan:
            continue
        sample = visit.records[0].circumstances
        day = results.study_days.get((visit.subject, visit.visit))
        when = "" if day is None else f" (study day {day})"
        what = (
            f"repeat {sample.replicate} of {sample.planned_visit}"
            if sample.replicate > 1
            else "a visit outside the plan"
        )
        tubes = ", ".join(record.tube for record in visit.records if not results.is_in_mean(record))
        message = (
            f"{visit.visit} of {visit.subject}{when} is {what}: tubes {tubes}. Its values are in counts.csv and "
            "unscheduled.csv, and in no visit table."
        )
        yield TubeFinding(visit.subject, visit.visit, "", "", Finding("unscheduled_visit", Severity.INFO, message))


def sample_age(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Tubes acquired before their blood was drawn, or longer after it than the limit."""
    for record in usable(results):
        collected, acquired = record.circumstances.collected, record.circumstances.acquired
        if collected is None or acquired is None:
            continue
        if acquired.latest < collected.earliest or acquired.day < collected.day:
            yield at_tube(
                record, "date_contradicts", Severity.FAIL,
                f"samples.csv says that the blood was drawn at {_words(collected)}, and the file that the tube was "
                f"acquired at {_words(acquired)}. Correct `collected`, or find out whose tube it is.",
            )  # fmt: skip
        elif (hours := _least_hours(collected, acquired)) > limits.sample_age_hours:
            yield at_tube(
                record, "sample_age", Severity.WARN,
                f"The blood was {hours:.0f} h old at acquisition (at most {limits.sample_age_hours:g} h), so cells may "
                "be lost and markers dim. Compare the tube with those of fresh blood.",
                value=hours, limit=f"at most {limits.sample_age_hours:g} h",
            )  # fmt: skip


def one_draw(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Visits whose rows say that their tubes were drawn on different days, and visits after the withdrawal."""
    for visit in visits(results):
        draws = [record.circumstances.collected for record in visit.records]
        days = sorted({draw.day for draw in draws if draw is not None})
        if len(days) > 1:
            message = (
                f"The tubes of {visit.visit} of {visit.subject} were drawn on {days[0]} and {days[-1]} by samples.csv. "
                "Correct `collected`, or give the later draw a visit of its own."
            )
            yield TubeFinding(visit.subject, visit.visit, "", "", Finding("collected_differs", Severity.WARN, message))
        person = results.people.get(visit.subject)
        end = None if person is None else person.withdrawn_on
        samples = [record.circumstances for record in visit.records]
        late = [one for one in samples if end is not None and one.is_drawn_after(end)]
        if late:
            day = max(one.drawn.day for one in late if one.drawn is not None)
            what = f"drawn on {day}" if any(one.collected for one in late) else f"acquired on {day} by its file ($DATE)"
            message = (
                f"{visit.visit} of {visit.subject} was {what}, after the withdrawal on {end}. Correct one of the "
                "dates, or exclude the tubes."
            )
            yield TubeFinding(visit.subject, visit.visit, "", "", Finding("after_withdrawal", Severity.WARN, message))


def instruments(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Instruments of samples.csv against those that the files name."""
    files: dict[str, dict[str, list[str]]] = {}
    for record in usable(results):
        sample = record.circumstances
        own = sample.serial or sample.cytometer
        if sample.instrument and own:
            files.setdefault(sample.instrument, {}).setdefault(own, []).append(record.file)
    names: dict[str, list[str]] = {}
    for name, owns in files.items():
        for own in owns:
            names.setdefault(own, []).append(name)
        if len(owns) > 1:
            yield _instrument(f'Tubes of instrument "{name}" were acquired on {_listed(owns)} by their files.')
    for own, several in names.items():
        if len(several) > 1:
            quoted = ", ".join(f'"{name}"' for name in several)
            yield _instrument(f'Tubes that samples.csv gives to {quoted} were acquired on one instrument, "{own}".')


def _instrument(what: str) -> TubeFinding:
    message = f"{what} Batches by instrument are mixed; correct `instrument` in samples.csv."
    return TubeFinding("", "", "", "", Finding("instrument_contradicts", Severity.WARN, message))


def _listed(owns: dict[str, list[str]]) -> str:
    return ", ".join(f'"{own}" ({counted(len(files), "tube")})' for own, files in owns.items())


def _words(moment: Moment) -> str:
    return moment.text.replace("T", " ")


def _least_hours(collected: Moment, acquired: Moment) -> float:
    """Hours that passed at least, where only days are known."""
    return max((acquired.earliest - collected.latest).total_seconds() / 3600, 0.0)
