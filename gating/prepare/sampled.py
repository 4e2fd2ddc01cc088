"""Some events from all over a run, by which its scales are judged before any gate is placed."""

import numpy as np

from tregate.gating.events import Sample
from tregate.gating.geometry.scaled import FloatArray

STRETCHES = 16
STRETCH_EVENTS = 256


def some_events(sample: Sample) -> FloatArray:
    """Linear intensities of at most 4096 events, evenly over the run, (n, p); not compensated."""
    stretches = _stretches(sample.n_events)
    if not stretches:
        return np.empty((0, len(sample.parameters)))
    return np.concatenate([sample.events(start, stop) for start, stop in stretches])


def _stretches(n_events: int) -> list[tuple[int, int]]:
    if n_events <= STRETCHES * STRETCH_EVENTS:
        return [(0, n_events)] if n_events else []
    starts = np.linspace(0, n_events - STRETCH_EVENTS, STRETCHES).astype(int)
    return [(int(start), int(start) + STRETCH_EVENTS) for start in starts]
