"""Spillover matrices among the keywords: usable ones as Spillover, the others as findings."""

from gating.events import Spillover
from gating.findings import Finding
from gating.read.text import Text
from gating.units import Channel


def spillovers(text: Text, names: tuple[Channel, ...]) -> tuple[tuple[Spillover, ...], tuple[Finding, ...]]:
    """Matrices that name channels of the file, in the order tregate prefers them, and what is wrong with the rest."""
    return (), ()
