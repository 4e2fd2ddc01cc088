"""comparison_readers.csv: several readers and repeats of the same values: intraclass correlation and components."""

from collections.abc import Sequence

import numpy as np

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.manual_values import Key, Manual, RunValues, is_count
from tregate.pipelines.statistics.reader_agreement import Component, FloatArray, icc, spread
from tregate.pipelines.statistics.variance_components import cv_percent

COLUMNS = (
    "measure", "unit", "readers", "samples", "repeats", "left_out",
    "icc", "icc_low", "icc_high", "icc_with_tregate", "icc_with_tregate_low", "icc_with_tregate_high",
    "between_readers", "between_readers_low", "between_readers_high",
    "reader_by_sample", "reader_by_sample_low", "reader_by_sample_high",
    "repeat", "repeat_low", "repeat_high", "note",
)  # fmt: skip


def readers_table(manual: Sequence[Manual], run: RunValues) -> Table:
    """One row per measure that several readers read. Samples that not every reader read are left out, and counted.

    Components are CV [%] of concentrations, on the log scale, and percentage points of percentages.
    """
    measures = dict.fromkeys(one.key[2] for one in manual)
    rows = [_row(name, [one for one in manual if one.key[2] == name], run) for name in measures]
    return Table("comparison_readers", COLUMNS, tuple(row for row in rows if row is not None))


def _row(measure: str, manual: Sequence[Manual], run: RunValues) -> tuple[Cell, ...] | None:
    readers = list(dict.fromkeys(one.reader for one in manual))
    if len(readers) < 2:
        return None
    read: dict[Key, dict[str, list[float]]] = {}
    for one in manual:
        read.setdefault(one.key, {}).setdefault(one.reader, []).append(one.value)
    count = is_count(measure)
    whole = {
        key: own for key, own in read.items()
        if len(own) == len(readers) and not (count and min(min(v) for v in own.values()) <= 0)
    }  # fmt: skip
    repeats = min((len(values) for own in whole.values() for values in own.values()), default=0)
    cells: dict[str, Cell] = {
        "measure": measure, "unit": "CV %" if count else "percentage points", "readers": len(readers),
        "samples": len(whole), "repeats": repeats, "left_out": len(read) - len(whole),
    }  # fmt: skip
    notes: list[str] = []
    if whole:
        values = np.array([[own[reader][:repeats] for reader in readers] for own in whole.values()])
        values = np.log(values) if count else values
        _agreement(cells, "icc", values.mean(axis=2), notes)
        ours = [run.values.get(key) for key in whole]
        known = np.array([one is not None and (not count or one > 0) for one in ours])
        theirs = np.array([one for one, there in zip(ours, known, strict=True) if there], dtype=np.float64)
        with_ours = np.column_stack([values.mean(axis=2)[known], np.log(theirs) if count else theirs])
        _agreement(cells, "icc_with_tregate", with_ours, notes)
        found = spread(values)
        if found is not None:
            _component(cells, "between_readers", found.reader, count)
            _component(cells, "reader_by_sample", found.reader_by_sample, count)
            _component(cells, "repeat", found.repeat, count)
            if repeats < 2:
                notes.append("one value per reader: what differs from sample to sample is part of repeat")
    if len(whole) < 3:
        notes.append(f"too few samples that every reader read ({len(whole)} of 3)")
    cells["note"] = "; ".join(dict.fromkeys(notes))
    return tuple(cells.get(column) for column in COLUMNS)


def _agreement(cells: dict[str, Cell], name: str, values: FloatArray, notes: list[str]) -> None:
    found = icc(values)
    if found is not None:
        cells |= {name: found.icc, f"{name}_low": found.limits[0], f"{name}_high": found.limits[1]}
    elif len(values) >= 3:
        notes.append("no intraclass correlation: the samples do not differ")


def _component(cells: dict[str, Cell], name: str, found: Component | None, count: bool) -> None:
    if found is not None:
        numbers = (found[0], *found[1])
        names = (name, f"{name}_low", f"{name}_high")
        cells |= dict(zip(names, (cv_percent(one) if count else one for one in numbers), strict=True))
