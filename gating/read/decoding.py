"""DATA bytes -> stored values, one column and one stretch of events at a time, from the file's bytes."""

import mmap
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tregate.gating.read.file_bytes import Buffer
from tregate.gating.read.layout import Column, Kind, Layout, Order

STRETCH = 1 << 15
"""Events decoded at a time where a copy is made: a stretch stays in the processor's cache."""
RESIDENT_BYTES = 1 << 26
"""From this size of DATA on, columns are copied, so that pages of the map can be given back once they were read."""
PASSED_BYTES = 1 << 25
"""The same for whole events that are looked through once."""


class MappedEvents:
    """Events of one DATA segment. Values come masked, in native byte order, as views where that is possible."""

    def __init__(self, file: Buffer, begin: int, n_events: int, layout: Layout, unmasked: frozenset[int]) -> None:
        """begin: byte offset of DATA in the file; unmasked: columns whose mask changes no value."""
        self._file = file
        self._begin = begin
        self._n_events = n_events
        self._layout = layout
        self._word = uniform_word(layout)
        columns = enumerate(layout.columns)
        self._masks = {i: c.mask for i, c in columns if c.kind is Kind.INTEGER and i not in unmasked}
        self._passed = 0
        self._last = (0, 0)

    def column(self, index: int, start: int, stop: int) -> npt.NDArray[np.generic]:
        """Stored values of parameter `index` (0-based) of events start..stop, (stop - start,), read-only."""
        start, stop, _ = slice(start, stop).indices(self._n_events)
        stop = max(start, stop)
        if self._layout.data_bytes(self._n_events) < RESIDENT_BYTES and not self._layout.packed:
            return _read_only(self._decode(index, start, stop))
        parts = []
        for first in range(start, stop, STRETCH) or (start,):
            parts.append(self._decode(index, first, min(first + STRETCH, stop)).copy())
            self.passed(first, min(first + STRETCH, stop))
        return _read_only(np.concatenate(parts))

    def rows(self, start: int, stop: int) -> npt.NDArray[np.generic] | None:
        """Whole events start..stop before any mask, (stop - start, p), a view in the file's byte order.

        None where the parameters of an event are not all words of one type.
        """
        if self._word is None or stop <= start:
            return None
        shape = (stop - start, len(self._layout.columns))
        return _read_only(np.ndarray(shape, self._word, self._file, self._begin + start * self._layout.event_bits // 8))

    def masks(self) -> Mapping[int, int]:
        """AND masks of the parameters that have bits above `$PnR` in use."""
        return self._masks

    def _decode(self, index: int, start: int, stop: int) -> npt.NDArray[np.generic]:
        values = raw_column(self._file, self._begin, self._layout, self._layout.columns[index], start, stop)
        if index not in self._masks:
            return values
        masked: npt.NDArray[np.generic] = values & values.dtype.type(self._masks[index])
        return masked

    def passed(self, start: int, stop: int) -> None:
        """Note that events start..stop were read; every 8 MB, give a large file's pages back to the system.

        They stay in its cache. Reading other columns of the same block again is no new passage.
        """
        if self._layout.data_bytes(self._n_events) < PASSED_BYTES:
            return
        if (start, stop) == self._last and stop - start < self._n_events:
            return
        self._last = (start, stop)
        self._passed += (stop - start) * self._layout.event_bits // 8
        if not isinstance(self._file, mmap.mmap) or self._passed <= PASSED_BYTES // 4:
            return
        if sys.platform != "win32" and hasattr(mmap, "MADV_DONTNEED"):
            self._file.madvise(mmap.MADV_DONTNEED)
            self._passed = 0


def uniform_word(layout: Layout) -> np.dtype[Any] | None:
    """The type of every parameter as stored, where all are words of one type; else None."""
    kinds = {(column.kind, column.bits) for column in layout.columns}
    if layout.packed or len(kinds) != 1 or layout.order is Order.SWAPPED_WORDS:
        return None
    kind, bits = kinds.pop()
    if bits not in (8, 16, 32, 64):
        return None
    return np.dtype(f"{layout.order.value}{'u' if kind is Kind.INTEGER else 'f'}{bits // 8}")


_EMPTY = {Kind.INTEGER: np.uint32, Kind.FLOAT: np.float32, Kind.DOUBLE: np.float64}


def raw_column(file: Buffer, begin: int, layout: Layout, column: Column, start: int, stop: int) -> npt.NDArray[Any]:
    """Values before the mask, (stop - start,), native byte order; a view of the map where it holds them so."""
    n_events = stop - start
    if n_events == 0:
        return np.empty(0, dtype=_EMPTY[column.kind])
    if layout.packed:
        return _packed(file, begin, layout, column, start, stop)
    stride = layout.event_bits // 8
    width = column.bits // 8
    offset = begin + start * stride + column.start // 8
    if width in (1, 2, 4, 8) and layout.order is not Order.SWAPPED_WORDS:
        letter = "u" if column.kind is Kind.INTEGER else "f"
        stored = np.dtype(f"{layout.order.value}{letter}{width}")
        view: npt.NDArray[Any] = np.ndarray((n_events,), stored, file, offset, (stride,))
        return view if stored.isnative else view.astype(stored.newbyteorder("="))
    octets = np.ndarray((n_events, width), np.uint8, file, offset, (stride, 1))
    return _assembled(octets, layout.order, column.kind)


def _assembled(octets: npt.NDArray[np.uint8], order: Order, kind: Kind) -> npt.NDArray[np.generic]:
    """Words of any number of bytes, (n, width) -> (n,)."""
    width = octets.shape[1]
    target = 4 if width <= 4 else 8
    if order is Order.SWAPPED_WORDS:
        places = [place ^ 2 for place in range(width)] if width % 4 == 0 else list(range(width))
    else:
        places = list(range(width)) if order is Order.LITTLE else list(range(width - 1, -1, -1))
    little = np.zeros((octets.shape[0], target), dtype=np.uint8)
    for position, place in enumerate(places):
        little[:, place] = octets[:, position]
    words = little.view(f"<u{target}")[:, 0]
    native = words if words.dtype.isnative else words.astype(words.dtype.newbyteorder("="))
    return native if kind is Kind.INTEGER else native.view(f"f{target}")


def _packed(file: Buffer, begin: int, layout: Layout, column: Column, start: int, stop: int) -> npt.NDArray[np.generic]:
    """One least-significant-bit-first stream: value e is bits [e * event_bits + column.start, + column.bits)."""
    total = len(file)
    position = np.arange(start, stop, dtype=np.int64) * layout.event_bits + column.start
    octet = begin + (position >> 3)
    data = np.ndarray((total,), np.uint8, file)
    shift = (position & 7).astype(np.uint64)
    words = np.zeros(stop - start, dtype=np.uint64)
    last = total - 1
    for place in range(min(8, (column.bits + 7 + 7) // 8)):
        words |= data[np.minimum(octet + place, last)].astype(np.uint64) << np.uint64(8 * place)
    words >>= shift
    if column.bits > 57:
        high = data[np.minimum(octet + 8, last)].astype(np.uint64)
        words |= np.where(shift > 0, high << (np.uint64(64) - np.maximum(shift, np.uint64(1))), np.uint64(0))
    words &= np.uint64(2**column.bits - 1)
    return words if column.bits > 32 else words.astype(np.uint32)


def _read_only(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    values.flags.writeable = False
    return values
