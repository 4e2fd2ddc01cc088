"""Values of measures: each is computed once per (measure, subject, visit), by one function per formula."""

from collections.abc import Callable, Mapping
from functools import cached_property

from tregate.pipelines.study.measure_declarations import Formula
from tregate.pipelines.study.sources import TableSources
from tregate.pipelines.tabulate.arithmetic import arithmetic
from tregate.pipelines.tabulate.counted_cells import concentration, share
from tregate.pipelines.tabulate.intensity import intensity
from tregate.pipelines.tabulate.tube_lookup import TubeLookup
from tregate.pipelines.tabulate.value import Place, Value


class Values:
    """The values of a study, computed when first asked for and then kept.

    Each needs the tubes alone and no findings: cross-checks read the same values as tables do.
    """

    def __init__(self, sources: TableSources, tubes: TubeLookup) -> None:
        self.sources, self.tubes = sources, tubes
        self._made: dict[tuple[str, str, str], Value] = {}
        self._concentrations: dict[tuple[str, str, str], Value] = {}

    def of(self, measure: str, subject: str, visit: str) -> Value:
        """The value of a declared measure. Raises KeyError for a measure that is not declared."""
        key = (measure, subject, visit)
        if key not in self._made:
            formula = self.sources.declared.measures[measure].formula
            self._made[key] = _FORMULAS[formula](self, measure, (subject, visit))
        return self._made[key]

    def concentration_of(self, cells: str, place: Place) -> Value:
        """Cells/µL of one kind of cell, which bridges need whether or not a measure declares it."""
        key = (cells, *place)
        if key not in self._concentrations:
            self._concentrations[key] = concentration(self, cells, place)
        return self._concentrations[key]

    def events_of(self, cells: str, place: Place) -> int | None:
        """Events of the cells in their tube; None where they were not measured."""
        source = self.sources.cells[cells]
        record = None if source.tube is None else self.tubes.usable(*place, source.tube)[0]
        count = None if record is None else record.count(source.population)
        return None if count is None else count.events

    @cached_property
    def cells(self) -> Mapping[str, str]:
        """Measure -> its cells, where cells are counted."""
        declared = self.sources.declared.measures
        return {name: measure.cells for name, measure in declared.items() if measure.cells is not None}


_FORMULAS: Mapping[Formula, Callable[[Values, str, Place], Value]] = {
    "per": lambda values, measure, place: values.concentration_of(values.cells[measure], place),
    "percent_of": share,
    "intensity": intensity,
    "ratio": arithmetic,
    "difference": arithmetic,
    "sum": arithmetic,
}
"""Formula of a declaration -> the function that computes it. A new formula is a function and a line here."""
