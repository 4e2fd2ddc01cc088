"""The figures of one visit as they follow from its tubes: what a moved gate does to the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tregate.pipelines.study.sources import TableSources
from tregate.pipelines.tabulate.tube_lookup import TubeLookup
from tregate.pipelines.tabulate.values import Values
from tregate.pipelines.tubes.records import TubeRecord

Figures = Mapping[str, float | None]
"""Measure -> its value at the visit; None is "not measurable"."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One figure as the page shows it."""

    measure: str
    label: str
    value: float | None
    low: float | None
    high: float | None


def measures_of_sheets(sources: TableSources) -> tuple[str, ...]:
    """Every measure of every sheet, once."""
    listed = (column.measure for columns in sources.declared.sheets.values() for column in columns)
    return tuple(dict.fromkeys(listed))


def figures_of_visit(
    records: Sequence[TubeRecord], sources: TableSources, subject: str, visit: str
) -> tuple[Shown, ...]:
    """The measures of one visit that its tubes can give."""
    here = [record for record in records if (record.subject, record.visit) == (subject, visit)]
    values = Values(sources, TubeLookup(here))
    found = []
    for measure in measures_of_sheets(sources):
        value = values.of(measure, subject, visit)
        low, high = value.limits or (None, None)
        found.append(Shown(measure, sources.declared.heading(measure), value.value, low, high))
    return tuple(found)


def moved(before: Sequence[Shown], after: Sequence[Shown]) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """The figures that differ, before and after."""
    was = {shown.measure: shown.value for shown in before}
    other = {shown.measure: shown.value for shown in after if was.get(shown.measure) != shown.value}
    return {measure: was.get(measure) for measure in other}, other
