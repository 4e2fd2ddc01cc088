"""What became of each tube of a study: its result, or why it has none."""

from dataclasses import dataclass, field

from tregate.gating.tube import TubeResult
from tregate.pipelines.tubes.drawn_tube import DrawnTube


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a tube, or its count, has no result: one row of failures.csv."""

    stage: str
    """"read", "panel", "compensate", "gate", "count"."""
    error: str
    """Name of the error or flag, stable: "TruncatedError", "bead_lot_unknown"."""
    message: str
    """What was found and what to do, for a technician."""
    trace: str = field(default="", compare=False, repr=False)
    """The full traceback, for run.log; empty where no exception was raised."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was read, for the record."""

    size: int
    """[bytes]"""
    sha256: str


@dataclass(frozen=True, slots=True)
class TubeOutcome:
    """What analysing one tube gave. Plain values, handed from process to process."""

    result: TubeResult | None
    """Without its densities, which were drawn where they were made; None where the tube failed."""
    fault: Failure | None
    """Why there is no result."""
    source: InputFile | None
    """None where the file could not be opened."""
    drawn: DrawnTube | None = None
