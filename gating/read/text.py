"""TEXT: keywords and values between delimiters, in the two dialects that instruments write.

By the standard a doubled delimiter stands for one delimiter inside a value. Other instruments write it where a
value is empty. The standard is tried first; where it loses a required keyword, the other dialect is.
Every step is linear in the length of TEXT.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tregate.gating.errors import MalformedError
from tregate.gating.read.numbers import as_integer

ESCAPE = "doubled delimiter is a literal one"
EMPTY_VALUES = "doubled delimiter is an empty value"
REQUIRED = ("$PAR", "$TOT", "$DATATYPE", "$BYTEORD")
REQUIRED_PER_PARAMETER = ("N", "B", "R")

MAX_BYTES = 10_000_000
"""No instrument writes a hundredth of it; above, it is not parsed."""

_BLANK = " \t\r\n\0"
_LITERAL = "\ue000"


@dataclass(frozen=True, slots=True)
class Text:
    """Keywords of one data set; names in upper case, values stripped."""

    values: Mapping[str, str]
    dialect: str
    padded: tuple[str, ...] = ()
    """Keywords that were written with white space around the name."""
    conflicting: tuple[str, ...] = ()
    """Keywords given more than once with different values; the first is kept."""
    missing: tuple[str, ...] = field(default=())
    """Required keywords that are absent in either dialect."""

    def get(self, key: str) -> str | None:
        return self.values.get(key)

    def shown(self, key: str) -> str:
        """The value for a message."""
        return ascii(self.values[key]) if key in self.values else "absent"

    def integer(self, key: str) -> int | None:
        return as_integer(self.values.get(key))


def parse_text(segment: bytes, where: str) -> Text:
    """Parse a TEXT segment (first byte: the delimiter).

    where: how a message names the place, e.g. "TEXT at bytes 58-4200". Raises MalformedError.
    """
    if len(segment) > MAX_BYTES:
        raise MalformedError(f"{where} has {len(segment)} bytes, at most {MAX_BYTES} allowed. Export the file again.")
    if not segment.strip(b" \0"):
        raise MalformedError(f"{where} is empty. Copy or export the file again.")
    # One character per byte, so that every byte is kept whatever the encoding; values are decoded one by one.
    raw = segment.decode("latin-1")
    delimiter, body = raw[0], raw[1:]
    tokens = _split_with_escape(body, delimiter)
    standard = _read(tokens, delimiter, ESCAPE)
    swallowed = any(delimiter in key for key in tokens[0::2])
    if not standard.missing and not swallowed:
        return standard
    other = _read(body.split(delimiter), delimiter, EMPTY_VALUES)
    best = other if (len(other.missing), False) < (len(standard.missing), swallowed) else standard
    if len(best.values) == 0:
        raise MalformedError(
            f"{where} contains no keyword and value between delimiters ({delimiter!a}). Copy or export the file again."
        )
    return best


def parse_supplement(segment: bytes, text: Text) -> Mapping[str, str]:
    """Keywords of a supplemental TEXT segment, in the dialect of the primary one; they add, never replace."""
    raw = segment.decode("latin-1")
    tokens = _split_with_escape(raw[1:], raw[0]) if text.dialect == ESCAPE else raw[1:].split(raw[0])
    return {**_read(tokens, raw[0], text.dialect).values, **text.values}


def missing_keywords(values: Mapping[str, str]) -> tuple[str, ...]:
    """Required keywords that are absent; stops counting parameters where the TEXT cannot hold them."""
    absent = [key for key in REQUIRED if not values.get(key)]
    count = as_integer(values.get("$PAR")) or 0
    for number in range(1, min(count, len(values) + 1) + 1):
        absent += [f"$P{number}{x}" for x in REQUIRED_PER_PARAMETER if not values.get(f"$P{number}{x}")]
    return tuple(absent)


def _split_with_escape(body: str, delimiter: str) -> list[str]:
    """Split at single delimiters; the scan from the left makes of three a literal one and a separator."""
    tokens = body.replace(delimiter * 2, _LITERAL).split(delimiter)
    return [token.replace(_LITERAL, delimiter) for token in tokens]


def _joined_within_values(tokens: list[str], delimiter: str) -> list[str]:
    """A doubled delimiter within a value is a literal one in either dialect: no keyword is empty."""
    pairs: list[tuple[str, list[str]]] = []
    for key, value in zip(tokens[0::2], tokens[1::2], strict=True):
        if key or not pairs:
            pairs.append((key, [value]))
        else:
            pairs[-1][1].append(value)
    return [token for key, parts in pairs for token in (key, delimiter.join(parts))]


def _read(tokens: list[str], delimiter: str, dialect: str) -> Text:
    while tokens and not tokens[-1].strip(_BLANK + delimiter):
        tokens.pop()
    if dialect == EMPTY_VALUES:
        if len(tokens) % 2 == 1:
            tokens.append("")  # the empty last value was taken for the end of TEXT
        tokens = _joined_within_values(tokens, delimiter)
    values: dict[str, str] = {}
    padded: list[str] = []
    conflicting: dict[str, None] = {}
    for written, value in zip(tokens[0::2], tokens[1::2], strict=False):
        key = written.strip(_BLANK).upper()
        if not key:
            continue
        if written.strip("\0") != written.strip(_BLANK):
            padded.append(key)
        decoded = _decode(value).strip(_BLANK)
        if key not in values:
            values[key] = decoded
        elif values[key] != decoded:
            conflicting[key] = None
    return Text(values, dialect, tuple(padded), tuple(conflicting), missing_keywords(values))


def _decode(value: str) -> str:
    """UTF-8 where the bytes are UTF-8 (FCS3.1), else Windows' Western European (older instruments)."""
    if value.isascii():
        return value
    raw = value.encode("latin-1")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
