"""Counting limit of a value: what 50 events of its population would read, in the measure's unit."""

from tregate.gating.count.beads import QUANTIFIABLE
from tregate.pipelines.tabulate.measurements import Measurement
from tregate.pipelines.tabulate.value import Value


def counting_limit(made: Measurement | Value) -> float | None:
    """The value that 50 events would give; None where that is not known.

    A value is proportional to the events it rests on, bridged ones too: its limit is value x 50 / events. Of no
    events, a count by beads has the limit of its tube; other values of no events have none.
    """
    if made.value is None:
        return None
    if made.events:
        return made.value * QUANTIFIABLE / made.events
    by_beads = [origin for origin in made.origins if origin.by_beads]
    if made.events is None or len(made.origins) != 1 or not by_beads:
        return None
    count = by_beads[0].record.count(by_beads[0].population)
    return None if count is None else count.loq_per_ul
