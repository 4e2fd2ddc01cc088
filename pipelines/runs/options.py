"""How a run is made, apart from the study."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Pages = Literal["none", "flagged", "all"]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run is made. Nothing here changes a figure, but `gates`."""

    workers: int = 1
    strict: bool = False
    pages: Pages = "all"
    gates: Path | None = None
    """gates.csv of an earlier run: its gates are used as they were placed."""
    pdf: bool = False
    """The drawn gates as a PDF too."""
    figures: bool = False
    """The figures of the trial as files too; the page draws its own."""
    formats: tuple[str, ...] = ()
    """Formats of the visit tables beside CSV, by their names in `export.formats`."""
    debug: bool = False
    """More in run.log, and tracebacks on standard error too."""
    executor: str = ""
    """Where tubes are analysed, by its name in `tubes.executors`; "" chooses by the number of workers."""
    store: Path | None = None
    """Folder of kept outcomes; None: `.tubes` in the run's own folder."""
    fresh: bool = False
    """Gate every tube, whatever the store has."""
    unlock: bool = False
    """Remove the lock of another run first."""
    unblinded: str = ""
    """Why the study is no longer blinded; "" where it is not by `tregate unblind`."""
    gates_edited: str = ""
    """Why `gates` may differ from what its run wrote; "" where it may not."""
    review: Path | None = None
    """audit.jsonl whose decisions are applied, or the folder that holds it; None: the one in `out`, if any."""
