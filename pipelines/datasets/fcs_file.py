"""One FCS 3.1 file of 32-bit floats, as the exports write them, read back and compared."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.events import Sample, Spillover
from tregate.gating.read.survey import read
from tregate.pipelines.files.atomic import whole_file
from tregate.pipelines.study.samples import TubeEntry

ANY_TOP = 262_144.0
"""$PnR of a channel whose file states none."""

Table = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Column:
    """One channel of the file."""

    name: str
    stain: str
    top: float
    """Top of its scale, of values as the file stores them; 0: not known."""


@dataclass(frozen=True, slots=True)
class AboutFile:
    """What the keywords say beside the channels; no other keyword of an instrument's file, since they name people."""

    entry: TubeEntry
    instrument: str
    version: str
    step: float = 1.0
    """Seconds per unit of the channel Time."""


def write_fcs_file(
    path: Path, table: Table, columns: Sequence[Column], spillover: Spillover | None, about: AboutFile
) -> Sample:
    """Write events (n, p); gives the file as it is read. `spillover`: its channels are names of columns.

    Raises ConfigurationError where the file does not give these events back.
    """
    import flowio

    names, stains = [one.name for one in columns], [one.stain for one in columns]
    keywords = _keywords(path.name, columns, spillover, about)
    with whole_file(path) as part, part.open("wb") as file:
        flowio.create_fcs(file, array("f", table.tobytes()), names, stains, keywords)
    again = read(path)
    if not _holds(again, table):
        message = "the written file does not give the events of the run back."
        raise ConfigurationError([Problem(str(path), None, message, "Do not use this file.")])
    return again


def plain(text: str) -> str:
    """A comma separates names in $SPILLOVER; FlowJo makes "_" of "/", and at the end of a value it is the delimiter."""
    return text.replace(",", "_").replace("/", "_")


def _keywords(name: str, columns: Sequence[Column], spillover: Spillover | None, about: AboutFile) -> dict[str, str]:
    keywords = {"$FIL": name, "$TIMESTEP": "1" if about.step == 1 else repr(about.step)}
    if about.instrument:
        keywords["$CYT"] = plain(about.instrument)
    for i, one in enumerate(columns, start=1):
        keywords[f"$P{i}R"] = f"{one.top or ANY_TOP:.15g}"
    if spillover is not None:
        numbers = [repr(float(value)) for row in spillover.matrix for value in row]
        keywords["$SPILLOVER"] = ",".join([str(len(spillover.channels)), *map(str, spillover.channels), *numbers])
    subject, visit, tube = about.entry.key
    whose = {"SUBJECT": subject, "VISIT": visit, "TUBE": tube, "TREGATE": about.version}
    return keywords | {word: plain(value) for word, value in whose.items()}


def _holds(again: Sample, table: Table) -> bool:
    wanted = table.astype(np.float64)
    for i, parameter in enumerate(again.parameters):
        if parameter.step != 1.0:
            wanted[:, i] *= parameter.step
    return np.array_equal(again.events(0, again.n_events), wanted, equal_nan=True)
