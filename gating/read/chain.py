"""The data sets of a file: `$NEXTDATA` followed for as long as it leads to a data set."""

import mmap
from dataclasses import dataclass

from gating.errors import MalformedError, ReadError, TruncatedError
from gating.events import Repair
from gating.read.header import HEADER_BYTES, SIGNATURE, Header, Span, parse_header
from gating.read.segments import span_in_text
from gating.read.text import EMPTY_VALUES, Text, missing_keywords, parse_supplement, parse_text

Buffer = mmap.mmap | bytes
MAX_DATA_SETS = 10_000


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


def walk(file: Buffer) -> tuple[tuple[RawDataSet, ...], tuple[Repair, ...]]:
    """All data sets in order, and what is wrong with the chain.

    Raises ReadError where the first one cannot be parsed; a later one that cannot ends the chain.
    """
    size = len(file)
    found: list[RawDataSet] = []
    repairs: list[Repair] = []
    base, parsed = 0, 0
    while True:
        try:
            raw = _parse(file, base, size, len(found) + 1)
        except ReadError as error:
            if not found:
                raise
            repairs.append(Repair("next-data-ignored", f"$NEXTDATA leads to byte {base}, no data set: {error}"))
            break
        found.append(raw)
        parsed += raw.header.text.length
        step = raw.text.integer("$NEXTDATA") or 0
        following = base + step
        if step <= 0:
            break
        if following >= size or parsed > 2 * size or len(found) >= MAX_DATA_SETS:
            repairs.append(
                Repair("next-data-ignored", f"$NEXTDATA of data set {raw.number} leads past the end of the file.")
            )
            break
        if not SIGNATURE.match(file[following : following + 6]):
            repairs.append(
                Repair(
                    "next-data-ignored",
                    f"$NEXTDATA of data set {raw.number} leads to byte {following}, where no data set begins.",
                )
            )
            break
        base = following
    return tuple(found), tuple(repairs)


def _parse(file: Buffer, base: int, size: int, number: int) -> RawDataSet:
    available = size - base
    header = parse_header(file[base : base + HEADER_BYTES], base, available)
    span = header.text
    if span.end >= available:
        raise TruncatedError(
            f"Truncated: TEXT should end at byte {base + span.end} and the file has {size} bytes. "
            "Copy the file again from the instrument."
        )
    where = f"TEXT at bytes {base + span.begin}-{base + span.end}"
    text = parse_text(file[base + span.begin : base + span.end + 1], where)
    repairs = list(_text_repairs(text))
    text, supplement = _with_supplement(file, base, available, header, text)
    if text.missing and "$PAR" in text.missing:
        raise MalformedError(
            f"{where} has no $PAR: it does not say how many parameters there are. Copy or export the file again."
        )
    return RawDataSet(number, base, available, header, text, (*repairs, *supplement))


def _text_repairs(text: Text) -> tuple[Repair, ...]:
    repairs = []
    if text.dialect == EMPTY_VALUES:
        repairs.append(
            Repair("empty-values", "TEXT writes empty values as a doubled delimiter, which is no escape here.")
        )
    if text.padded:
        names = ", ".join(text.padded[:3])
        repairs.append(Repair("padded-keywords", f"White space around keywords was taken off ({names})."))
    return tuple(repairs)


def _with_supplement(
    file: Buffer, base: int, available: int, header: Header, text: Text
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
    inside = span.begin >= HEADER_BYTES and span.end < available
    clear = not span.overlaps(header.text) and (data is None or not span.overlaps(data))
    if not inside or not clear or file[base + span.begin : base + span.begin + 1] != delimiter:
        why = "it holds something else" if inside and clear else "it does not lie clear of the other segments"
        message = f"Supplemental TEXT at bytes {span} was ignored: {why}."
        return text, (Repair("supplemental-text-ignored", message),)
    values = parse_supplement(file[base + span.begin : base + span.end + 1], text)
    return Text(values, text.dialect, text.padded, text.conflicting, text.unpaired, missing_keywords(values)), ()
