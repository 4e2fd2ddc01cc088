"""Who, where and when of the values of cp.csv, which the visit tables do not have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.files.table import Table
from tregate.pipelines.study.moments import Moment
from tregate.pipelines.study.sources import TableSources
from tregate.pipelines.tabulate.flags_of_others import Figure, flags_of_others
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tabulate.visit_tables import visit_tables

Place = tuple[str, str]
"""(subject, visit)."""


@dataclass(frozen=True)
class Collection:
    """Nothing of it need be known."""

    drawn: Mapping[Place, Moment] = field(default_factory=dict)
    """When blood was drawn, as declared."""
    days: Mapping[Place, int] = field(default_factory=dict)
    """Study day."""
    planned_days: Mapping[str, int] = field(default_factory=dict)
    """Visit -> target day."""
    first_dose: Mapping[str, date] = field(default_factory=dict)
    """Subject -> day of the first dose, as declared."""
    repeats: Mapping[Place, tuple[str, int]] = field(default_factory=dict)
    """Of a repeat, the visit that it repeats and its number."""
    unplanned: tuple[Table, ...] = ()
    """Visit tables of the visits outside the plan."""
    flags_of_others: Mapping[Figure, frozenset[str]] = field(default_factory=dict)
    """Flags that seem to concern a figure by their name and do not."""
    sources: TableSources | None = None
    strategies: Mapping[str, Strategy] = field(default_factory=dict)
    laboratory: str = ""


def collection_of(results: Results, strategies: Mapping[str, Strategy], laboratory: str = "") -> Collection:
    """From the tubes of a study. A date of acquisition is none of collection, and is left out."""
    drawn = {
        (record.subject, record.visit): record.circumstances.collected
        for record in reversed(results.records)
        if record.circumstances.collected is not None and not record.excluded
    }
    doses = {subject: person.dosed for subject, person in results.people.items()}
    return Collection(
        drawn=drawn,
        days={place: day for place, day in results.study_days.items() if place in drawn},
        planned_days={visit.name: visit.day for visit in results.plan if visit.day is not None},
        first_dose={subject: day for subject, day in doses.items() if day is not None},
        repeats={
            (record.subject, record.visit): (record.circumstances.planned_visit, record.circumstances.replicate)
            for record in results.records
            if record.circumstances.replicate > 1 and not results.is_in_mean(record)
        },
        unplanned=tuple(visit_tables(results, results.outside_the_plan).values()) if results.outside_the_plan else (),
        flags_of_others=flags_of_others(results),
        sources=results.sources,
        strategies=strategies,
        laboratory=laboratory,
    )
