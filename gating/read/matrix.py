"""All events of some channels as one array, for callers that want a whole tube at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tregate.gating.events import Parameter, Sample
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.read.decoding import MappedEvents

_EVENTS_AT_A_TIME = 1 << 13
"""So that decoded events are still in the processor's cache when they are converted."""


def matrix(sample: Sample, indices: Sequence[int] | None = None) -> FloatArray:
    """Linear intensities, (n_events, len(indices)); all parameters where indices is None.

    The engine does not need this: it reads columns.
    """
    everything = range(len(sample.parameters))
    chosen = list(everything if indices is None else indices)
    out = np.empty((sample.n_events, len(chosen)), dtype=np.float64)
    stored = sample.stored
    rows = stored.rows(0, sample.n_events) if isinstance(stored, MappedEvents) else None
    if rows is None or not isinstance(stored, MappedEvents) or chosen != list(everything):
        scaled = [(column, sample.parameters[index]) for column, index in enumerate(chosen)]
    else:
        _convert(rows, stored.masks(), out)
        scaled = [(p.index, p) for p in sample.parameters if _is_scaled(p)]
    for start in range(0, sample.n_events if scaled else 0, _EVENTS_AT_A_TIME):
        stop = min(start + _EVENTS_AT_A_TIME, sample.n_events)
        for column, parameter in scaled:
            out[start:stop, column] = sample.linear(parameter.index, start, stop)
    return out


def _convert(rows: npt.NDArray[Any], masks: Mapping[int, int], out: FloatArray) -> None:
    """Whole events at once: byte order, masks, float64."""
    if not masks:
        np.copyto(out, rows)
        return
    native = rows.dtype.newbyteorder("=")
    ones = (1 << 8 * rows.dtype.itemsize) - 1
    mask = np.array([masks.get(i, ones) for i in range(rows.shape[1])], dtype=native)
    for start in range(0, len(rows), _EVENTS_AT_A_TIME):
        block = rows[start : start + _EVENTS_AT_A_TIME].astype(native)
        block &= mask
        np.copyto(out[start : start + _EVENTS_AT_A_TIME], block)


def _is_scaled(parameter: Parameter) -> bool:
    return parameter.decades > 0 or parameter.gain not in (0.0, 1.0) or parameter.step != 1.0
