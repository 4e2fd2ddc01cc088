"""MeanCell: one cell of a table of means, from a summary or from a printed page."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class MeanCell:
    """Mean, SD where there is one, and what is claimed about the cell."""

    mean: float
    sd: float | None = None
    n: int | None = None
    """None: the table does not say."""
    stars: str = ""
    """What is claimed, as printed: "**", or "p<0.01" in a printed table."""
    claimed: float | None = None
    """Largest p that this claims, where it is no stars."""
    pairs_floor: float | None = None
    """Smallest p that the pairs of its test allow."""


MeanCells = Mapping[tuple[str, str], MeanCell]
"""(measure, visit) -> cell."""
