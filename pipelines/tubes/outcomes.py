"""What became of each tube of a study: its result, or why it has none."""

from dataclasses import dataclass, field

from tregate.gating.tube import TubeResult
from tregate.pipelines.files.input_file import InputFile


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
class TubeOutcome:
    """What analysing one tube gave. Plain values, handed from process to process."""

    result: TubeResult | None
    """Without its densities, which were drawn where they were made; None where the tube failed."""
    fault: Failure | None
    """Why there is no result."""
    source: InputFile | None
    """None where the file could not be opened."""
    drawn: object = None
    """What the executor's `draw` made of the tube; only the page knows what it is."""
    reused: bool = False
    """Whether it was taken from the store, not gated now."""
    not_kept: str = ""
    """Why the store could not keep it; "" where it did, or where there is no store."""


def killed() -> TubeOutcome:
    """Of a tube that takes its process down, tried once more by itself."""
    message = (
        "The process that analysed this file was killed, usually because memory ran out. Close other "
        "programs, or use fewer --workers."
    )
    return TubeOutcome(None, Failure("gate", "ProcessKilled", message), None)
