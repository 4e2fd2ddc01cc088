"""Values that are counts of cells: cells/µL and percentages."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tregate.gating.count import flags as count_flags
from tregate.gating.count.estimates import Estimate, PopulationCount
from tregate.gating.count.uncertainty import percent_with_gate
from tregate.pipelines.tabulate.averaged import averaged
from tregate.pipelines.tabulate.bridge import NO_BEAD_TUBE, across_tubes, share_gate_sd, share_set_on
from tregate.pipelines.tabulate.flags import OF_A_POPULATION
from tregate.pipelines.tabulate.value import Origin, Place, Value
from tregate.pipelines.tubes.records import TubeRecord

if TYPE_CHECKING:
    from tregate.pipelines.tabulate.values import Values


def concentration(values: "Values", cells: str, place: Place) -> Value:
    """Cells/µL: by the tube's own beads, else bridged through the bead tube of the same subject and visit.

    Of replicates that are averaged it is the mean of their concentrations, or their mean percentage, bridged once.
    """
    source = values.sources.cells[cells]
    records, why_not = values.tubes_of(cells, place)
    if not records:
        return Value(None, flags=(why_not,))
    if source.by_beads:
        blood = partial(_blood_analysed, source.population)
        return averaged(values, f"{cells} per µL", cells, records, partial(_per_ul, values, cells), blood)
    if source.bridge is None or len(records) == 1:
        return _bridged(values, cells, place, records[0])
    return _bridged_mean(values, cells, source.bridge, place, records)


def share(values: "Values", measure: str, place: Place) -> Value:
    """Percentage of the declared population, within one tube, with exact limits; needs no beads."""
    cells = values.cells[measure]
    of = str(values.sources.declared.measures[measure].percent_of)
    records, why_not = values.tubes_of(cells, place)
    if not records:
        return Value(None, flags=(why_not,))
    return _mean_share(values, cells, of, records)


def _mean_share(values: "Values", cells: str, of: str, records: Sequence[TubeRecord]) -> Value:
    def events_of_parent(record: TubeRecord) -> float:
        whole = record.count(of)
        return 0.0 if whole is None or whole.events is None else float(whole.events)

    one = partial(_share_in, values, cells, of)
    mean = averaged(values, f"{cells} % of {of}", cells, records, one, events_of_parent)
    if mean.limits is None or mean.replicates < 2:
        return mean
    return replace(mean, limits=(mean.limits[0], min(mean.limits[1], 100.0)))


def _per_ul(values: "Values", cells: str, record: TubeRecord) -> Value:
    """By the beads of the tube."""
    count, reasons = _counted(values, cells, record)
    if count is None:
        return Value(None, flags=reasons)
    origin = _origin(values, cells, record)
    if count.cells_per_ul is None:
        return Value(None, None, count.events, (*reasons, *_named(count.flags, cells)), (origin,))
    return _value(count.cells_per_ul, count.events, reasons, (origin,))


def _blood_analysed(population: str, record: TubeRecord) -> float:
    """Blood analysed [µL]: what a concentration weighs in a mean."""
    count = record.count(population)
    return 0.0 if count is None or count.blood_analysed_ul is None else float(count.blood_analysed_ul)


def _bridged(values: "Values", cells: str, place: Place, record: TubeRecord) -> Value:
    """The tube's percentage times the concentration of its parent in the bead tube."""
    source = values.sources.cells[cells]
    count, reasons = _counted(values, cells, record)
    if count is None:
        return Value(None, flags=reasons)
    origin = _origin(values, cells, record)
    if source.bridge is None:
        return Value(None, None, count.events, (*reasons, f"no_bridge:{cells}"), (origin,))
    through = values.concentration_of(source.bridge, place)
    parent = record.count(values.sources.cells[source.bridge].population)
    estimate, why_not = across_tubes(count, parent, through.estimate)
    marks = (*reasons, *through.flags, *_named(why_not, cells))
    return _value(estimate, count.events, marks, (origin, *through.origins))


def _bridged_mean(values: "Values", cells: str, bridge: str, place: Place, records: Sequence[TubeRecord]) -> Value:
    """The mean percentage of replicates times the concentration of its parent."""
    mean = _mean_share(values, cells, values.sources.cells[bridge].population, records)
    through = values.concentration_of(bridge, place)
    made = replace(mean, flags=(*mean.flags, *through.flags), origins=(*mean.origins, *through.origins))
    if mean.estimate is None:
        return replace(made, value=None, limits=None)
    if through.estimate is None:
        return replace(made, value=None, limits=None, flags=(*made.flags, *_named((NO_BEAD_TUBE,), cells)))
    estimate = share_set_on(mean.estimate, through.estimate)
    return replace(made, value=estimate.value, limits=(estimate.low, estimate.high), terms=estimate.terms)


def _share_in(values: "Values", cells: str, of: str, record: TubeRecord) -> Value:
    """Percentage of `of` within one tube."""
    count, reasons = _counted(values, cells, record)
    if count is None:
        return Value(None, flags=reasons)
    origin = _origin(values, cells, record, of)
    whole = record.count(of)
    if whole is None:
        return Value(None, None, None, (*reasons, f"not_in_study:{cells}"), (origin,))
    if count.events is None or whole.events is None:
        return Value(None, None, None, (*reasons, f"{count_flags.UNMEASURED}:{cells}"), (origin,))
    estimate = percent_with_gate(count.events, whole.events, share_gate_sd(count, whole))
    empty = () if estimate is not None else (f"{count_flags.PARENT_EMPTY}:{cells}",)
    return _value(estimate, count.events, (*reasons, *empty), (origin,))


def _counted(values: "Values", cells: str, record: TubeRecord) -> tuple[PopulationCount | None, tuple[str, ...]]:
    """The count of the cells in a tube, with the flags that its row of counts.csv has."""
    count = record.count(values.sources.cells[cells].population)
    if count is None:
        return None, (f"{count_flags.UNMEASURED}:{cells}",)
    bands = (flag for flag in count.flags if flag != count_flags.PARENT_EMPTY and flag in OF_A_POPULATION)
    return count, _named(bands, cells)


def _named(flags: Iterable[str], cells: str) -> tuple[str, ...]:
    """Flags of a population with the name of the cells, flags of the tube as they are."""
    return tuple(f"{flag}:{cells}" if flag in OF_A_POPULATION else flag for flag in flags)


def _origin(values: "Values", cells: str, record: TubeRecord, of: str | None = None) -> Origin:
    """of: population that a percentage is of."""
    source = values.sources.cells[cells]
    bridge = None if source.bridge is None or source.by_beads else values.sources.cells[source.bridge].population
    return Origin(cells, source.population, record, source.by_beads and of is None, of or bridge, of is None)


def _value(estimate: Estimate | None, events: int | None, flags: tuple[str, ...], made_of: tuple[Origin, ...]) -> Value:
    if estimate is None:
        return Value(None, None, events, flags, made_of)
    return Value(estimate.value, (estimate.low, estimate.high), events, flags, made_of, estimate.terms)
