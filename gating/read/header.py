"""HEADER: the signature and six byte offsets, of which any but those of TEXT may be blank."""

import re
from dataclasses import dataclass

from tregate.gating.errors import MalformedError, NotFCSError, TruncatedError, UnsupportedError
from tregate.gating.read.numbers import as_integer

HEADER_BYTES = 58
VERSIONS = ("FCS2.0", "FCS3.0", "FCS3.1", "FCS3.2")
SIGNATURE = re.compile(rb"FCS[0-9]\.[0-9]")

_UNKNOWN = ("", "Export the tube again from the instrument as FCS.")
_PACKED = (" but an archive", "Unpack it first.")
_RESAVED = (" any more, but re-saved as text", "Get the original file from the instrument.")
_POINTER = (" but a Git LFS pointer", "Fetch the file with: git lfs pull.")
_WEB_PAGE = (" but a web page or XML", "Download the file itself.")
_OTHERS = (
    *((mark, _PACKED) for mark in (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")),
    *((mark, _RESAVED) for mark in (b"\xef\xbb\xbfFCS", b"\xff\xfeF\0", b"\xfe\xff\0F")),
    (b"version https://git-lfs", _POINTER),
    (b"<", _WEB_PAGE),
)
"""What is often taken for an FCS file, by its first bytes: what to call it, and what to do."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes begin..end of a data set, both inclusive, counted from the start of that data set."""

    begin: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.begin + 1

    def overlaps(self, other: "Span") -> bool:
        return self.begin <= other.end and other.begin <= self.end

    def __str__(self) -> str:
        return f"{self.begin}-{self.end}"


@dataclass(frozen=True, slots=True)
class Header:
    """HEADER of one data set; spans are None where the file leaves them blank or zero."""

    version: str
    text: Span
    data: Span | None
    analysis: Span | None
    data_as_written: str
    """DATA offsets as printed in the file, for messages."""


def parse_header(head: bytes, base: int, available: int) -> Header:
    """Parse the first 58 bytes of a data set.

    base: byte offset of the data set in the file; available: bytes from there to the end of the file.
    Raises NotFCSError, UnsupportedError, TruncatedError, MalformedError.
    """
    if not SIGNATURE.match(head):
        kind, remedy = next(
            (kind_and_remedy for mark, kind_and_remedy in _OTHERS if head.lstrip().startswith(mark)), _UNKNOWN
        )
        raise NotFCSError(
            f"Not an FCS file{kind}: byte {base} should begin with FCS and a version such as FCS3.1, but the file "
            f"({base + available} bytes) has {_shown(head[:10])}. {remedy}"
        )
    version = head[:6].decode("ascii")
    if version not in VERSIONS:
        raise UnsupportedError(
            f"{version} at byte {base} is not supported; tregate reads {', '.join(VERSIONS)}. Export the tube "
            "again as FCS3.0 or FCS3.1."
        )
    if len(head) < HEADER_BYTES:
        raise TruncatedError(
            f"Truncated: the HEADER at byte {base} needs {HEADER_BYTES} bytes, but the file ends after "
            f"{len(head)}. Copy the file again from the instrument."
        )
    fields = [head[start : start + 8].decode("latin-1") for start in range(10, HEADER_BYTES, 8)]
    begin, end, *rest = (as_integer(field) for field in fields)
    if begin is None or end is None or begin < 10 or end <= begin:
        raise MalformedError(
            f"The HEADER at byte {base} does not locate TEXT: its offsets are {fields[0].strip()!a} and "
            f"{fields[1].strip()!a}, not two ascending numbers. Copy or export the file again."
        )
    if begin >= available:
        raise TruncatedError(
            f"Truncated: TEXT should begin at byte {base + begin}, but the file has {base + available} bytes. Copy "
            "the file again from the instrument."
        )
    return Header(
        version=version,
        text=Span(begin, end),
        data=_span(rest[0], rest[1]),
        analysis=_span(rest[2], rest[3]),
        data_as_written=f"{fields[2].strip() or 'blank'}-{fields[3].strip() or 'blank'}",
    )


def _span(begin: int | None, end: int | None) -> Span | None:
    if begin is None or end is None or begin <= 0 or end < begin:
        return None
    return Span(begin, end)


def _shown(head: bytes) -> str:
    """The head of a file, where it could be meant as FCS: what other files hold is no business of a message."""
    if not head:
        return "nothing"
    text = head.decode("latin-1")
    return ascii(text) if "FCS" in text.upper() and text.isascii() and text.isprintable() else "other bytes"
