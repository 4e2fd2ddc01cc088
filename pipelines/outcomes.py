"""What became of each tube of a study: its result, or why it has none."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from gating.tube import TubeResult
from pipelines.samples import TubeEntry

Drawn = TypeVar("Drawn")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a tube, or its count, has no result: one row of failures.csv."""

    stage: str
    """"read", "panel", "compensate", "gate", "count"."""
    error: str
    """Name of the error or flag, stable: "TruncatedError", "bead_lot_unknown"."""
    message: str
    """What was found and what to do, for a technician."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was read, for the record."""

    size: int
    """[bytes]"""
    sha256: str


@dataclass(frozen=True, slots=True)
class TubeOutcome(Generic[Drawn]):
    """One used row of samples.csv after gating. `result` is None where the tube failed."""

    entry: TubeEntry
    result: TubeResult | None
    """Without its densities: those were drawn where they were made."""
    faults: tuple[Fault, ...] = ()
    """With a result: what could not be counted as the study asked; its percentages stand."""
    source: InputFile | None = None
    """None where the file could not be opened."""
    drawn: Drawn | None = None
    """What the report made of the densities."""

    @property
    def failed(self) -> bool:
        return self.result is None
