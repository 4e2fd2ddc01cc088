"""Survivors: the events of one population in one block of the file, with their intensities on demand.

A block stays in the processor's cache. Compensation mixes channels, so the events it is needed for are gathered
whole, once, at the first population that asks; its descendants share what was compensated there, and gather
anew where few are left.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tregate.gating.events import Prepared
from tregate.gating.freed_blocks import keep_freed_blocks
from tregate.gating.geometry.contains import Mask
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.rows import Rows
from tregate.gating.units import Marker

BLOCK = 1 << 16
"""Events a block; a multiple of 8, so that blocks' packed bits join."""
FEW = 0.5
"""Share of the gathered events below which compensating those alone is cheaper, gathering included."""
MOST = 0.6
"""Share of a block's events above which it is cheaper to take it whole than to pick them."""
SHARED_OUT = 450_000
"""Numbers of a matrix from which OpenBLAS shares out a product: waking its threads costs more than such a product."""
WORTH_A_COLUMN = 0.25
"""Share of a block's events above which a channel is read whole, once for all populations, rather than picked."""
HELD = 1 << 23
"""Values of a tube up to which what was read and compensated is kept for the next gate, 64 MB as double precision. Of a
larger tube it is made anew for each gate, so that memory does not grow with the events."""


keep_freed_blocks()


def is_large(prepared: Prepared) -> bool:
    """Whether no more of the tube is held than a gate needs."""
    return prepared.n_events * len(prepared.sample.parameters) > HELD


def blocks(n_events: int) -> Iterator[tuple[int, int]]:
    """(start, stop) of each block."""
    for start in range(0, n_events, BLOCK):
        yield start, min(start + BLOCK, n_events)


class Block:
    """A stretch of the file, each channel that no spillover reaches read but once.

    sparing: channels are read when they are asked for, not with those beside them.
    """

    __slots__ = ("_columns", "prepared", "size", "sparing", "start")

    def __init__(self, prepared: Prepared, start: int, stop: int, sparing: bool = False) -> None:
        self.prepared, self.sparing = prepared, sparing
        self.start = start
        self.size = stop - start
        self._columns: dict[int, FloatArray] = {}

    def column(self, index: int, rows: Rows | None) -> FloatArray:
        """One channel as it was measured, (len(rows),) or (size,)."""
        if index not in self._columns:
            sample, stop = self.prepared.sample, self.start + self.size
            if rows is not None and len(rows) < WORTH_A_COLUMN * self.size:
                return sample.linear(index, self.start, stop, rows)
            physical = self.prepared.physical
            together = physical if index in physical and not self.sparing else (index,)
            self._columns.update(zip(together, sample.columns(together, self.start, stop), strict=True))
        whole = self._columns[index]
        return whole if rows is None else whole.take(rows)

    def let_go(self) -> None:
        """Forget the channels that were read whole."""
        self._columns.clear()

    def events(self, rows: Rows | None) -> FloatArray:
        """Whole events, (len(rows), p) or (size, p)."""
        return self.prepared.sample.events(self.start, self.start + self.size, rows)


class CompensatedEvents:
    """Whole events (n, p) in linear intensity, and the compensated columns that were asked of them."""

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
            column = self._columns[index] = np.empty(len(self.events))
            weights = self._prepared.unmixing[index]
            step = SHARED_OUT // len(weights)
            for first in range(0, len(column), step):
                np.dot(self.events[first : first + step], weights, out=column[first : first + step])
        return column


class EventSubset:
    """Events of a population in one block."""

    __slots__ = ("_at", "_block", "_gathered", "rows")

    def __init__(
        self, block: Block, rows: Rows | None = None, gathered: CompensatedEvents | None = None, at: Rows | None = None
    ) -> None:
        self._block = block
        self.rows = rows
        """Indices within the block; None: all of it."""
        self._gathered = gathered
        self._at = at
        """Places among the gathered events; None: all of them."""

    def __len__(self) -> int:
        return self._block.size if self.rows is None else len(self.rows)

    @property
    def size(self) -> int:
        """Events of the whole block."""
        return self._block.size

    @property
    def positions(self) -> Rows:
        """Indices of the events in the file, (len(self),)."""
        rows = np.arange(self._block.size) if self.rows is None else self.rows
        return rows + self._block.start

    def values(self, marker: Marker) -> FloatArray:
        """Compensated linear intensities, (len(self),)."""
        prepared = self._block.prepared
        index = prepared.binding.channels[marker]
        if not prepared.is_mixed(index):
            return self._block.column(index, self.rows)
        column = self._gather(index).column(index)
        return column if self._at is None else column.take(self._at)

    def child(self, keep: Mask) -> "EventSubset":
        """The events of this frame for which `keep` is True."""
        return self.thinned(keep.nonzero()[0])

    def thinned(self, chosen: Rows) -> "EventSubset":
        """Some of the events, by position in this frame."""
        rows = chosen if self.rows is None else self.rows.take(chosen)
        at = rows if self._at is self.rows else chosen if self._at is None else self._at.take(chosen)
        return EventSubset(self._block, rows, self._gathered, None if self._gathered is None else at)

    def let_go(self) -> None:
        """Forget intensities that were read or compensated; they are made again where they are asked for."""
        self._gathered = self._at = None
        self._block.let_go()

    def members(self, keep: Mask) -> npt.NDArray[np.uint8]:
        """Membership of the block's events in the population of those events of this frame for which `keep` is True.

        Packed bits.
        """
        if self.rows is None:
            return np.packbits(keep)
        member = np.zeros(self.size, dtype=bool)
        member[self.rows] = keep
        return np.packbits(member)

    def _gather(self, index: int) -> CompensatedEvents:
        """Events of which a channel is known, or shall be."""
        gathered = self._gathered
        if gathered is None:
            whole = self.rows is not None and len(self.rows) > MOST * self.size
            events = self._block.events(None if whole else self.rows)
            gathered = self._gathered = CompensatedEvents(self._block.prepared, events)
            self._at = self.rows if whole else None
        elif self._at is not None and not gathered.has(index) and len(self._at) < FEW * len(gathered.events):
            gathered = self._gathered = CompensatedEvents(self._block.prepared, gathered.events.take(self._at, axis=0))
            self._at = None
        return gathered
