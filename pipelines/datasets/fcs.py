"""`tregate export --to fcs`: the events of every tube as FCS 3.1, with membership of each population as a parameter."""

from array import array
from functools import partial
from pathlib import Path

import numpy as np

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.event_table import event_table
from tregate.gating.read import read
from tregate.pipelines.datasets.asked import Asked
from tregate.pipelines.datasets.event_files import TubeEvents, unique, write_event_files
from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.files.atomic import whole_file

ANY_TOP, MEMBER_TOP = 262_144.0, 2.0
"""$PnR of a channel whose file states none, and of a membership."""


def write_fcs(run: FinishedRun, out: Path, asked: Asked) -> tuple[str, ...]:
    """Write a file per tube in linear intensity, uncompensated, with the matrix of the run as $SPILLOVER.

    Every file is read back: raises ConfigurationError where its events are not those of the run.
    """
    version = str(run.record["program"]["version"])
    return write_event_files(run, out, asked.population, ".fcs", partial(_write, version))


def _write(version: str, held: TubeEvents, path: Path) -> None:
    import flowio

    parameters = held.prepared.sample.parameters
    # A comma separates names in $SPILLOVER; FlowJo makes "_" of "/", and at the end of a value it is the delimiter
    channels = [_plain(str(one.name)) for one in parameters]
    names = unique([*channels, *(f"in {_plain(name)}" for name in held.members)])
    stains = [*(_plain(marker) for marker in held.markers()), *("" for _ in held.members)]
    events = event_table(held.prepared, compensated=False)[held.rows]
    table = np.column_stack([events, *held.members.values()]).astype(np.float32)
    keywords = _keywords(version, held, path.name, names)
    with whole_file(path) as part, part.open("wb") as file:
        flowio.create_fcs(file, array("f", table.tobytes()), list(names), stains, keywords)
    _check(path, table)


def _plain(text: str) -> str:
    return text.replace(",", "_").replace("/", "_")


def _keywords(version: str, held: TubeEvents, name: str, names: tuple[str, ...]) -> dict[str, str]:
    """Ranges, matrix and whose tube it is; no other keyword of the file, since they hold names of people."""
    parameters = held.prepared.sample.parameters
    subject, visit, tube = held.tube.entry.key
    keywords = {"$FIL": name, "$TIMESTEP": "1"}
    if held.prepared.sample.data_set.instrument:
        keywords["$CYT"] = _plain(held.prepared.sample.data_set.instrument)
    for i in range(len(names)):
        top = (parameters[i].top or ANY_TOP) if i < len(parameters) else MEMBER_TOP
        keywords[f"$P{i + 1}R"] = f"{top:.15g}"
    if held.tube.spillover is not None:
        channels = [str(one.name) for one in parameters]
        mixed = [names[channels.index(str(one))] for one in held.tube.spillover.channels]
        numbers = [repr(float(value)) for row in held.tube.spillover.matrix for value in row]
        keywords["$SPILLOVER"] = ",".join([str(len(mixed)), *mixed, *numbers])
    told = {"SUBJECT": subject, "VISIT": visit, "TUBE": tube, "TREGATE": version}
    return keywords | {word: _plain(value) for word, value in told.items()}


def _check(path: Path, table: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> None:
    """The file gives these events back."""
    again = read(path)
    if not np.array_equal(again.events(0, again.n_events), table, equal_nan=True):
        message = "the written file does not give the events of the run back."
        raise ConfigurationError([Problem(str(path), None, message, "Do not use this file.")])
