"""Axes of FlowJo 8 and 9 on the display: linear, logarithmic, or by a table of 4,096 channels; edges straight there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tregate.pipelines.interchange.flowjo_gates import CORNERS, NotTakenOverError
from tregate.pipelines.interchange.safe_xml import attribute, children

FloatArray = npt.NDArray[np.float64]
Points = tuple[tuple[float, float], ...]
PIECE = 16.0
"""Channels of a straight piece of an edge that is curved in linear intensity: off by less than a channel between."""
MOST_PIECES = 256
_DECADE = 1024.0
"""Channels of a decade of a logarithmic axis."""
FAR = 1e9
"""Linear intensity of what lies beyond an end of a table: FlowJo draws it on that end."""


@dataclass(frozen=True, slots=True)
class Display:
    """One axis; linear where it has neither table nor lower end."""

    table: tuple[float, ...] | None = None
    """Linear intensity of each channel, ascending."""
    lowest: float | None = None
    """Lower end of a logarithmic axis."""
    factor: float = 1.0
    """Linear intensity of one unit in which gates are stated."""

    @property
    def linear(self) -> bool:
        return self.table is None and self.lowest is None

    def at(self, values: FloatArray) -> FloatArray:
        """Position on the display of linear intensities."""
        if self.table is not None:
            return np.interp(values, self.table, np.arange(len(self.table), dtype=np.float64))
        if self.lowest is None:
            return values
        if self.lowest <= 0:
            raise NotTakenOverError(f"a logarithmic axis from {self.lowest:g} has no definition")
        return _DECADE * np.log10(np.maximum(values, self.lowest))

    def back(self, places: FloatArray) -> FloatArray:
        """Linear intensity of positions on the display."""
        if self.table is not None:
            last = len(self.table) - 1
            found = np.interp(places, np.arange(last + 1, dtype=np.float64), self.table)
            return np.where(places <= 0, -FAR, np.where(places >= last, FAR, found))
        if self.lowest is None:
            return places
        return np.where(places <= _DECADE * np.log10(self.lowest), -FAR, 10.0 ** (places / _DECADE))


def calibration_tables(root: Any) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """(name, linear intensity of each channel) of every table, in order. Raises ValueError for other forms."""
    found = []
    for element in (one for group in children(root, "CalibrationTables") for one in children(group, "Table")):
        numbers = [float(part) for part in (element.text or "").replace("\n", "").split(",")]
        values = tuple(numbers[1::2])
        if numbers[::2] != list(range(len(values))) or sorted(values) != list(values):
            raise ValueError(f'the table "{attribute(element, "name") or ""}" does not ascend')
        found.append((attribute(element, "name") or "", values))
    return tuple(found)


def beyond_the_ends(display: Display, low: float, high: float) -> tuple[float | None, float | None]:
    """Limits of a range; one at or beyond an end of the axis is open: FlowJo draws what lies beyond on that end."""
    lowest = display.lowest if display.table is None else display.table[0]
    highest = None if display.table is None else display.table[-1]
    if not low < high:
        raise NotTakenOverError(f"its lower limit {low:g} is not below its upper limit {high:g}")
    return (
        None if lowest is not None and low <= lowest else low,
        None if highest is not None and high >= highest else high,
    )


def polygon(corners: Sequence[tuple[float, float]], displays: tuple[Display, Display]) -> Points:
    """The polygon in linear intensity, its edges in pieces where they are straight on a curved display."""
    if len(corners) < 3 or not np.isfinite(corners).all():
        raise NotTakenOverError(f"a polygon of {len(corners)} corners has no inside")
    if all(display.linear for display in displays):
        return tuple(corners)
    places = np.column_stack([display.at(np.array(column)) for display, column in _columns(corners, displays)])
    curved = np.array([not display.linear for display in displays])
    edges = [_pieces(a, b, curved) for a, b in zip(places, np.roll(places, -1, axis=0), strict=True)]
    return _linear(np.concatenate(edges), displays)


def _pieces(start: FloatArray, end: FloatArray, curved: npt.NDArray[np.bool_]) -> FloatArray:
    """Corners along an edge, without its end. One along an axis is straight in linear intensity too."""
    across = np.abs(end - start)
    steps = 1 if across.min() == 0 else min(int(np.ceil(across[curved].max() / PIECE)), MOST_PIECES)
    return start + np.arange(max(steps, 1))[:, None] / max(steps, 1) * (end - start)


def ellipse(ends: Sequence[tuple[float, float]], displays: tuple[Display, Display]) -> Points:
    """Corners of an ellipse that is stated by the four ends of its axes, two and two opposite."""
    if len(ends) != 4 or not np.isfinite(ends).all():
        raise NotTakenOverError("an ellipse needs the four ends of its axes")
    places = np.column_stack([display.at(np.array(column)) for display, column in _columns(ends, displays)])
    center = places.mean(axis=0)
    arms = places - center
    opposite = int(np.argmin(arms[1:] @ arms[0])) + 1
    across = arms[next(i for i in (1, 2, 3) if i != opposite)]
    turn = 2 * np.pi * np.arange(CORNERS) / CORNERS
    return _linear(center + np.outer(np.cos(turn), arms[0]) + np.outer(np.sin(turn), across), displays)


def _columns(
    points: Sequence[tuple[float, float]], displays: tuple[Display, Display]
) -> Sequence[tuple[Display, tuple[float, ...]]]:
    return list(zip(displays, zip(*points, strict=True), strict=True))


def _linear(places: FloatArray, displays: tuple[Display, Display]) -> Points:
    x, y = (display.back(places[:, i]) for i, display in enumerate(displays))
    return tuple((float(a), float(b)) for a, b in zip(x, y, strict=True))
