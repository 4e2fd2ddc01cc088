"""Values of measures: each is computed once per (measure, subject, visit), by one function per formula."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from tregate.gating.count.replicates import Replicate, Spread, spread_of
from tregate.pipelines.study.measure_declarations import Formula
from tregate.pipelines.study.sources import TableSources
from tregate.pipelines.tabulate.arithmetic import arithmetic
from tregate.pipelines.tabulate.counted_cells import concentration, share
from tregate.pipelines.tabulate.intensity import intensity
from tregate.pipelines.tabulate.tube_lookup import TubeLookup
from tregate.pipelines.tabulate.value import Place, Value
from tregate.pipelines.tubes.records import TubeRecord

IN_MEAN = "in_mean"
"""A repeat whose tubes are part of the mean of the visit that it repeats."""


class Values:
    """The values of a study, computed when first asked for and then kept.

    Each needs the tubes alone and no findings: cross-checks read the same values as tables do.
    """

    def __init__(self, sources: TableSources, tubes: TubeLookup) -> None:
        self.sources, self.tubes = sources, tubes
        self._made: dict[tuple[str, str, str], Value] = {}
        self._concentrations: dict[tuple[str, str, str], Value] = {}
        self._spreads: dict[str, Spread] = {}

    def of(self, measure: str, subject: str, visit: str) -> Value:
        """The value of a declared measure. Raises KeyError for a measure that is not declared."""
        key = (measure, subject, visit)
        if key not in self._made:
            formula = self.sources.declared.measures[measure].formula
            self._made[key] = _FORMULAS[formula](self, measure, (subject, visit))
        return self._made[key]

    def make(self, places: Iterable[Place]) -> None:
        """Compute every value of the sheets place by place, so that what is packed of a tube is read once for all."""
        measures = dict.fromkeys(column.measure for sheet in self.sources.declared.sheets.values() for column in sheet)
        for subject, visit in places:
            for measure in measures:
                self.of(measure, subject, visit)

    def concentration_of(self, cells: str, place: Place) -> Value:
        """Cells/µL of one kind of cell, which bridges need whether or not a measure declares it."""
        key = (cells, *place)
        if key not in self._concentrations:
            self._concentrations[key] = concentration(self, cells, place)
        return self._concentrations[key]

    def events_of(self, cells: str, place: Place) -> int | None:
        """Events of the cells in their tube; None where they were not measured."""
        source = self.sources.cells[cells]
        if source.tube is None:
            return None
        counts = [record.count(source.population) for record in self.tubes_of(cells, place)[0]]
        events = [count.events for count in counts if count is not None and count.events is not None]
        return sum(events) if events else None

    def tubes_of(self, cells: str, place: Place) -> tuple[tuple[TubeRecord, ...], str]:
        """The tubes that count the cells at a place: several where replicates are averaged; or why there is none."""
        tube = self.sources.cells[cells].tube
        if tube is None:
            return (), f"not_in_study:{cells}"
        if tube in self.sources.averaged:
            found = self.tubes.replicates(*place, tube)
            if found:
                return found, ""
            listed = self.tubes.usable(*place, tube)
            return (), listed[1] or f"{IN_MEAN}_{tube}"
        record, why_not = self.tubes.usable(*place, tube)
        return (() if record is None else (record,)), why_not

    def spread_of(self, name: str, tube: str, one: Callable[[TubeRecord], Replicate | None]) -> Spread:
        """What replicates of the study differ by; `one` gives the value of a tube, `name` is kept once computed."""
        if name not in self._spreads:
            groups = ([one(record) for record in group] for group in self.tubes.replicated(tube))
            self._spreads[name] = spread_of([made for made in group if made is not None] for group in groups)
        return self._spreads[name]

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
