"""What a cell of a table of visits shows: mean and SD, or median with range or quartiles. One line a layout."""

from collections.abc import Mapping
from dataclasses import dataclass

from tregate.pipelines.files.table import Cell
from tregate.pipelines.study.analysis_declarations import CellLayout


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of the summary that a cell shows."""

    words: str
    """Above the table."""
    row: str
    """Heading of the row on the page."""
    middle: str
    spread: str = ""
    """An SD, shown after ±; "" where there are limits instead."""
    limits: tuple[str, str] | None = None


LAYOUTS: Mapping[CellLayout, Layout] = {
    "mean_sd": Layout("Mean±SD", "mean ± SD", "mean", spread="sd"),
    "median_range": Layout("Median (range)", "median (range)", "median", limits=("min", "max")),
    "median_iqr": Layout("Median (quartiles)", "median (quartiles)", "median", limits=("q1", "q3")),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """The figures of one cell."""

    middle: float | None
    spread: float | None
    limits: tuple[float, float] | None
    ends: tuple[float, ...]
    """Below three subjects: their values."""


def shown(row: Mapping[str, Cell], layout: Layout) -> Shown:
    """What the layout shows of a row of the summary."""
    middle = _number(row.get(layout.middle))
    ends = [_number(row.get(name)) for name in ("min", "max")] if middle is None else []
    limits = None
    if middle is not None and layout.limits is not None:
        low, high = (_number(row.get(name)) for name in layout.limits)
        limits = None if low is None or high is None else (low, high)
    spread = _number(row.get(layout.spread)) if layout.spread else None
    return Shown(middle, spread, limits, tuple(dict.fromkeys(end for end in ends if end is not None)))


def _number(cell: Cell) -> float | None:
    return None if cell is None or isinstance(cell, str) else float(cell)
