"""Limits of quantification of the single values of the visit tables."""

from collections.abc import Sequence

from tregate.gating.count.beads import QUANTIFIABLE
from tregate.pipelines.files.table import Table
from tregate.pipelines.statistics.measures import Measure, measures_of
from tregate.pipelines.statistics.series import Loqs
from tregate.pipelines.tabulate.results import Results


def limits_of(results: Results, tables: Sequence[Table]) -> Loqs:
    """(table, measure, subject, visit) -> what 50 events of the population would read, in the measure's unit.

    A value is proportional to the events it rests on: its limit is value x 50 / events. Of no events, a count
    by beads has the limit of its tube; other values of no events have none. A declared `lloq` is the least limit.
    """
    limits = {}
    for table in tables:
        for measure in measures_of(table, results.sources.declared):
            if not measure.cells and measure.lloq is None:
                continue
            for record in table.records():
                value = record[measure.name]
                if isinstance(value, int | float):
                    subject, visit = str(record["subject"]), str(record["visit"])
                    found = [_limit(results, measure, subject, visit, float(value)), measure.lloq]
                    known = [limit for limit in found if limit is not None]
                    if known:
                        limits[table.name, measure.name, subject, visit] = max(known)
    return limits


def _limit(results: Results, measure: Measure, subject: str, visit: str, value: float) -> float | None:
    made = results.values.of(measure.name, subject, visit)
    if made.events:
        return value * QUANTIFIABLE / made.events
    by_beads = [origin for origin in made.origins if origin.by_beads]
    if made.events is None or len(made.origins) != 1 or not by_beads:
        return None
    count = by_beads[0].record.count(by_beads[0].population)
    return None if count is None else count.loq_per_ul
