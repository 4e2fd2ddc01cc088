"""Values that are counts of cells: cells/µL and percentages."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tregate.gating.count import flags as count_flags
from tregate.gating.count import percent_with_gate
from tregate.gating.count.estimates import Estimate, PopulationCount
from tregate.pipelines.tabulate.bridge import across_tubes, share_gate_sd
from tregate.pipelines.tabulate.flags import OF_A_POPULATION
from tregate.pipelines.tabulate.value import Origin, Place, Value
from tregate.pipelines.tubes.records import TubeRecord

if TYPE_CHECKING:
    from tregate.pipelines.tabulate.values import Values


def concentration(values: "Values", cells: str, place: Place) -> Value:
    """Cells/µL: by the tube's own beads, else bridged through the bead tube of the same subject and visit."""
    source = values.sources.cells[cells]
    record, count, reasons = _counted(values, cells, place)
    if record is None or count is None:
        return Value(None, flags=reasons)
    origin = _origin(values, cells, record)
    if source.by_beads:
        if count.cells_per_ul is None:
            return Value(None, None, count.events, (*reasons, *_named(count.flags, cells)), (origin,))
        return _value(count.cells_per_ul, count.events, reasons, (origin,))
    if source.bridge is None:
        return Value(None, None, count.events, (*reasons, f"no_bridge:{cells}"), (origin,))
    through = values.concentration_of(source.bridge, place)
    parent = record.count(values.sources.cells[source.bridge].population)
    estimate, why_not = across_tubes(count, parent, through.estimate)
    marks = (*reasons, *through.flags, *_named(why_not, cells))
    return _value(estimate, count.events, marks, (origin, *through.origins))


def share(values: "Values", measure: str, place: Place) -> Value:
    """Percentage of the declared population, within one tube, with exact limits; needs no beads."""
    cells = values.cells[measure]
    record, count, reasons = _counted(values, cells, place)
    if record is None or count is None:
        return Value(None, flags=reasons)
    of = str(values.sources.declared.measures[measure].percent_of)
    origin = _origin(values, cells, record, of)
    whole = record.count(of)
    if whole is None:
        return Value(None, None, None, (*reasons, f"not_in_study:{cells}"), (origin,))
    if count.events is None or whole.events is None:
        return Value(None, None, None, (*reasons, f"{count_flags.UNMEASURED}:{cells}"), (origin,))
    estimate = percent_with_gate(count.events, whole.events, share_gate_sd(count, whole))
    empty = () if estimate is not None else (f"{count_flags.PARENT_EMPTY}:{cells}",)
    return _value(estimate, count.events, (*reasons, *empty), (origin,))


def _counted(
    values: "Values", cells: str, place: Place
) -> tuple[TubeRecord | None, PopulationCount | None, tuple[str, ...]]:
    """The tube and count of the cells, with the flags that its row of counts.csv has."""
    source = values.sources.cells[cells]
    if source.tube is None:
        return None, None, (f"not_in_study:{cells}",)
    record, why_not = values.tubes.usable(*place, source.tube)
    if record is None:
        return None, None, (why_not,)
    count = record.count(source.population)
    if count is None:
        return record, None, (f"{count_flags.UNMEASURED}:{cells}",)
    bands = (flag for flag in count.flags if flag != count_flags.PARENT_EMPTY and flag in OF_A_POPULATION)
    return record, count, _named(bands, cells)


def _named(flags: Iterable[str], cells: str) -> tuple[str, ...]:
    """Flags of a population with the name of the cells, flags of the tube as they are."""
    return tuple(f"{flag}:{cells}" if flag in OF_A_POPULATION else flag for flag in flags)


def _origin(values: "Values", cells: str, record: TubeRecord, of: str | None = None) -> Origin:
    """of: population that a percentage is of."""
    source = values.sources.cells[cells]
    bridge = None if source.bridge is None or source.by_beads else values.sources.cells[source.bridge].population
    return Origin(cells, source.population, record, source.by_beads and of is None, of or bridge)


def _value(estimate: Estimate | None, events: int | None, flags: tuple[str, ...], made_of: tuple[Origin, ...]) -> Value:
    if estimate is None:
        return Value(None, None, events, flags, made_of)
    return Value(estimate.value, (estimate.low, estimate.high), events, flags, made_of, estimate.terms)
