"""Bits above `$PnR`: flags and counters of the instrument, or values that ran over the top of the scale."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tregate.gating.findings import Finding, Severity
from tregate.gating.read.decoding import STRETCH, MappedEvents, raw_column
from tregate.gating.read.file_bytes import Buffer
from tregate.gating.read.layout import Column, Kind, Layout
from tregate.gating.read.segments import Data

OVER_RANGE_FRACTION = 1e-3
"""Fewer masked values than this in a channel are true values above `$PnR`; more are flag bits."""


_RUN = 64
"""Events that are handled as one run of words."""


@dataclass(frozen=True, slots=True)
class Masked:
    """What the `$PnR` mask changes."""

    counts: tuple[int, ...]
    """Values changed, per parameter."""

    @property
    def untouched(self) -> tuple[int, ...]:
        return tuple(i for i, count in enumerate(self.counts) if count == 0)


def masked_values(file: Buffer, base: int, data: Data, names: tuple[str, ...]) -> tuple[Masked, tuple[Finding, ...]]:
    """Count the integers that the mask changes, in one pass over DATA, and say what that means."""
    begin, layout, n_events = base + data.begin, data.layout, data.n_events
    counts = np.zeros(len(layout.columns), dtype=np.int64)
    suspects = [i for i, column in enumerate(layout.columns) if _can_exceed(column)]
    if not suspects or n_events == 0:
        return Masked(tuple(int(count) for count in counts)), ()
    events = MappedEvents(file, begin, n_events, layout, frozenset())
    for start in range(0, n_events, STRETCH):
        stop = min(start + STRETCH, n_events)
        for i in _exceeding(events.rows(start, stop), layout, suspects):
            column = layout.columns[i]
            values = raw_column(file, begin, layout, column, start, stop)
            counts[i] += np.count_nonzero(values > column.mask)
        events.passed(start, stop)
    masked = Masked(tuple(int(count) for count in counts))
    return masked, _findings(masked, n_events, names, layout)


def _can_exceed(column: Column) -> bool:
    return column.kind is Kind.INTEGER and column.mask < 2**column.bits - 1


def _exceeding(rows: npt.NDArray[Any] | None, layout: Layout, suspects: list[int]) -> list[int]:
    """Suspect parameters with a bit above the mask somewhere in these events; all where nothing is known."""
    if rows is None:
        return suspects
    seen = _bits_in_use(rows)
    return [i for i in suspects if int(seen[i]) & ~layout.columns[i].mask]


def _bits_in_use(rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """OR over all events, (n, p) -> (p,). Byte order does not matter to it, and long runs do it fast."""
    n_events, n_parameters = rows.shape
    words = rows.view(rows.dtype.newbyteorder("="))
    whole = n_events - n_events % _RUN
    seen = np.bitwise_or.reduce(words[whole:], axis=0)
    if whole:
        runs = words[:whole].reshape(whole // _RUN, _RUN * n_parameters)
        seen = seen | np.bitwise_or.reduce(np.bitwise_or.reduce(runs, axis=0).reshape(_RUN, n_parameters), axis=0)
    in_use: npt.NDArray[Any] = seen.astype(words.dtype).view(rows.dtype)
    return in_use


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
                "wrapped by the mask, so very bright events appear dim. Lower the detector voltage for the next "
                "acquisition.",
                value=float(sum(masked.counts[i] for i in few)),
                limit="none above $PnR",
            )
        )
    if many:
        findings.append(
            Finding(
                "flag_bits_masked",
                Severity.INFO,
                f"Bits above $PnR are used in {len(many)} parameters (instrument flags or counters). They were masked, "
                "as the FCS standard requires.",
                value=float(sum(masked.counts[i] for i in many)),
            )
        )
    return tuple(findings)
