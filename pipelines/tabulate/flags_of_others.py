"""Flags of a row that name cells of a measure, and concern another measure of the same cells alone."""

from collections.abc import Mapping

from tregate.pipelines.tabulate.measurements import doubts_of
from tregate.pipelines.tabulate.results import Results

Figure = tuple[str, str, str]
"""(measure, subject, visit)."""


def flags_of_others(results: Results) -> Mapping[Figure, frozenset[str]]:
    """Figure -> flags of its row that seem to concern it by their name and do not; figures without any are left out.

    A fold change of Treg/µL is flagged as `treg_fold:treg`, which says nothing about Treg % of CD4+ of a washed tube.
    """
    declared = results.sources.declared
    planned = [(subject, visit) for subject in results.subjects for visit in results.visits]
    found: dict[Figure, frozenset[str]] = {}
    for columns in declared.sheets.values():
        measures = [column.measure for column in columns]
        for place in (*planned, *results.outside_the_plan):
            values = {measure: results.values.of(measure, *place) for measure in measures}
            flags = {
                measure: {name for origin in value.origins for name in doubts_of(results, origin) if ":" in name}
                for measure, value in values.items()
            }
            row = set().union(*flags.values())
            for measure in measures if row else ():
                names = {measure, declared.flag_name(measure), *declared.cells_of(measure)}
                others = {flag for flag in row if flag.partition(":")[2] in names} - flags[measure]
                others -= set(values[measure].flags)
                if others:
                    found[measure, *place] = found.get((measure, *place), frozenset()) | others
    return found
