"""Results: the tubes of a study and all that was found about them, and the measurements that are made of both."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from tregate.gating.event_prints import EventPrints
from tregate.pipelines.study.planned_visits import PlannedVisit
from tregate.pipelines.study.sources import TableSources
from tregate.pipelines.study.subjects import Subjects
from tregate.pipelines.tabulate.doubts import Doubts
from tregate.pipelines.tabulate.study_days import study_days
from tregate.pipelines.tabulate.tube_lookup import TubeLookup
from tregate.pipelines.tabulate.values import Values
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

Made = TypeVar("Made")


@dataclass(frozen=True)
class Results:
    """What the visit tables are made of."""

    subjects: tuple[str, ...]
    """In row order."""
    visits: tuple[str, ...]
    """Planned, in order."""
    baseline: str
    records: tuple[TubeRecord, ...]
    """In the order of samples.csv, with those that failed or are excluded."""
    sources: TableSources
    findings: tuple[TubeFinding, ...] = ()
    """Of tubes, cross-checks and the second look."""
    plan: tuple[PlannedVisit, ...] = ()
    """Visits of study.yaml with target days and windows, also those that `visits` leaves out; empty: not known."""
    people: Subjects = field(default_factory=dict)
    """Rows of subjects.csv."""
    prints: Mapping[tuple[str, str, str], EventPrints] = field(default_factory=dict)
    """(subject, visit, tube) -> what its events are recognised by; where it is not here, its result has it."""
    kept: Values | None = None
    """Values that are computed already, kept where the findings alone change."""
    comparisons: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What several checks compare: made by the first that asks, by `once`."""

    @cached_property
    def tubes(self) -> TubeLookup:
        return self.values.tubes

    @cached_property
    def values(self) -> Values:
        """The values of these tubes by these sources."""
        kept = self.kept
        if kept is not None and kept.sources is self.sources and kept.tubes.records is self.records:
            return kept
        return Values(self.sources, TubeLookup(self.records))

    @cached_property
    def outside_the_plan(self) -> tuple[tuple[str, str], ...]:
        """(subject, visit) of unscheduled visits and repeats, in the order of samples.csv.

        A repeat whose tubes are all part of the mean of their visit is none.
        """
        used = (record for record in self.records if not record.excluded)
        there = dict.fromkeys((r.subject, r.visit) for r in used if not self.is_in_mean(r))
        planned = {*self.visits, *(visit.name for visit in self.plan)}
        return tuple(place for place in there if place[1] not in planned)

    def once(self, name: Hashable, made: Callable[[], Made]) -> Made:
        """What `made` gives, computed when its name is asked for the first time."""
        if name not in self.comparisons:
            self.comparisons[name] = made()
        return self.comparisons[name]  # type: ignore[no-any-return]

    def is_in_mean(self, record: TubeRecord) -> bool:
        """Whether a tube of a repeat is part of the mean of the visit that it repeats."""
        return record.circumstances.replicate > 1 and record.tube in self.sources.averaged

    def usable(self, subject: str, visit: str, tube: str) -> tuple[TubeRecord | None, str]:
        """The tube that counts, or None and the flag that says why there is none."""
        return self.tubes.usable(subject, visit, tube)

    @cached_property
    def study_days(self) -> Mapping[tuple[str, str], int]:
        """(subject, visit) -> study day, where it is known; visits outside the plan too."""
        return study_days(self.records, self.people, self.plan, self.baseline)

    @cached_property
    def doubts(self) -> Doubts:
        """What was found of severity warn or fail, by tube."""
        return Doubts(self.findings)
