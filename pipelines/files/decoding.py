"""The bytes of a sheet -> its text, whatever a spreadsheet program saved it as."""

import codecs
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", ""),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and the encoding where it is not the expected UTF-8."""

    text: str
    encoding: str = ""
    """"Windows-1252", "UTF-16"; "" for UTF-8."""


def decoded(data: bytes) -> Decoded | int:
    """UTF-8, or UTF-16 that says so by its first bytes, else Windows-1252; else the line that none of them can read."""
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return _strictly(data, codec, name)
    try:
        return Decoded(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _strictly(data, "cp1252", "Windows-1252")


def _strictly(data: bytes, codec: str, name: str) -> Decoded | int:
    try:
        return Decoded(data.decode(codec), name)
    except UnicodeDecodeError as error:
        return data[: error.start].count(b"\n") + 1
