"""What one event adds to a value, in the unit of its measure: the resolution of a count."""

from tregate.gating.count.beads import QUANTIFIABLE
from tregate.pipelines.tabulate.value import Place, Value
from tregate.pipelines.tabulate.values import Values


def one_event(values: Values, measure: str, place: Place) -> float | None:
    """The value that one event of the measure's cells would give; None where it is not proportional to a count.

    A concentration is cells/µL of one event in the blood analysed, a percentage 100 / parent events, a bridged
    concentration one event of the share times the concentration it is set on. A ratio has the events of its
    numerator. Sums and differences rest on several counts and have none.
    """
    declared = values.sources.declared.measures[measure]
    made = values.of(measure, *place)
    if made.value is None or declared.formula in ("sum", "difference", "intensity"):
        return None
    if declared.formula == "ratio":
        above, below = declared.operands
        part = one_event(values, above, place) if isinstance(above, str) else None
        divisor = values.of(below, *place).value if isinstance(below, str) else float(below)
        return None if part is None or not divisor else declared.times * part / divisor
    if made.events:
        return made.value / made.events
    return _of_no_events(values, made, place)


def _of_no_events(values: Values, made: Value, place: Place) -> float | None:
    """The same where the value is 0, from what it was divided by."""
    if made.events is None or not made.origins:
        return None
    origin = made.origins[0]
    if origin.by_beads:
        counts = [one.record.count(one.population) for one in made.origins if one.cells == origin.cells]
        limits = [count.loq_per_ul for count in counts if count is not None and count.loq_per_ul]
        if len(limits) < 2:
            return float(limits[0]) / QUANTIFIABLE if limits else None
        return 1.0 / sum(QUANTIFIABLE / float(limit) for limit in limits)
    parent = None if origin.of is None else origin.record.count(origin.of)
    if parent is None or not parent.events:
        return None
    bridge = values.sources.cells[origin.cells].bridge
    parents = [one.record.count(one.of) for one in made.origins if one.cells == origin.cells and one.of is not None]
    events = sum(one.events for one in parents if one is not None and one.events)
    if {one.cells for one in made.origins} == {origin.cells} or bridge is None:
        return 100.0 / events
    through = values.concentration_of(bridge, place).value
    return None if through is None else through / events
