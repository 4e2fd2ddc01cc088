"""Survivors: the events of one population in one block of the file, with their intensities on demand.

A block stays in the processor's cache. Compensation mixes channels, so the events it is needed for are gathered
whole, once, at the first population that asks; its descendants share what was compensated there, and gather
anew where few are left.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from gating.events import Prepared, Rows
from gating.geometry.contains import Mask
from gating.geometry.scales import FloatArray
from gating.units import Marker

BLOCK = 1 << 16
"""Events a block; a multiple of 8, so that blocks' packed bits join."""
FEW = 0.5
"""Share of the gathered events below which compensating those alone is cheaper, gathering included."""
MOST = 0.6
"""Share of a block's events above which it is cheaper to take it whole than to pick them."""


def blocks(n_events: int) -> Iterator[tuple[int, int]]:
    """(start, stop) of each block."""
    for start in range(0, n_events, BLOCK):
        yield start, min(start + BLOCK, n_events)


class Gathered:
    """Whole events (n, p) in linear intensity, and the columns that were asked of them."""

    __slots__ = ("_columns", "_prepared", "events")

    def __init__(self, prepared: Prepared, events: FloatArray) -> None:
        self._prepared = prepared
        self._columns: dict[int, FloatArray] = {}
        self.events = events

    def has(self, index: int) -> bool:
        return index in self._columns

    def column(self, index: int) -> FloatArray:
        """One channel after compensation, (n,)."""
        column = self._columns.get(index)
        if column is None:
            if self._prepared.is_mixed(index):
                column = np.asarray(self.events @ self._prepared.unmixing(index))
            else:
                column = self.events[:, index].copy()
            self._columns[index] = column
        return column


class Frame:
    """Events of a population in one block."""

    __slots__ = ("_at", "_gathered", "_prepared", "_start", "_stop", "rows")

    def __init__(
        self,
        prepared: Prepared,
        start: int,
        stop: int,
        rows: Rows | None = None,
        gathered: Gathered | None = None,
        at: Rows | None = None,
    ) -> None:
        self._prepared = prepared
        self._start = start
        self._stop = stop
        self.rows = rows
        """Indices within the block; None: all of it."""
        self._gathered = gathered
        self._at = at
        """Places among the gathered events; None: all of them."""

    def __len__(self) -> int:
        return self._stop - self._start if self.rows is None else len(self.rows)

    @property
    def size(self) -> int:
        """Events of the whole block."""
        return self._stop - self._start

    def values(self, marker: Marker) -> FloatArray:
        """Compensated linear intensities, (len(self),)."""
        index = self._prepared.binding.channels[marker]
        if self._gathered is None and not self._prepared.is_mixed(index):
            return self._prepared.sample.linear(index, self._start, self._stop, self.rows)
        known = self._gathered
        if known is not None and self._at is not None and not known.has(index) and not self._prepared.is_mixed(index):
            return np.asarray(known.events[self._at, index])
        column = self._gather(index).column(index)
        return column if self._at is None else column.take(self._at)

    def child(self, keep: Mask) -> "Frame":
        """The events of this frame for which `keep` is True."""
        return self.thinned(np.flatnonzero(keep))

    def thinned(self, chosen: Rows) -> "Frame":
        """Some of the events, by position in this frame."""
        rows = chosen if self.rows is None else self.rows.take(chosen)
        at = chosen if self._at is None else self._at.take(chosen)
        return Frame(
            self._prepared, self._start, self._stop, rows, self._gathered, None if self._gathered is None else at
        )

    def members(self) -> npt.NDArray[np.uint8]:
        """Membership of the block's events as packed bits."""
        if self.rows is None:
            return np.packbits(np.ones(self.size, dtype=bool))
        member = np.zeros(self.size, dtype=bool)
        member[self.rows] = True
        return np.packbits(member)

    def _gather(self, index: int) -> Gathered:
        """Events of which a channel is known, or shall be."""
        gathered = self._gathered
        if gathered is None:
            whole = self.rows is not None and len(self.rows) > MOST * self.size
            events = self._prepared.sample.events(self._start, self._stop, None if whole else self.rows)
            gathered = self._gathered = Gathered(self._prepared, events)
            self._at = self.rows if whole else None
        elif self._at is not None and not gathered.has(index) and len(self._at) < FEW * len(gathered.events):
            gathered = self._gathered = Gathered(self._prepared, gathered.events[self._at])
            self._at = None
        return gathered
