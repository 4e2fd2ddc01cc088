"""DATA: which of the offsets a file gives are the right ones, decided by `$TOT` and the size of an event.

HEADER and TEXT each name a span. A span fits when its length is what `$TOT` events need, or one byte more (an end
written exclusive), and its events lie in the file clear of HEADER and TEXT. HEADER is used if it fits, else TEXT,
else one's beginning with the other's end, else the file is refused with the numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tregate.gating.errors import MalformedError, ReadError, TruncatedError
from tregate.gating.events import Repair
from tregate.gating.findings import Severity
from tregate.gating.read.header import HEADER_BYTES, Header, Span
from tregate.gating.read.layout import Layout
from tregate.gating.read.text import Text


@dataclass(frozen=True, slots=True)
class Data:
    """DATA as it will be decoded."""

    begin: int
    """Counted from the start of the data set."""
    n_events: int
    layout: Layout
    repairs: tuple[Repair, ...]

    @property
    def n_bytes(self) -> int:
        return self.layout.data_bytes(self.n_events)


@dataclass(frozen=True, slots=True)
class _Fit:
    source: str
    begin: int
    layout: Layout
    surplus: int


def locate_data(
    header: Header, text: Text, text_span: Span, layouts: tuple[Layout, ...], available: int, where: str
) -> Data:
    """Choose offsets and layout.

    available: bytes from the start of the data set to the end of the file; where: names the data set in messages.
    Raises TruncatedError, MalformedError.
    """
    in_header, in_text = header.data, span_in_text(text)
    spans = {"HEADER": in_header, "TEXT": in_text}
    n_events = _event_count(text, spans, layouts, where)
    if n_events == 0:
        _refuse_hidden_events(spans, where)
        return Data(HEADER_BYTES, 0, layouts[0], ())
    mixed = {
        "HEADER begin, TEXT end": _join(in_header, in_text),
        "TEXT begin, HEADER end": _join(in_text, in_header),
    }
    fits = {
        source: _fits(source, span, n_events, layouts, text_span, available, exact=source in mixed)
        for source, span in {**spans, **mixed}.items()
    }
    chosen = next((found for found in fits.values() if found), None)
    if chosen is None:
        raise _refusal(header, text, spans, layouts, n_events, text_span, available, where)
    fit = _only(chosen, where)
    other = fits["TEXT"][0] if fit.source == "HEADER" and fits["TEXT"] else None
    repairs = _repairs(fit, other, header, text)
    return Data(fit.begin, n_events, fit.layout, tuple(repairs))


def span_in_text(text: Text) -> Span | None:
    """`$BEGINDATA` to `$ENDDATA`, or None where they are absent, blank or zero."""
    begin, end = text.integer("$BEGINDATA"), text.integer("$ENDDATA")
    if begin is None or end is None or begin <= 0 or end < begin:
        return None
    return Span(begin, end)


def _join(first: Span | None, last: Span | None) -> Span | None:
    if first is None or last is None or last.end < first.begin:
        return None
    return Span(first.begin, last.end)


def _event_count(text: Text, spans: dict[str, Span | None], layouts: tuple[Layout, ...], where: str) -> int:
    """`$TOT`, or where FCS2.0 leaves it out the whole number of events that DATA holds."""
    stated = text.integer("$TOT")
    if stated is not None and stated >= 0:
        return stated
    span = spans["HEADER"] or spans["TEXT"]
    if span is not None and not text.get("$TOT") and len(layouts) == 1:
        events, rest = divmod(span.length * 8, layouts[0].event_bits)
        if rest in (0, 8):
            return events
    raise MalformedError(
        f"{where}: $TOT is {text.shown('$TOT')}, not the number of events, and DATA ({span or 'not located'}) "
        "does not give it. Copy or export the file again."
    )


def _refuse_hidden_events(spans: dict[str, Span | None], where: str) -> None:
    """An instrument that stopped before it wrote `$TOT` leaves events that are not counted."""
    for source, span in spans.items():
        if span is not None and span.length > 1:
            raise MalformedError(
                f"{where}: $TOT is 0, but {source} states {span.length} bytes of DATA ({span}): the acquisition was "
                "not closed properly. Export the tube again from the instrument's own software."
            )


def _fits(
    source: str,
    span: Span | None,
    n_events: int,
    layouts: Iterable[Layout],
    text_span: Span,
    available: int,
    *,
    exact: bool,
) -> list[_Fit]:
    if span is None:
        return []
    found = []
    for layout in layouts:
        needed = layout.data_bytes(n_events)
        surplus = span.length - needed
        used = Span(span.begin, span.begin + needed - 1)
        allowed = (0,) if exact else (0, 1)
        if surplus in allowed and _clear(used, text_span, available):
            found.append(_Fit(source, span.begin, layout, surplus))
    return [fit for fit in found if fit.surplus == 0] or found


def _clear(used: Span, text_span: Span, available: int) -> bool:
    return used.begin >= HEADER_BYTES and used.end < available and not used.overlaps(text_span)


def _only(fits: list[_Fit], where: str) -> _Fit:
    if len(fits) == 1:
        return fits[0]
    ways = " or ".join(fit.layout.repair or "as $PnB states" for fit in fits)
    raise MalformedError(
        f"{where}: the number of DATA bytes does not show how values are stored ({ways}). Export the tube "
        "again as FCS3.1 with 16 or 32 bits per value."
    )


def _repairs(fit: _Fit, other: _Fit | None, header: Header, text: Text) -> list[Repair]:
    repairs = []
    if not text.get("$TOT") and header.version != "FCS2.0":
        repairs.append(
            Repair("events-counted", "$TOT is absent; events were counted from the bytes of DATA.", Severity.WARN)
        )
    stated = f"$BEGINDATA {text.get('$BEGINDATA') or 'absent'}, $ENDDATA {text.get('$ENDDATA') or 'absent'}"
    written = header.data_as_written
    if fit.source == "HEADER":
        old = header.version == "FCS2.0" and not text.get("$BEGINDATA") and not text.get("$ENDDATA")
        if other is None and not old:
            message = f"DATA offsets taken from HEADER ({written}), because those in TEXT ({stated}) do not match $TOT."
            repairs.append(Repair("offsets-from-header", message))
        elif other is not None and other.begin != fit.begin:
            message = f"HEADER ({written}) and TEXT ({stated}) differ and both match $TOT; HEADER is used."
            repairs.append(Repair("offsets-differ", message, Severity.WARN))
    elif fit.source == "TEXT" and not _blank_is_right(header, text):
        message = f"DATA offsets taken from TEXT ({stated}), because those in HEADER ({written}) do not match $TOT."
        repairs.append(Repair("offsets-from-text", message))
    elif fit.source != "TEXT":
        message = f"DATA offsets combined ({fit.source}) to match $TOT: HEADER states {written}, TEXT {stated}."
        repairs.append(Repair("offsets-joined", message, Severity.WARN))
    if fit.surplus == 1:
        message = "The end of DATA is written one byte too high; all events are complete."
        repairs.append(Repair("data-end-off-by-one", message))
    if fit.layout.repair:
        name = "bit-packed" if fit.layout.packed else "value-width"
        message = f"By the number of DATA bytes, {fit.layout.repair}."
        repairs.append(Repair(name, message, Severity.WARN))
    return repairs


def _blank_is_right(header: Header, text: Text) -> bool:
    """HEADER has room for offsets up to 99,999,999; beyond, a zero there is by the standard."""
    end = text.integer("$ENDDATA") or 0
    return end > 99_999_999 and header.data_as_written.replace("0", "") == "-"


def _refusal(
    header: Header,
    text: Text,
    spans: dict[str, Span | None],
    layouts: tuple[Layout, ...],
    n_events: int,
    text_span: Span,
    available: int,
    where: str,
) -> ReadError:
    needed = sorted({layout.data_bytes(n_events) for layout in layouts})
    expected = " or ".join(str(count) for count in needed)
    present = [span for span in spans.values() if span is not None]
    likely = [span for span in present if any(span.length - count in (0, 1) for count in needed)]
    likely = [span for span in likely or present if span.begin >= HEADER_BYTES and not span.overlaps(text_span)]
    begin = likely[0].begin if likely else text_span.end + 1
    if (likely and likely[0].end >= available and begin + needed[0] > available) or needed[0] > available:
        there = max(0, available - begin)
        what = "no DATA, only HEADER and TEXT" if there == 0 else "truncated"
        return TruncatedError(
            f"{where}: {what}: {n_events} events need {expected} bytes of DATA from byte {begin} to "
            f"{begin + needed[0] - 1}, but {there} bytes ({there * 8 // layouts[0].event_bits} events) are "
            "present. Copy the file again from the instrument."
        )
    stated = f"$BEGINDATA {text.get('$BEGINDATA') or 'absent'}, $ENDDATA {text.get('$ENDDATA') or 'absent'}"
    return MalformedError(
        f"{where}: no offsets match: {n_events} events of {layouts[0].event_bits} bits need {expected} bytes "
        f"of DATA, HEADER states {header.data_as_written}, TEXT {stated}, the data set has {available} bytes. "
        "Copy or export the file again."
    )
