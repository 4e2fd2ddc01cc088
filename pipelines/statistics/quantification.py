"""Of the single values of the visit tables: limits of quantification, what one event adds, and what has no ratio."""

from collections.abc import Sequence

from tregate.pipelines.files.table import Table
from tregate.pipelines.statistics.measures import measures_of
from tregate.pipelines.statistics.series import OTHER_SETTINGS, Incomparable, Loqs
from tregate.pipelines.tabulate.counting_limit import counting_limit
from tregate.pipelines.tabulate.folds import fold
from tregate.pipelines.tabulate.one_event import one_event
from tregate.pipelines.tabulate.results import Results

OF_INTENSITIES = frozenset({OTHER_SETTINGS, "intensity_near_zero"})
"""Flags by which the visit tables say that an intensity has no fold change."""


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
                    found = [counting_limit(results.values.of(measure.name, subject, visit)), measure.lloq]
                    known = [limit for limit in found if limit is not None]
                    if known:
                        limits[table.name, measure.name, subject, visit] = max(known)
    return limits


def one_events_of(results: Results, tables: Sequence[Table]) -> Loqs:
    """(table, measure, subject, visit) -> what one event adds to the value, for values that rest on one count."""
    found = {}
    for table in tables:
        for measure in measures_of(table, results.sources.declared):
            for record in table.records():
                subject, visit = str(record["subject"]), str(record["visit"])
                adds = one_event(results.values, measure.name, (subject, visit))
                if adds is not None:
                    found[table.name, measure.name, subject, visit] = adds
    return found


def incomparable_of(results: Results, tables: Sequence[Table]) -> Incomparable:
    """Intensities of which no fold change can be given, with the flag that the visit tables have for it.

    The rule is that of the visit tables, also for measures without a column for their fold change.
    """
    found = {}
    for table in tables:
        for measure in measures_of(table, results.sources.declared):
            for record in table.records():
                subject, visit = str(record["subject"]), str(record["visit"])
                now = results.values.of(measure.name, subject, visit)
                if now.settings is None or now.value is None:
                    continue
                _, flags = fold(now, results.values.of(measure.name, subject, results.baseline), measure.name)
                flag = flags[0].partition(":")[0] if flags else ""
                if flag in OF_INTENSITIES:
                    found[table.name, measure.name, subject, visit] = flag
    return found
