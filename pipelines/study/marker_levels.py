"""Marker strings as SDTMIG 3.4 writes them, and where two of them cannot be of the same cells."""

import re
from collections.abc import Mapping

_ONE = re.compile(r"([A-Za-z0-9]+?)(\+|-|lo|mid|hi)")
_APART = frozenset({("+", "-"), ("hi", "-"), ("mid", "-"), ("hi", "mid"), ("hi", "lo")})
"""Pairs of levels that exclude each other; a dim cell can count as negative or as positive."""


def levels(markers: str) -> Mapping[str, str]:
    """Marker, in capitals -> its level.

    >>> levels("CD3+CD25hi")
    {'CD3': '+', 'CD25': 'hi'}
    """
    return {marker.upper(): level for marker, level in _ONE.findall(markers)}


def excluded_by(cells: str, wanted: str) -> str | None:
    """The first marker of `wanted` whose level the cells' own marker string excludes, as `wanted` writes it.

    >>> excluded_by("CD3+CD8+", "CD3-CD56+")
    'CD3-'
    """
    own = levels(cells)
    for marker, level in levels(wanted).items():
        pair = (own.get(marker, level), level)
        if pair in _APART or pair[::-1] in _APART:
            return f"{marker}{level}"
    return None


def missing_in(cells: str, wanted: str) -> str | None:
    """The first positive marker of `wanted` that the cells' own marker string does not name."""
    own = levels(cells)
    lacking = (f"{marker}{level}" for marker, level in levels(wanted).items() if marker not in own and level != "-")
    return next(lacking, None)


def same_positive(one: str, other: str) -> bool:
    """Whether both name the same positive markers, and none that the other excludes."""
    first, second = ({m for m, level in levels(text).items() if level != "-"} for text in (one, other))
    return first == second and bool(first) and excluded_by(one, other) is None
