"""DATA that was altered on its way: re-saved as text, or holding values that are no numbers."""

import mmap
from typing import Any

import numpy as np
import numpy.typing as npt

from gating.errors import DamagedError
from gating.read.decoding import STRETCH, MappedEvents, raw_column
from gating.read.layout import Kind, Layout
from gating.read.segments import Data

REPLACEMENT = b"\xef\xbf\xbd"
"""U+FFFD in UTF-8: what a text editor makes of a byte over 7F."""
MAX_REPLACEMENTS = 2
REPLACEMENTS_PER_BYTE = 1 / 1000
_SAMPLED_BYTES = 1 << 11
_SAMPLES = 16
_VALUES_AT_A_TIME = 1 << 16


def refuse_resaved_as_text(file: mmap.mmap, begin: int, n_bytes: int, where: str) -> None:
    """Raise DamagedError where DATA holds more U+FFFD than chance: above 2 and above one per 1,000 bytes.

    Re-saving replaces every byte over 7F, all over the file: 16 blocks of 2 kB tell whether all must be counted.
    """
    if n_bytes > 2 * _SAMPLES * _SAMPLED_BYTES:
        starts = np.linspace(begin, begin + n_bytes - _SAMPLED_BYTES, _SAMPLES).astype(np.int64)
        seen = sum(file[int(start) : int(start) + _SAMPLED_BYTES].count(REPLACEMENT) for start in starts)
        if seen <= _SAMPLES * _SAMPLED_BYTES * REPLACEMENTS_PER_BYTE / 4:
            return
    count, step = 0, 1 << 20
    for start in range(begin, begin + n_bytes, step):
        count += file[start : min(start + step + 2, begin + n_bytes)].count(REPLACEMENT)
    if count > MAX_REPLACEMENTS and count > n_bytes * REPLACEMENTS_PER_BYTE:
        raise DamagedError(
            f"{where}: DATA is damaged, the file was re-saved as UTF-8 text: {count} times EF BF BD in {n_bytes} "
            f"bytes from byte {begin} on, expected none or two. Get the original file from the instrument; send it "
            "zipped, never through a text editor."
        )


def refuse_not_finite(file: mmap.mmap, base: int, data: Data, names: tuple[str, ...], where: str) -> None:
    """Raise DamagedError where a float parameter holds NaN or infinity, naming the first event and channel."""
    layout = data.layout
    floats = [i for i, column in enumerate(layout.columns) if column.kind is not Kind.INTEGER]
    if not floats or data.n_events == 0:
        return
    begin = base + data.begin
    events = MappedEvents(file, begin, data.n_events, layout, frozenset())
    for start in range(0, data.n_events, STRETCH):
        stop = min(start + STRETCH, data.n_events)
        rows = events.rows(start, stop)
        if rows is not None:
            clean = _all_finite(rows)
        else:
            clean = all(np.isfinite(events.column(i, start, stop)).all() for i in floats)
        if not clean:
            _tell(file, begin, layout, floats, names, start, stop, where)
        events.passed(start, stop)


def _all_finite(rows: npt.NDArray[Any]) -> bool:
    """Whether every value is finite, (n, p)."""
    values = rows.reshape(-1)
    if not values.dtype.isnative:
        return bool(np.isfinite(values).all())
    # 0 x value is 0 for every finite value and NaN for the others; the sum cannot overflow.
    zeros = np.zeros(min(_VALUES_AT_A_TIME, values.size), dtype=values.dtype)
    with np.errstate(all="ignore"):
        for start in range(0, values.size, _VALUES_AT_A_TIME):
            part = values[start : start + _VALUES_AT_A_TIME]
            if np.dot(part, zeros[: part.size]) != 0:
                return False
    return True


def _tell(
    file: mmap.mmap,
    begin: int,
    layout: Layout,
    floats: list[int],
    names: tuple[str, ...],
    start: int,
    stop: int,
    where: str,
) -> None:
    for index in floats:
        values = raw_column(file, begin, layout, layout.columns[index], start, stop)
        wrong = np.flatnonzero(~np.isfinite(values))
        if wrong.size:
            event = start + int(wrong[0])
            raise DamagedError(
                f"{where}: DATA is damaged, channel {names[index]!a} of event {event + 1} is {values[wrong[0]]} "
                f"(byte {begin + (event * layout.event_bits + layout.columns[index].start) // 8}), expected a finite "
                "number. Get the original file from the instrument."
            )
