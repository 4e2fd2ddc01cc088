"""Detectors that recorded one value for every event: switched off, unplugged, or lost on export."""

from collections.abc import Mapping

from tregate.gating.events import Binding, Sample
from tregate.gating.units import Marker, is_physical

FIRST_EVENTS = 64
"""Events that are read first: a live detector does not record one value for so many."""
STRETCH = 1 << 16
AT_LEAST = 100
"""Events below which one value may be chance."""


def constant_markers(sample: Sample, binding: Binding) -> Mapping[Marker, float]:
    """Stained markers of which every event has the same value as recorded, with that value.

    Judged before compensation, which gives a dead detector the spillover of its neighbours. A file of fewer
    than 100 events says nothing. A live channel costs the decoding of 64 events.
    """
    if sample.n_events < AT_LEAST:
        return {}
    found = {}
    for marker, index in binding.channels.items():
        if is_physical(marker):
            continue
        value = float(sample.linear(index, 0, 1)[0])
        if _is_constant(sample, index, value):
            found[marker] = value
    return found


def _is_constant(sample: Sample, index: int, value: float) -> bool:
    start, stop = 0, min(FIRST_EVENTS, sample.n_events)
    while start < sample.n_events:
        if (sample.linear(index, start, stop) != value).any():
            return False
        start, stop = stop, min(stop + STRETCH, sample.n_events)
    return True
