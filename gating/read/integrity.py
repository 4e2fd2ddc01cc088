"""DATA that was altered on its way, or is not what TEXT says: re-saved as text, or values that are no measurements."""

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from tregate.gating.errors import DamagedError, MalformedError
from tregate.gating.read.decoding import STRETCH, MappedEvents, raw_column
from tregate.gating.read.file_bytes import Buffer
from tregate.gating.read.layout import Kind, Layout
from tregate.gating.read.segments import Data

REPLACEMENT = b"\xef\xbf\xbd"
"""U+FFFD in UTF-8: what a text editor makes of a byte over 7F."""
MAX_REPLACEMENTS = 2
REPLACEMENTS_PER_BYTE = 1 / 1000
_SAMPLED_BYTES = 1 << 11
_SAMPLES = 16
_WHOLE_BYTES = 2 * _SAMPLES * _SAMPLED_BYTES
"""Up to this size DATA is looked at whole."""
_VALUES_AT_A_TIME = 1 << 16
_NO_CHANCE = 16
"""So many odd bytes or values are no chance any more."""
_TRIED_EVENTS = 1 << 8


def refuse_resaved_as_text(file: Buffer, begin: int, n_bytes: int, where: str) -> None:
    """Raise DamagedError where DATA holds more U+FFFD than chance: above 2 and above one per 1,000 bytes.

    Re-saving replaces every byte over 7F, all over the file: 16 blocks of 2 kB show whether all must be counted.
    """
    if n_bytes > _WHOLE_BYTES:
        seen = sum(block.count(REPLACEMENT) for block in _blocks(file, begin, n_bytes))
        if seen <= _SAMPLES * _SAMPLED_BYTES * REPLACEMENTS_PER_BYTE / 4:
            return
    count, step = 0, 1 << 20
    for start in range(begin, begin + n_bytes, step):
        count += file[start : min(start + step + 2, begin + n_bytes)].count(REPLACEMENT)
    if count > MAX_REPLACEMENTS and count > n_bytes * REPLACEMENTS_PER_BYTE:
        raise DamagedError(
            f"{where}: DATA is damaged; the file was saved again as UTF-8 text (EF BF BD occurs {count} times in "
            f"{n_bytes} bytes from byte {begin} on). Get the original file from the instrument and send it zipped."
        )


def refuse_lengthened(file: Buffer, begin: int, n_bytes: int, where: str) -> None:
    """Raise DamagedError where a transfer put bytes into DATA, which moves all that follow.

    In text mode every LF becomes CR LF, and Latin text saved as UTF-8 has two bytes for each over 7F: then no LF stands
    alone, or all of DATA is valid UTF-8, and as many bytes as were put in lie after the end of DATA.
    """
    surplus = len(file) - begin - n_bytes
    if surplus < _NO_CHANCE:
        return
    blocks = _blocks(file, begin, n_bytes)
    line_ends = sum(block.count(b"\r\n") for block in blocks)
    if _NO_CHANCE <= line_ends <= surplus and line_ends == sum(block.count(b"\n", 1) for block in blocks):
        raise DamagedError(
            f"{where}: DATA is damaged; the file was sent in text mode (from byte {begin} on every 0A became 0D "
            f"0A, {surplus} surplus bytes). Copy the file again in binary mode, or zipped."
        )
    if _NO_CHANCE <= sum(map(_wide_characters, blocks)) <= surplus and all(map(_is_utf8, blocks)):
        raise DamagedError(
            f"{where}: DATA is damaged; the file was saved again as UTF-8 text (from byte {begin} on, {surplus} "
            "surplus bytes). Get the original file from the instrument and send it zipped."
        )


def _blocks(file: Buffer, begin: int, n_bytes: int) -> list[bytes]:
    """DATA, or of a large one blocks all over it; each with the byte before it."""
    if n_bytes <= _WHOLE_BYTES:
        return [file[begin - 1 : begin + n_bytes]]
    starts = np.linspace(begin, begin + n_bytes - _SAMPLED_BYTES, _SAMPLES).astype(np.int64)
    return [file[int(start) - 1 : int(start) + _SAMPLED_BYTES] for start in starts]


def _wide_characters(block: bytes) -> int:
    return len(_WIDE.findall(block))


def _is_utf8(block: bytes) -> bool:
    """Whether it is UTF-8 but for characters that are cut at either end."""
    try:
        block.lstrip(_CONTINUATION).decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


_WIDE = re.compile(rb"[\xc2-\xef][\x80-\xbf]")
_CONTINUATION = bytes(range(0x80, 0xC0))


def refuse_other_type(file: Buffer, base: int, data: Data, names: tuple[str, ...], where: str) -> None:
    """Raise MalformedError where most floats are too small for their type to hold in full.

    Integers taken for floats look so, and whole numbers whose bytes are reversed.
    """
    begin, layout, n_events = base + data.begin, data.layout, min(data.n_events, _TRIED_EVENTS)
    floats = [i for i, column in enumerate(layout.columns) if column.kind is not Kind.INTEGER]
    if not floats:
        return
    whole = MappedEvents(file, begin, data.n_events, layout, frozenset()).rows(0, n_events)
    columns = ((names[i], raw_column(file, begin, layout, layout.columns[i], 0, n_events)) for i in floats)
    parts = [(names, whole)] if whole is not None else [((name,), column[:, None]) for name, column in columns]
    small, filled, shown = 0, 0, ""
    for called, values in parts:
        sizes = np.abs(values)
        with np.errstate(invalid="ignore"):
            found = np.argwhere((sizes > 0) & (sizes < 4 * np.finfo(sizes.dtype).tiny))
        filled += int(np.count_nonzero(sizes))
        small += len(found)
        if len(found) and not shown:
            event, channel = found[0]
            shown = f"{sizes[event, channel]:.3g} in channel {called[channel]!a}"
    if small >= _NO_CHANCE and 2 * small > filled:
        raise MalformedError(
            f"{where}: $DATATYPE or $BYTEORD is wrong; read by them, most values of DATA (from byte {begin} on) "
            f"are impossible, such as {shown}. Export the tube again from the instrument's own software."
        )


def refuse_not_finite(file: Buffer, base: int, data: Data, names: tuple[str, ...], where: str) -> None:
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
    file: Buffer,
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
                f"{where}: DATA is damaged; channel {names[index]!a} of event {event + 1} is {values[wrong[0]]} (byte "
                f"{begin + (event * layout.event_bits + layout.columns[index].start) // 8}), not a finite number. Get "
                "the original file from the instrument."
            )
