"""survey and read: what is in a file, and one data set of it ready to be read by column."""

import mmap
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from gating.errors import DataSetError, NotFCSError, ReadError
from gating.events import Repair, Sample, Survey
from gating.read.chain import walk
from gating.read.damage import refuse_not_finite, refuse_resaved_as_text
from gating.read.decoding import MappedEvents
from gating.read.describing import Described, describe, with_repairs
from gating.read.masks import masked_values


def survey(path: Path) -> Survey:
    """What is in a file, from HEADER and TEXT alone.

    Works for files whose DATA must be refused (their data set then carries the finding "data_unreadable").
    Raises ReadError where the file is not FCS or its HEADER or TEXT cannot be parsed.
    """
    with closing(_map(path)) as file:
        described, default, decision = _open(file)
        return Survey(path, len(file), tuple(one.data_set for one in described), default, decision)


def read(path: Path, data_set: int | None = None) -> Sample:
    """One data set of a file, mapped: nothing is copied until a column is asked for.

    data_set: 1-based; None takes the one that `survey` calls the default.
    Raises the ReadError tree: not FCS, truncated, damaged, unsupported, malformed, or no such data set.
    """
    file = _map(path)
    described, default, decision = _open(file)
    number = default if data_set is None else data_set
    if number is None:
        raise DataSetError(f"{decision} Name one in the column `dataset` of samples.csv.")
    if not 1 <= number <= len(described):
        raise DataSetError(
            f"Data set {number} was asked for and the file has {len(described)}. "
            "Correct the column `dataset` of samples.csv."
        )
    chosen = described[number - 1]
    if chosen.refusal is not None or chosen.data is None:
        raise chosen.refusal or ReadError("DATA cannot be read.")
    base, data, where = chosen.raw.base, chosen.data, chosen.raw.where
    refuse_resaved_as_text(file, base + data.begin, data.n_bytes, where)
    refuse_not_finite(file, base, data, chosen.names, where)
    masked, findings = masked_values(file, base, data, chosen.names)
    events = MappedEvents(file, base + data.begin, data.n_events, data.layout, frozenset(masked.untouched))
    told = replace(chosen.data_set, findings=(*chosen.data_set.findings, *findings))
    if data_set is not None and data_set != default:
        decision = f"Data set {data_set} was asked for. {decision}"
    return Sample(path, told, events, decision)


def _map(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as handle:
            return mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError:
        raise NotFCSError(
            "Not an FCS file: it is empty (0 bytes). Copy the file again from the instrument."
        ) from None
    except OSError as error:
        raise ReadError(
            f"The file cannot be opened: {error.strerror}. Check its name and that it may be read."
        ) from error


def _open(file: mmap.mmap) -> tuple[tuple[Described, ...], int | None, str]:
    raws, chain_repairs = walk(file)
    described = tuple(describe(raw) for raw in raws)
    return decide(described, chain_repairs)


def decide(
    described: tuple[Described, ...], chain_repairs: tuple[Repair, ...]
) -> tuple[tuple[Described, ...], int | None, str]:
    """Which data set is used unless the user names one, and why."""
    described = tuple(with_repairs(one, chain_repairs) for one in described)
    if len(described) == 1:
        return described, 1, "The file holds one data set."
    return described, None, f"The file holds {len(described)} different samples and none is the default."
