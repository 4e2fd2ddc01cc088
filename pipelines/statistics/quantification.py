"""Limits of quantification of the single figures of the visit tables."""

from collections.abc import Sequence

from tregate.gating.count.beads import QUANTIFIABLE
from tregate.pipelines.files.table import Table
from tregate.pipelines.statistics.measures import Measure, measures_of
from tregate.pipelines.statistics.series import Loqs
from tregate.pipelines.tabulate.figures import concentration
from tregate.pipelines.tabulate.results import Results


def limits_of(results: Results, tables: Sequence[Table]) -> Loqs:
    """(table, measure, subject, visit) -> what 50 events of the population would read, in the measure's unit.

    A figure is proportional to the events it rests on: its limit is figure x 50 / events. Of no events, a count
    by beads has the limit of its tube; other figures of no events have none.
    """
    limits = {}
    for table in tables:
        for measure in measures_of(table):
            if measure.concept not in results.sources.figures:
                continue
            for record in table.records():
                value = record[measure.name]
                if isinstance(value, int | float):
                    subject, visit = str(record["subject"]), str(record["visit"])
                    limit = _limit(results, measure, subject, visit, float(value))
                    if limit is not None:
                        limits[table.name, measure.name, subject, visit] = limit
    return limits


def _limit(results: Results, measure: Measure, subject: str, visit: str, value: float) -> float | None:
    events = concentration(results, measure.concept, subject, visit).events
    if events:
        return value * QUANTIFIABLE / events
    source = results.sources.figures[measure.concept]
    if events is None or source.tube is None or not (source.by_beads and measure.name.endswith("_per_ul")):
        return None
    tube, _ = results.usable(subject, visit, source.tube)
    count = None if tube is None else tube.count(source.population)
    return None if count is None else count.loq_per_ul
