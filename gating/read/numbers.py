"""Numbers as instruments write them: padded with zeros or spaces, or blank.

A file holds the same few over and over, and so do the files of a study: what was read once is remembered.
"""

import math
import re
from functools import lru_cache

_INTEGER = re.compile(r"[+-]?[0-9]{1,20}(?:\.0*)?")
_REAL = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")


@lru_cache(maxsize=4096)
def as_integer(text: str | None) -> int | None:
    """The whole number that is written, or None where it is blank or no whole number."""
    stripped = (text or "").strip(" \t\r\n\0")
    if not _INTEGER.fullmatch(stripped):
        return None
    return int(stripped.partition(".")[0])


@lru_cache(maxsize=4096)
def as_real(text: str | None) -> float | None:
    """The finite number that is written, or None where it is blank or no number."""
    stripped = (text or "").strip(" \t\r\n\0")
    if not _REAL.fullmatch(stripped):
        return None
    value = float(stripped)
    return value if math.isfinite(value) else None
