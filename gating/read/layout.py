"""Layout: where in an event each parameter's bits are.

`$PnB` states the width; where it is no multiple of 8 the number of DATA bytes decides between words with padding
and one stream of bits, so a file has one or more candidate layouts.
"""

from dataclasses import dataclass
from enum import Enum
from itertools import accumulate

from tregate.gating.errors import MalformedError, UnsupportedError
from tregate.gating.read.numbers import as_integer, as_real
from tregate.gating.read.text import Text
from tregate.gating.units import Channel

MAX_BITS = 64


class Kind(Enum):
    INTEGER = "I"
    FLOAT = "F"
    DOUBLE = "D"


class Order(Enum):
    LITTLE = "<"
    BIG = ">"
    SWAPPED_WORDS = "3,4,1,2"
    """16-bit words most significant first, the bytes within them least significant first, or the reverse."""


@dataclass(frozen=True, slots=True)
class Column:
    """One parameter within an event."""

    kind: Kind
    start: int
    """First bit, counted from the start of the event."""
    bits: int
    """Width as stored."""
    mask: int
    """AND mask from `$PnR`; all ones where every stored bit counts."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one event is stored."""

    columns: tuple[Column, ...]
    event_bits: int
    order: Order
    packed: bool = False
    """One least-significant-bit-first stream over byte borders."""
    repair: str = ""
    """What was not as `$PnB` says; "" where it was."""

    def data_bytes(self, n_events: int) -> int:
        return -(-n_events * self.event_bits // 8)


def byte_order(text: Text, where: str) -> Order:
    """`$BYTEORD`; `1,2` and `2,1` stand for every width. Raises UnsupportedError, MalformedError."""
    written = (text.get("$BYTEORD") or "").replace(" ", "")
    if not written:
        raise MalformedError(
            f"{where}: $BYTEORD is absent; 1,2,3,4 or 4,3,2,1 is required. Copy or export the file again."
        )
    digits = tuple(written.split(","))
    if digits == tuple(str(i) for i in range(1, len(digits) + 1)):
        return Order.LITTLE
    if digits == tuple(str(i) for i in range(len(digits), 0, -1)):
        return Order.BIG
    if written == "3,4,1,2":
        return Order.SWAPPED_WORDS
    raise UnsupportedError(
        f"{where}: $BYTEORD is {written!a}; 1,2,3,4 (least significant byte first) or 4,3,2,1 is required. "
        "Export the tube again from the instrument's own software."
    )


def layouts(text: Text, names: tuple[Channel, ...], where: str) -> tuple[Layout, ...]:
    """Every layout that the keywords allow, the one they state first.

    where: how a message names the place of the keywords, e.g. "TEXT at bytes 58-4200".
    Raises UnsupportedError for `$MODE` and `$DATATYPE` that are not read, MalformedError for widths that cannot be.
    """
    mode = (text.get("$MODE") or "L").upper()
    if mode != "L":
        raise UnsupportedError(
            f"{where}: $MODE is {mode!a} ({_MODES.get(mode, 'an unknown mode')}); only list mode (L, one row per "
            "event) can be gated. Export the tube as list mode."
        )
    order = byte_order(text, where)
    kinds = tuple(_kind(text, number, where) for number in range(1, len(names) + 1))
    stated = tuple(_stated_bits(text, number, where) for number in range(1, len(names) + 1))
    masks = tuple(_mask(text, number) for number in range(1, len(names) + 1))
    by_type = tuple(_FLOAT_BITS.get(kind, width) for kind, width in zip(kinds, stated, strict=True))
    if by_type != stated:
        return _contradicting(kinds, by_type, stated, masks, order, names)
    if all(width % 8 == 0 for width in stated):
        return (_padded(kinds, stated, masks, order, ""),)
    whole_bytes = tuple(-(-width // 8) * 8 for width in stated)
    words = tuple(_word(width) for width in stated)
    candidates = [_padded(kinds, whole_bytes, masks, order, _IN_BYTES)]
    if words != whole_bytes:
        candidates.append(_padded(kinds, words, masks, order, _IN_WORDS))
    if all(kind is Kind.INTEGER for kind in kinds):
        candidates.append(_packed(kinds, stated, masks, order))
    return tuple(candidates)


def _contradicting(
    kinds: tuple[Kind, ...],
    by_type: tuple[int, ...],
    stated: tuple[int, ...],
    masks: tuple[int, ...],
    order: Order,
    names: tuple[Channel, ...],
) -> tuple[Layout, ...]:
    """`$PnB` is not the width of `$DATATYPE` F or D: as the type says, or as the bits say where that is a float too."""
    wrong = [str(names[i]) for i in range(len(names)) if by_type[i] != stated[i]]
    shown = f"$PnB of {', '.join(wrong[:5])} contradicts $DATATYPE"
    found = [_padded(kinds, by_type, masks, order, f"{shown}, and $DATATYPE is right")]
    if all(width in _FLOAT_OF_BITS for kind, width in zip(kinds, stated, strict=True) if kind is not Kind.INTEGER):
        other = (k if k is Kind.INTEGER else _FLOAT_OF_BITS[width] for k, width in zip(kinds, stated, strict=True))
        if all(width % 8 == 0 for width in stated):
            found.append(_padded(tuple(other), stated, masks, order, f"{shown}, and $PnB is right"))
    return tuple(found)


_FLOAT_BITS = {Kind.FLOAT: 32, Kind.DOUBLE: 64}
_FLOAT_OF_BITS = {32: Kind.FLOAT, 64: Kind.DOUBLE}
_IN_BYTES = "$PnB is not a multiple of 8; values are stored in whole bytes"
_IN_WORDS = "$PnB is not a multiple of 8; values are stored in words of 8, 16, 32 or 64 bits"
_MODES = {"C": "correlated histograms", "U": "uncorrelated histograms"}


def _kind(text: Text, number: int, where: str) -> Kind:
    written = (text.get(f"$P{number}DATATYPE") or text.get("$DATATYPE") or "").upper()
    if written == "A":
        raise UnsupportedError(
            f"{where}: $DATATYPE is A (numbers written as text), which is not supported. Export the tube as "
            "floating point (F) or integer (I)."
        )
    try:
        return Kind(written)
    except ValueError:
        raise MalformedError(
            f"{where}: $DATATYPE of parameter {number} is {written or 'absent'!a}; I, F or D is required. Export "
            "the tube again from the instrument's own software."
        ) from None


def _stated_bits(text: Text, number: int, where: str) -> int:
    bits = text.integer(f"$P{number}B")
    if bits is None or not 0 < bits <= MAX_BITS:
        raise MalformedError(
            f"{where}: $P{number}B is {text.shown(f'$P{number}B')}; the number of bits per value, 1 to {MAX_BITS}, "
            "is required. Export the tube again from the instrument's own software."
        )
    return bits


def _mask(text: Text, number: int) -> int:
    """Bits of the next power of two from `$PnR`; all ones where `$PnR` says nothing."""
    written = text.get(f"$P{number}R") or ""
    top = _whole_range(written)
    if top is None or top <= 1 or top > 2**MAX_BITS:
        return (1 << MAX_BITS) - 1
    return (1 << (top - 1).bit_length()) - 1


def _whole_range(written: str) -> int | None:
    """`$PnR` as a whole number, rounded up where it is written with a fraction or an exponent."""
    whole = as_integer(written)
    if whole is not None:
        return whole
    real = as_real(written)
    return None if real is None or real > 2.0**80 else int(-(-real // 1))


def _padded(
    kinds: tuple[Kind, ...], bits: tuple[int, ...], masks: tuple[int, ...], order: Order, repair: str
) -> Layout:
    starts = accumulate(bits, initial=0)
    columns = tuple(
        Column(kind, start, width, mask & (2**width - 1))
        for kind, start, width, mask in zip(kinds, starts, bits, masks, strict=False)
    )
    return Layout(columns, sum(bits), order, repair=repair)


def _packed(kinds: tuple[Kind, ...], bits: tuple[int, ...], masks: tuple[int, ...], order: Order) -> Layout:
    padded = _padded(kinds, bits, masks, order, "")
    return Layout(
        padded.columns,
        padded.event_bits,
        order,
        packed=True,
        repair="values are packed bit by bit, least significant first",
    )


def _word(width: int) -> int:
    return next(word for word in (8, 16, 32, 64) if word >= width)
