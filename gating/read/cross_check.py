"""Second opinion: the same file read with FlowIO and fcsparser, and where they agree, differ or fail."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tregate.gating.errors import ReadError
from tregate.gating.events import Sample
from tregate.gating.read.fcsparser_adapter import parse_with_fcsparser
from tregate.gating.read.file_bytes import fcs_bytes
from tregate.gating.read.open_file import open_data_sets
from tregate.gating.read.survey import read

Verdict = Literal["agrees", "differs", "fails"]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What another reader makes of a data set."""

    reader: str
    """"FlowIO 1.4.0"."""
    verdict: Verdict
    """"agrees": the same stored values, or it refuses what tregate refuses. "differs": other values, or values where
    tregate refuses. "fails": no values where tregate reads."""
    message: str

    def __str__(self) -> str:
        return f"{self.reader} {self.verdict}: {self.message}"


def cross_check_file(path: Path, data_set: int | None = None) -> tuple[Opinion, ...]:
    """Stored values of one data set by FlowIO and fcsparser against tregate's, every event and channel.

    data_set: 1-based; None takes tregate's default, or the first where there is none. Raises nothing for a bad
    file: then it reports what the others do with it.
    """
    from importlib.metadata import version

    number = data_set if data_set is not None else _default(path)
    ours: Sample | ReadError
    try:
        ours = read(path, number)
    except ReadError as error:
        ours = error
    offset = _offset(path, number)
    readers: dict[str, Callable[[], npt.NDArray[Any]]] = {
        f"FlowIO {version('flowio')}": lambda: _flowio(path, offset),
        f"fcsparser {version('fcsparser')}": lambda: parse_with_fcsparser(path, number),
    }
    return tuple(_opinion(path, name, call, ours) for name, call in readers.items())


def _default(path: Path) -> int:
    try:
        return open_data_sets(fcs_bytes(path).data).default or 1
    except ReadError:
        return 1


def _offset(path: Path, number: int) -> int | None:
    """Byte offset of a data set for FlowIO; None where the file has only one."""
    try:
        described = open_data_sets(fcs_bytes(path).data).described
    except ReadError:
        return None
    return described[number - 1].raw.base if 1 < len(described) >= number >= 1 else None


def _flowio(path: Path, offset: int | None) -> npt.NDArray[Any]:
    from flowio import FlowData

    with path.open("rb") as handle, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = FlowData(handle, nextdata_offset=offset)
    return np.asarray(data.events).reshape(-1, data.channel_count)


def _opinion(path: Path, name: str, call: Callable[[], npt.NDArray[Any]], ours: Sample | ReadError) -> Opinion:
    try:
        theirs = call()
    except Exception as error:  # any failure of another reader is an answer, not ours
        said = f"{type(error).__name__}: {error}".replace(str(path), path.name).replace("\n", " ")[:200]
        if isinstance(ours, ReadError):
            return Opinion(name, "agrees", f"rejects it too ({said})")
        return Opinion(name, "fails", said)
    events = len(theirs)
    if isinstance(ours, ReadError):
        return Opinion(name, "differs", f"reads {events} events where tregate rejects the file")
    columns = _columns(theirs)
    if events != ours.n_events or len(columns) != len(ours.parameters):
        here = f"{ours.n_events} events of {len(ours.parameters)} parameters"
        return Opinion(name, "differs", f"{events} events of {len(columns)} parameters, tregate has {here}")
    return _compared(name, columns, ours)


def _columns(values: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    if values.dtype.names:
        return [values[field] for field in values.dtype.names]
    return [values[:, index] for index in range(values.shape[1])] if values.ndim == 2 else [values]


def _compared(name: str, columns: list[npt.NDArray[Any]], ours: Sample) -> Opinion:
    different, first = 0, ""
    for parameter, theirs in zip(ours.parameters, columns, strict=True):
        mine = ours.stored.column(parameter.index, 0, ours.n_events)
        wrong = np.flatnonzero(mine != theirs)
        different += wrong.size
        if wrong.size and not first:
            event = int(wrong[0])
            first = f"first in {parameter.name} of event {event + 1}: {theirs[event]}, tregate has {mine[event]}"
    total = ours.n_events * len(columns)
    if different:
        return Opinion(name, "differs", f"{different} of {total} values, {first}")
    return Opinion(name, "agrees", f"all {total} stored values are the same")
