"""`tregate export --to fcs`: the events of every tube as FCS 3.1, with membership of each population as a parameter."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from tregate.gating.event_table import event_table
from tregate.gating.units import Channel
from tregate.pipelines.datasets.asked import Asked
from tregate.pipelines.datasets.event_files import TubeEvents, unique, write_event_files
from tregate.pipelines.datasets.fcs_file import AboutFile, Column, plain, write_fcs_file
from tregate.pipelines.datasets.finished_run import FinishedRun

MEMBER_TOP = 2.0
"""$PnR of a membership."""


def write_fcs(run: FinishedRun, out: Path, asked: Asked) -> tuple[str, ...]:
    """Write a file per tube in linear intensity, uncompensated, with the matrix of the run as $SPILLOVER.

    Every file is read back: raises ConfigurationError where its events are not those of the run.
    """
    version = str(run.record["program"]["version"])
    return write_event_files(run, out, asked.population, ".fcs", partial(_write, version))


def _write(version: str, held: TubeEvents, path: Path) -> None:
    parameters = held.prepared.sample.parameters
    names = unique([*(plain(str(one.name)) for one in parameters), *(f"in {plain(name)}" for name in held.members)])
    stains = [*(plain(marker) for marker in held.markers()), *("" for _ in held.members)]
    tops = [*(one.top for one in parameters), *(MEMBER_TOP for _ in held.members)]
    events = event_table(held.prepared, compensated=False)[held.rows]
    table = np.column_stack([events, *held.members.values()]).astype(np.float32)
    spillover = held.tube.spillover
    if spillover is not None:
        channels = [str(one.name) for one in parameters]
        mixed = tuple(Channel(names[channels.index(str(one))]) for one in spillover.channels)
        spillover = replace(spillover, channels=mixed)
    about = AboutFile(held.tube.entry, held.prepared.sample.data_set.instrument, version)
    write_fcs_file(path, table, [Column(*one) for one in zip(names, stains, tops, strict=True)], spillover, about)
