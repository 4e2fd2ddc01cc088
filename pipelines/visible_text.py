"""Text for a terminal: what names and messages hold that a terminal would obey or hide is shown as `\\x1b`.

A file name may hold escape sequences that clear the screen, or marks that turn the direction of what follows.
"""

import re
from typing import Any, TextIO, cast

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but for tab and line feed, DEL, C1
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # bidi controls, zero width, line and paragraph separators
    "\ud800-\udfff]"  # bytes of a name that is not UTF-8
)


def visible(text: str) -> str:
    r"""The text with each control character, and each byte that is not UTF-8, written out.

    >>> visible("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return _UNSEEN.sub(lambda found: _shown(ord(found[0])), text)


def visible_json(text: str) -> str:
    r"""The same for JSON, whose own notation it keeps: `\u202e`."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _shown(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


class VisibleStream:
    """A stream to a terminal or log that writes visible text; everything else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self.plain = stream
        """The stream itself, for what writes terminal codes on purpose: a progress bar."""

    def write(self, text: str) -> int:
        shown = visible(text)
        encoding = getattr(self.plain, "encoding", None) or "utf-8"
        self.plain.write(shown.encode(encoding, errors="backslashreplace").decode(encoding))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plain, name)


def shown_on(stream: TextIO) -> TextIO:
    """The stream, through which only visible text passes."""
    return stream if isinstance(stream, VisibleStream) else cast("TextIO", VisibleStream(stream))


def terminal_of(stream: TextIO) -> TextIO:
    """The stream below, for terminal codes."""
    return cast("TextIO", getattr(stream, "plain", stream))
