"""Numbers as instruments write them: padded with zeros or spaces, or blank.

A file holds the same few over and over, and so do the files of a study: what was read once is remembered.
"""

import math
import re
from functools import lru_cache

_INTEGER = re.compile(r"[+-]?[0-9]{1,20}(?:\.0*)?")
_REAL = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")


_LONGEST = 100
"""Characters of a number, at most: nothing longer is matched, nor remembered."""


def as_integer(text: str | None) -> int | None:
    """The whole number that is written, or None where it is blank or no whole number."""
    stripped = (text or "").strip(" \t\r\n\0")
    return _integer(stripped) if len(stripped) <= _LONGEST else None


def as_real(text: str | None) -> float | None:
    """The finite number that is written, or None where it is blank or no number."""
    stripped = (text or "").strip(" \t\r\n\0")
    return _real(stripped) if len(stripped) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _integer(written: str) -> int | None:
    return int(written.partition(".")[0]) if _INTEGER.fullmatch(written) else None


@lru_cache(maxsize=4096)
def _real(written: str) -> float | None:
    if not _REAL.fullmatch(written):
        return None
    value = float(written)
    return value if math.isfinite(value) else None
