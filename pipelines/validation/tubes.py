"""Which synthetic tubes are made, and what came of each."""

from dataclasses import dataclass
from enum import StrEnum

from tregate.pipelines.validation.comparison import Comparison


class Series(StrEnum):
    """Why a tube was made."""

    CONDITION = "condition"
    """One of the named conditions."""
    DILUTION = "dilution"
    """Truth over a wide range, all else nominal: is the figure linear in it?"""
    NUMBERS = "numbers"
    """Acquisitions of different length: how many cells does a figure need?"""


@dataclass(frozen=True, slots=True)
class Making:
    """How one tube is made."""

    kind: str
    series: Series
    condition: str
    """Named condition, or the step of a series: "blood 1:4", "2000 events"."""
    seed: int
    events: int
    level: float = 1.0
    """Of a series: what was varied, as a factor or a number."""


@dataclass(frozen=True, slots=True)
class ValidatedTube:
    """One tube, gated and held against its truth."""

    making: Making
    rows: tuple[Comparison, ...]
    fault: str = ""
    """Why the tube could not be gated; "" where it was."""
