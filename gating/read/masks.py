"""Bits above `$PnR`: flags and counters of the instrument, or values that ran over the top of the scale."""

import mmap
from dataclasses import dataclass

import numpy as np

from gating.findings import Finding, Severity
from gating.read.decoding import RESIDENT_BYTES, STRETCH, MappedEvents, raw_column
from gating.read.layout import Column, Kind, Layout, Order
from gating.read.segments import Data

OVER_RANGE_FRACTION = 1e-3
"""Fewer masked values than this in a channel are true values above `$PnR`; more are flag bits."""


@dataclass(frozen=True, slots=True)
class Masked:
    """What the `$PnR` mask changes."""

    counts: tuple[int, ...]
    """Values changed, per parameter."""

    @property
    def untouched(self) -> tuple[int, ...]:
        return tuple(i for i, count in enumerate(self.counts) if count == 0)


def masked_values(file: mmap.mmap, base: int, data: Data, names: tuple[str, ...]) -> tuple[Masked, tuple[Finding, ...]]:
    """Count the integers that the mask changes, in one pass over DATA, and say what that means."""
    begin, layout, n_events = base + data.begin, data.layout, data.n_events
    counts = np.zeros(len(layout.columns), dtype=np.int64)
    suspects = [i for i, column in enumerate(layout.columns) if _can_exceed(column)]
    if not suspects or n_events == 0:
        return Masked(tuple(int(count) for count in counts)), ()
    events = MappedEvents(file, begin, n_events, layout, frozenset())
    rows = _uniform_words(layout)
    for start in range(0, n_events, STRETCH):
        stop = min(start + STRETCH, n_events)
        block = None if rows is None else _block(file, begin, layout, rows, start, stop)
        for i in _exceeding(block, layout, suspects):
            column = layout.columns[i]
            values = raw_column(file, begin, layout, column, start, stop)
            counts[i] += np.count_nonzero(values > column.mask)
        if data.n_bytes >= RESIDENT_BYTES:
            events.forget(start, stop)
    masked = Masked(tuple(int(count) for count in counts))
    return masked, _findings(masked, n_events, names, layout)


def _can_exceed(column: Column) -> bool:
    return column.kind is Kind.INTEGER and column.mask < 2**column.bits - 1


def _uniform_words(layout: Layout) -> np.dtype[np.unsignedinteger] | None:
    """The word type where every parameter is one, else None."""
    widths = {column.bits for column in layout.columns}
    kinds = {column.kind for column in layout.columns}
    if layout.packed or len(widths) != 1 or kinds != {Kind.INTEGER} or layout.order is Order.SWAPPED_WORDS:
        return None
    width = widths.pop()
    return np.dtype(f"{layout.order.value}u{width // 8}") if width in (8, 16, 32, 64) else None


def _block(
    file: mmap.mmap, begin: int, layout: Layout, word: np.dtype[np.unsignedinteger], start: int, stop: int
) -> np.ndarray[tuple[int, int], np.dtype[np.unsignedinteger]]:
    shape = (stop - start, len(layout.columns))
    return np.ndarray(shape, word, file, begin + start * layout.event_bits // 8)


def _exceeding(
    block: np.ndarray[tuple[int, int], np.dtype[np.unsignedinteger]] | None,
    layout: Layout,
    suspects: list[int],
) -> list[int]:
    """Suspect parameters with a bit above the mask somewhere in the block; all of them where nothing is known."""
    if block is None:
        return suspects
    seen = np.bitwise_or.reduce(block, axis=0)
    return [i for i in suspects if int(seen[i]) & ~layout.columns[i].mask]


def _findings(masked: Masked, n_events: int, names: tuple[str, ...], layout: Layout) -> tuple[Finding, ...]:
    few = [i for i, count in enumerate(masked.counts) if 0 < count <= n_events * OVER_RANGE_FRACTION]
    many = [i for i, count in enumerate(masked.counts) if count > n_events * OVER_RANGE_FRACTION]
    findings = []
    if few:
        findings.append(
            Finding(
                "over_range",
                Severity.WARN,
                f"{sum(masked.counts[i] for i in few)} values above $PnR in {', '.join(names[i] for i in few)} were "
                "wrapped by the mask: very bright events appear dim. Lower the detector's voltage next time.",
                value=float(sum(masked.counts[i] for i in few)),
                limit="none above $PnR",
            )
        )
    if many:
        findings.append(
            Finding(
                "flag_bits_masked",
                Severity.INFO,
                f"Bits above $PnR are in use in {', '.join(names[i] for i in many)} (instrument flags or counters): "
                "masked, as the standard asks.",
                value=float(sum(masked.counts[i] for i in many)),
            )
        )
    return tuple(findings)
