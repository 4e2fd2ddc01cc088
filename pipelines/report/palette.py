"""One colour a population, the same in every picture of every tube.

Hues after Okabe & Ito (2008) and Tol (2021), told apart with the common forms of colour blindness; a
dashed line tells apart those that share a hue. The page pairs every colour with the population's name.
"""

from collections.abc import Iterable
from dataclasses import dataclass

HUES = 10
"""Number of hues that page.css defines as --hue-0 ... in a light and a dark form."""

_GREY = 9
_KNOWN = {
    "steady flow": (_GREY, 0), "singlets": (_GREY, 1), "cells": (_GREY, 2), "CD3-": (0, 2),
    "bead region": (5, 1), "beads": (5, 0), "bead doublets": (5, 2),
    "lymphocytes": (4, 0), "CD3-CD19-": (4, 1),
    "CD3+": (0, 0), "CD4+": (2, 0), "CD8+": (1, 0), "CD19+": (6, 0), "B": (6, 0),
    "NK": (3, 0), "NK bright": (8, 0), "NK dim": (7, 0),
    "CD25hi CD127lo": (8, 1), "Treg": (1, 1), "CD4+ non-Treg": (2, 1), "CD4+ CD25-": (2, 2),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Colour:
    hue: int
    """0 ... HUES - 1."""
    dash: int
    """0 solid, 1 dashed, 2 dotted."""


def colours(populations: Iterable[str]) -> dict[str, Colour]:
    """A colour for each name, given in order of appearance; well-known names always have their own."""
    given: dict[str, Colour] = {}
    used = set()
    free = [(hue, dash) for dash in (0, 1, 2) for hue in range(HUES - 1)]
    for name in dict.fromkeys(populations):
        known = _KNOWN.get(name)
        if known is not None:
            given[name] = Colour(*known)
            used.add(known)
    for name in dict.fromkeys(populations):
        if name not in given:
            pair = next((p for p in free if p not in used), free[len(given) % len(free)])
            used.add(pair)
            given[name] = Colour(*pair)
    return given
