"""Survivors: the events of one population in one block of the file, with their intensities on demand.

A block stays in the processor's cache. Compensation mixes columns, so the columns it needs are gathered
once, at the first population that asks, and handed on to its children as rows.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from gating.events import Prepared
from gating.geometry.contains import Mask
from gating.geometry.scales import FloatArray
from gating.units import Marker

BLOCK = 1 << 15
"""Events a block; a multiple of 8, so that blocks' packed bits join."""

Rows = npt.NDArray[np.intp]


def blocks(n_events: int) -> Iterator[tuple[int, int]]:
    """(start, stop) of each block."""
    for start in range(0, n_events, BLOCK):
        yield start, min(start + BLOCK, n_events)


class Frame:
    """Events of a population in one block."""

    __slots__ = ("_mixed", "_prepared", "_start", "_stop", "rows")

    def __init__(
        self,
        prepared: Prepared,
        start: int,
        stop: int,
        rows: Rows | None = None,
        mixed: FloatArray | None = None,
    ) -> None:
        self._prepared = prepared
        self._start = start
        self._stop = stop
        self.rows = rows
        """Indices within the block; None: all of it."""
        self._mixed = mixed

    def __len__(self) -> int:
        return self._stop - self._start if self.rows is None else len(self.rows)

    @property
    def size(self) -> int:
        """Events of the whole block."""
        return self._stop - self._start

    def values(self, marker: Marker) -> FloatArray:
        """Compensated linear intensities, (len(self),)."""
        index = self._prepared.binding.channels[marker]
        compensation = self._prepared.compensation
        if compensation.inverse is None or index not in compensation.indices:
            return self._raw(index)
        return np.asarray(self._spilled() @ compensation.inverse[:, compensation.indices.index(index)])

    def child(self, keep: Mask) -> "Frame":
        """The events of this frame for which `keep` is True."""
        local = np.flatnonzero(keep)
        rows = local if self.rows is None else self.rows[local]
        mixed = None if self._mixed is None else self._mixed[local]
        return Frame(self._prepared, self._start, self._stop, rows, mixed)

    def thinned(self, chosen: npt.NDArray[np.intp]) -> "Frame":
        """Some of the events, by position in this frame."""
        rows = chosen if self.rows is None else self.rows[chosen]
        mixed = None if self._mixed is None else self._mixed[chosen]
        return Frame(self._prepared, self._start, self._stop, rows, mixed)

    def _raw(self, index: int) -> FloatArray:
        column = self._prepared.sample.linear(index, self._start, self._stop)
        return column if self.rows is None else column[self.rows]

    def _spilled(self) -> FloatArray:
        if self._mixed is None:
            indices: Sequence[int] = self._prepared.compensation.indices
            mixed = np.empty((len(self), len(indices)))
            for i, index in enumerate(indices):
                mixed[:, i] = self._raw(index)
            self._mixed = mixed
        return self._mixed
