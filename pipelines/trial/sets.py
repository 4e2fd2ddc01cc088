"""sets.csv: who is in which analysis set at which visit, and why not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from tregate.gating.findings import Severity
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.findings.concerned import Figure
from tregate.pipelines.findings.outcome import cause_words
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.tabulate.results import Results

COLUMNS = ("set", "subject", "arm", "site", "visit", "study_day", "included", "reason")
INTENTION, PRIMARY, PROTOCOL, SAFETY = "intention_to_treat", "primary", "per_protocol", "safety"
NO_VALUE = "no value"


@dataclass(frozen=True)
class AnalysisSets:
    """The sets of one study for its primary measure.

    intention_to_treat: every subject, with a value at the visit and at the baseline. primary: of these the subjects
    that are in the primary analysis. per_protocol: of these the visits inside their windows, before withdrawal, without
    a critical finding on either value. safety: subjects with a first dose who came to the visit.
    """

    results: Results
    series: Series
    analysis: Analysis
    worst: Mapping[Figure, Severity]

    @property
    def names(self) -> tuple[str, ...]:
        dosed = any(person.first_dose for person in self.results.people.values())
        return (INTENTION, PRIMARY, PROTOCOL, *((SAFETY,) if dosed else ()))

    def why_not(self, name: str, subject: str, visit: str) -> str:
        """Why a subject is not in a set at a visit; "" where it is."""
        return next(self._reasons(name, subject, visit), "")

    def members(self, name: str, visit: str) -> tuple[str, ...]:
        """Subjects of a set at a visit, in table order."""
        return tuple(subject for subject in self.results.subjects if not self.why_not(name, subject, visit))

    def table(self) -> Table:
        """One row per set, subject and planned visit."""
        rows: list[dict[str, Cell]] = []
        for name in self.names:
            for subject in self.results.subjects:
                person = self.results.people.get(subject)
                for visit in self.results.visits:
                    why = self.why_not(name, subject, visit)
                    rows.append(
                        {
                            "set": name,
                            "subject": subject,
                            "arm": None if person is None else person.arm or None,
                            "site": None if person is None else person.site or None,
                            "visit": visit,
                            "study_day": self.results.study_days.get((subject, visit)),
                            "included": "no" if why else "yes",
                            "reason": why or None,
                        }
                    )
        return Table.from_records("sets", COLUMNS, rows)

    def _reasons(self, name: str, subject: str, visit: str) -> Iterator[str]:
        """Reasons in the order in which they decide."""
        if name == SAFETY:
            person = self.results.people.get(subject)
            if person is None or not person.first_dose:
                yield "no first dose in subjects.csv"
            if (subject, visit) not in self._came:
                yield self._absent(subject, visit)
            return
        if subject in self.analysis.exclude_subjects:
            yield "excluded by the analysis plan (exclude_subjects)"
        yield from self._no_value(subject, visit)
        if visit != self.results.baseline:
            yield from (f"baseline: {why}" for why in self._no_value(subject, self.results.baseline))
        if name in (PRIMARY, PROTOCOL) and subject in self._aside:
            yield "include_in_primary is no in samples.csv"
        if name == PROTOCOL:
            yield from self._against_protocol(subject, visit)
            if visit != self.results.baseline:
                yield from (f"baseline: {why}" for why in self._against_protocol(subject, self.results.baseline))

    def _no_value(self, subject: str, visit: str) -> Iterator[str]:
        if (subject, visit) not in self._came:
            yield self._absent(subject, visit)
        elif subject not in self.series.values[visit]:
            flags = self.results.values.of(self.series.measure.name, subject, visit).flags
            left_out = (subject, visit) in self.series.left_out
            yield "below the limit of quantification" if left_out else cause_words(self.results, flags)

    def _against_protocol(self, subject: str, visit: str) -> Iterator[str]:
        planned = next((one for one in self.results.plan if one.name == visit), None)
        day = self.results.study_days.get((subject, visit))
        outside = 0 if planned is None or day is None else planned.outside(day)
        if outside:
            yield f"study day {day}, {abs(outside)} outside the window ({'late' if outside > 0 else 'early'})"
        if (subject, visit) in self._late:
            yield f"drawn after the withdrawal on {self.results.people[subject].withdrawn_on}"
        if self.worst.get((self.series.measure.name, subject, visit)) is Severity.FAIL:
            yield "critical finding on the value"

    def _absent(self, subject: str, visit: str) -> str:
        person = self.results.people.get(subject)
        withdrawn = "" if person is None else person.withdrawn
        return f"no tubes; withdrawn {withdrawn}" if withdrawn else "no tubes"

    @cached_property
    def _came(self) -> frozenset[tuple[str, str]]:
        return frozenset((record.subject, record.visit) for record in self.results.records if record.subject)

    @cached_property
    def _aside(self) -> frozenset[str]:
        return frozenset(record.subject for record in self.results.records if not record.include_in_primary)

    @cached_property
    def _late(self) -> frozenset[tuple[str, str]]:
        """(subject, visit) of which all dated blood was drawn after the withdrawal; excluded tubes do not count."""
        found: dict[tuple[str, str], bool] = {}
        for record in self.results.records:
            person = self.results.people.get(record.subject)
            end = None if person is None else person.withdrawn_on
            if end is not None and record.circumstances.drawn is not None and not record.excluded:
                place = (record.subject, record.visit)
                found[place] = found.get(place, True) and record.circumstances.is_drawn_after(end)
        return frozenset(place for place, late in found.items() if late)
