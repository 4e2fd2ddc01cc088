"""The data sets of a file: `$NEXTDATA` followed for as long as it leads to a data set.

It counts from the start of its own data set, ends with 0, and lies: it leads past the file, to bytes that are no data
set, or says 0 although others follow.
"""

import re
from dataclasses import dataclass, replace

from tregate.gating.errors import MalformedError, ReadError, TruncatedError
from tregate.gating.events import Repair
from tregate.gating.findings import Severity
from tregate.gating.read.file_bytes import Buffer
from tregate.gating.read.file_on_demand import Readable
from tregate.gating.read.header import HEADER_BYTES, SIGNATURE, Header, Span, parse_header
from tregate.gating.read.segments import span_in_text
from tregate.gating.read.text import EMPTY_VALUES, MAX_BYTES, Text, missing_keywords, parse_supplement, parse_text

MAX_DATA_SETS = 1000
_WHOLE_HEADER = re.compile(rb"FCS[23]\.[0-9] {4}[ 0-9]{16}")


@dataclass(frozen=True, slots=True)
class RawDataSet:
    """HEADER and TEXT of one data set, parsed but not judged."""

    number: int
    base: int
    """Byte offset in the file; all offsets of the data set count from here."""
    available: int
    """Bytes from base to the end of the file."""
    header: Header
    text: Text
    repairs: tuple[Repair, ...]

    @property
    def where(self) -> str:
        return f"Data set {self.number} at byte {self.base}" if self.base else "The file"

    @property
    def where_text(self) -> str:
        return _where_text(self.base, self.header.text)

    @property
    def end(self) -> int | None:
        """Byte offset in the file after the last segment that HEADER and TEXT agree to place; None where unknown."""
        data = self.header.data or span_in_text(self.text)
        if data is None or data.end >= self.available:
            return None
        return self.base + max(data.end, self.header.text.end) + 1


@dataclass(frozen=True, slots=True)
class Chain:
    """Data sets in order."""

    raws: tuple[RawDataSet, ...]
    repairs: tuple[Repair, ...]
    lost: int | None
    """Byte offset at which the last `$NEXTDATA` promises a data set that is not there."""


def walk(file: Buffer) -> Chain:
    """All data sets that `$NEXTDATA` leads to.

    Raises ReadError where the first one cannot be parsed; a later one that cannot ends the chain.
    """
    size = len(file)
    found = [parse_data_set(file, 0, 1)]
    parsed = found[0].header.text.length
    while True:
        last = found[-1]
        step = last.text.integer("$NEXTDATA") or 0
        following = last.base + step
        if step <= 0:
            return Chain(tuple(found), (), None)
        why = ""
        if following >= size:
            why = "past the end of the file"
        elif not SIGNATURE.match(file[following : following + 6]):
            why = "where there is no data set"
        elif parsed > 2 * size or len(found) >= MAX_DATA_SETS:
            why = f"after {len(found)} data sets, probably a loop"
        else:
            try:
                found.append(parse_data_set(file, following, len(found) + 1))
                parsed += found[-1].header.text.length
                continue
            except ReadError as error:
                why = f"to a data set that cannot be read ({error})"
        message = f"$NEXTDATA of data set {last.number} points to byte {following}, {why}. It was ignored."
        return Chain(tuple(found), (Repair("next-data-ignored", message, Severity.WARN),), following)


def unannounced(file: Buffer, last: RawDataSet) -> RawDataSet | None:
    """A data set after the last one, although its `$NEXTDATA` says there is none."""
    if last.end is None:
        return None
    match = _WHOLE_HEADER.search(file, last.end)
    if match is None:
        return None
    try:
        return parse_data_set(file, match.start(), last.number + 1)
    except ReadError:
        return None


def parse_data_set(file: Readable, base: int, number: int) -> RawDataSet:
    """HEADER and TEXT at byte `base`. Raises ReadError."""
    size = len(file)
    available = size - base
    header = parse_header(file[base : base + HEADER_BYTES], base, available)
    span = header.text
    repairs: list[Repair] = []
    if span.end == available:
        span = Span(span.begin, span.end - 1)
        repairs.append(Repair("text-end-off-by-one", "The end of TEXT is written one byte too high."))
    if span.end >= available:
        raise TruncatedError(
            f"Truncated: TEXT should end at byte {base + span.end}, but the file has {size} bytes. Copy the file "
            "again from the instrument."
        )
    where = _where_text(base, span)
    text = parse_text(file[base + span.begin : min(base + span.end, base + span.begin + MAX_BYTES) + 1], where)
    repairs += _text_repairs(text)
    if _runs_into_data(file, base, span, header, text):
        span = Span(span.begin, span.end - 1)
        repairs.append(Repair("text-end-off-by-one", "The end of TEXT is written one byte too high, inside DATA."))
    header = replace(header, text=span)
    text, supplement = _with_supplement(file, base, available, header, text)
    if "$PAR" in text.missing:
        raise MalformedError(
            f"{where} has no $PAR, so the number of parameters is unknown. Copy or export the file again."
        )
    return RawDataSet(number, base, available, header, text, (*repairs, *supplement))


def _where_text(base: int, span: Span) -> str:
    return f"TEXT at bytes {base + span.begin}-{base + span.end}"


def _runs_into_data(file: Readable, base: int, span: Span, header: Header, text: Text) -> bool:
    """Whether the last byte of TEXT lies after the last delimiter, where all offsets that are given begin DATA."""
    begins = {data.begin for data in (header.data, span_in_text(text)) if data is not None}
    delimiter, before, last = (file[base + place] for place in (span.begin, span.end - 1, span.end))
    return begins == {span.end} and before == delimiter != last


def _text_repairs(text: Text) -> tuple[Repair, ...]:
    repairs = []
    if text.dialect == EMPTY_VALUES:
        message = "TEXT writes empty values as a doubled delimiter; they were read as empty."
        repairs.append(Repair("empty-values", message))
    if text.padded:
        names = ", ".join([key for key in text.padded if key.startswith("$")][:3]) or "vendor keywords"
        repairs.append(Repair("padded-keywords", f"White space around keywords was removed ({names})."))
    return tuple(repairs)


def _with_supplement(
    file: Readable, base: int, available: int, header: Header, text: Text
) -> tuple[Text, tuple[Repair, ...]]:
    """Supplemental TEXT, if it lies in the file clear of HEADER, TEXT and DATA and begins with the delimiter."""
    begin, end = text.integer("$BEGINSTEXT"), text.integer("$ENDSTEXT")
    if not begin or not end or end <= begin:
        return text, ()
    span = Span(begin, end)
    if span == header.text:
        return text, ()
    delimiter = file[base + header.text.begin : base + header.text.begin + 1]
    data = header.data or span_in_text(text)
    inside = span.begin >= HEADER_BYTES and span.end < available and span.length <= MAX_BYTES
    clear = not span.overlaps(header.text) and (data is None or not span.overlaps(data))
    if not inside or not clear or file[base + span.begin : base + span.begin + 1] != delimiter:
        why = "its content is not TEXT" if inside and clear else "it overlaps other segments"
        message = f"Supplemental TEXT at bytes {span} was ignored, because {why}."
        return text, (Repair("supplemental-text-ignored", message),)
    values = parse_supplement(file[base + span.begin : base + span.end + 1], text)
    return Text(values, text.dialect, text.padded, text.conflicting, missing_keywords(values)), ()
