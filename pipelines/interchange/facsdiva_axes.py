"""Axes of FACSDiva's plots, and regions on them: what the coordinates of an experiment mean.

Settled against the public converter CytoML, which reproduces FACSDiva's counts within 0.18 % on an experiment of 6.1.3:

* Biexponential (`is_x_parameter_scaled`): channels of 4,096 on a logicle of 4.5 decades below 262,144, with
  W = (4.5 - log10(262144 / r)) / 2 for a scale value r, and not below 0. r is that of the gate, as in CytoML, since the
  tube's may have changed afterwards; where a gate states none (-1), it is the tube's. Edges are straight on the gate's
  scale, on which they were drawn; in CytoML on the tube's.
* Scaled, of a parameter that neither gate nor tube shows as a logarithm: channels of 4,096 on a linear axis.
* Logarithmic: log10 of the intensity. The axis begins the experiment's `log_decades` (4 or 5) below its top, and events
  below its beginning lie on it: there a gate is open. CytoML extends it to the lowest event, which is the same.
* Else the intensity itself.
* Compensation that is off leaves values as recorded. CytoML takes the file's matrix instead; FACSDiva does not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import Any

import numpy as np

from tregate.gating.geometry.scaled import to_linear
from tregate.gating.geometry.scales import LinearScale, LogicleScale, LogScale, Scale
from tregate.pipelines.interchange.drawn import DrawnAxis, DrawnShape
from tregate.pipelines.interchange.facsdiva_settings import TOP, TubeSettings
from tregate.pipelines.interchange.flowjo_gates import NotTakenOverError
from tregate.pipelines.interchange.safe_xml import children

DECADES, CHANNELS = 4.5, 4096.0
BEYOND = 2.0
"""How far outside the axis, in its lengths, an edge on an end is put."""
END = 1 - 1 / 4096
"""The last channel is the end of an axis: 4095 of 4096, 5.4185 of 5.41854 decades, 262143 of 262144."""
PIECE = 16 / 4096
"""Longest piece of an edge that is taken over to another scale, as a share of the axis."""
BELOW = -4 * TOP
"""Intensity below all events: the edge of a gate that is open below on a logarithmic axis."""

Corner = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PlotAxis:
    """An axis of a region."""

    drawn: DrawnAxis
    channels: bool
    """Whether coordinates are channels of 4,096."""

    @property
    def scale(self) -> Scale:
        assert self.drawn.scale is not None
        return self.drawn.scale

    def position(self, value: float) -> float:
        """A coordinate as a position on the axis: 0 is its beginning, 1 its top."""
        if self.channels:
            return value / CHANNELS
        if isinstance(self.scale, LogScale):
            return (value - log10(TOP)) / self.scale.decades + 1.0
        return value / TOP

    def linear(self, position: float) -> float:
        """The intensity at a position; no event is shown beyond the ends, and what is drawn there may be nearer."""
        nearer = min(max(position, -BEYOND), 1 + BEYOND)
        return float(to_linear(self.scale, np.array([nearer]))[0])


def plot_axis(gate: Any, name: str, letter: str, settings: TubeSettings) -> PlotAxis:
    """The axis `letter` (x or y) of a gate. Raises NotTakenOverError with the reason."""
    if settings.unusable and name in settings.mixed:
        raise NotTakenOverError(settings.unusable)
    compensated = name in settings.mixed
    stated = text_of(gate, f"is_{letter}_parameter_log").lower()
    shown_as_log = name in settings.logarithmic
    if text_of(gate, f"is_{letter}_parameter_scaled").lower() == "true":
        if stated != "true" and not shown_as_log:
            return PlotAxis(DrawnAxis(name, compensated, LinearScale(TOP)), channels=True)
        value = number_of(gate, f"{letter}_parameter_scale_value")
        if value is None or value < 0:
            value = (settings.scale_values or {}).get(name, 0.0)
        width = max(0.0, (DECADES - log10(TOP / value)) / 2) if value > 0 else 0.0
        if width > DECADES / 2:
            raise NotTakenOverError(f"{name} has a biexponential axis of scale value {value:g}")
        return PlotAxis(DrawnAxis(name, compensated, LogicleScale(TOP, DECADES, width, 0.0)), channels=True)
    if stated == "true" or (not stated and shown_as_log):
        return PlotAxis(DrawnAxis(name, compensated, LogScale(TOP, settings.log_decades)), channels=False)
    return PlotAxis(DrawnAxis(name, compensated, LinearScale(TOP)), channels=False)


def sides_of(axes: Sequence[PlotAxis], points: Sequence[Corner]) -> DrawnShape:
    """A range on each axis from the lowest to the highest of the points; a limit on an end of the axis is open."""
    sides = []
    for axis, values in zip(axes, zip(*points, strict=True), strict=False):
        first, last = (axis.position(value) for value in (min(values), max(values)))
        sides.append((None if first <= 0 else axis.linear(first), None if last >= END else axis.linear(last)))
    return DrawnShape(tuple(axis.drawn for axis in axes), sides=tuple(sides))


def polygon_of(axes: tuple[PlotAxis, PlotAxis], points: Sequence[Corner]) -> DrawnShape:
    """A polygon; one whose edges are parallel to the axes, as quadrants have them, is two ranges."""
    if _is_rectangle(points):
        return sides_of(axes, points)
    places = within([(axes[0].position(x), axes[1].position(y)) for x, y in points])
    if len(places) < 3:
        raise NotTakenOverError("it lies outside of its axes")
    corners = opened([[*place] for place in places])
    open_below = tuple(
        isinstance(axis.scale, LogScale) and min(place[i] for place in places) <= 0 for i, axis in enumerate(axes)
    )
    if any(open_below):
        edges = zip(corners, [*corners[1:], corners[0]], strict=True)
        corners = [corner for here, there in edges for corner in _pieces(here, there)]
    columns = [
        [BELOW if below and corner[i] < 0 else axis.linear(corner[i]) for corner in corners]
        for i, (axis, below) in enumerate(zip(axes, open_below, strict=True))
    ]
    drawn = (_with_negative(one.drawn) if below else one.drawn for one, below in zip(axes, open_below, strict=True))
    return DrawnShape(tuple(drawn), vertices=tuple(zip(*columns, strict=True)))


def _with_negative(axis: DrawnAxis) -> DrawnAxis:
    """The axis on a scale that has positions for the events that FACSDiva shows on the beginning of a logarithm."""
    return DrawnAxis(axis.channel, axis.compensated, LogicleScale(TOP, DECADES, 0.0, 0.0))


def _pieces(here: Corner, there: Corner) -> list[Corner]:
    """The edge without its end, in pieces so short that they are straight on another scale too."""
    (x, y), (to_x, to_y) = here, there
    number = 1 if x == to_x or y == to_y else int(np.ceil(max(abs(to_x - x), abs(to_y - y)) / PIECE))
    return [(x + (to_x - x) * i / number, y + (to_y - y) * i / number) for i in range(number)]


def _is_rectangle(points: Sequence[Corner]) -> bool:
    corners = [*points[:-1]] if len(points) == 5 and points[0] == points[-1] else [*points]
    turned = [*corners[1:], corners[0]]
    apart = len({x for x, _ in corners}) == len({y for _, y in corners}) == 2
    return (
        len(set(corners)) == len(corners) == 4
        and apart
        and all((a[0] == b[0]) != (a[1] == b[1]) for a, b in zip(corners, turned, strict=True))
    )


def within(corners: Sequence[Corner]) -> list[Corner]:
    """The part of a polygon that lies on the axes, from 0 to 1, by the method of Sutherland and Hodgman.

    >>> within([(0.5, 0.5), (-0.5, 0.5), (-0.5, 0.7), (0.5, 0.9)])
    [(0.5, 0.5), (0.0, 0.5), (0.0, 0.8), (0.5, 0.9)]
    """
    kept = [*corners]
    for column in (0, 1):
        for end, sign in ((0.0, 1.0), (1.0, -1.0)):
            before, kept = kept, []
            for here, there in zip(before, [*before[1:], *before[:1]], strict=True):
                mine, other = sign * (here[column] - end), sign * (there[column] - end)
                if mine >= 0:
                    kept.append(here)
                if (mine < 0) != (other < 0):
                    share = mine / (mine - other)
                    crossing = [a + (b - a) * share for a, b in zip(here, there, strict=True)]
                    crossing[column] = end
                    kept.append((crossing[0], crossing[1]))
    return [one for i, one in enumerate(kept) if one != kept[i - 1]]


def opened(corners: list[list[float]]) -> list[Corner]:
    """A polygon whose edges on an end of an axis reach beyond it: FACSDiva shows events beyond an end on that end.

    >>> opened([[0.5, 0.5], [1.0, 0.5], [1.0, 0.8]])
    [(0.5, 0.5), (1.0, 0.5), (3.0, 0.5), (3.0, 0.8), (1.0, 0.8)]
    """
    out: list[Corner] = []
    for here, there in zip(corners, corners[1:] + corners[:1], strict=True):
        mine, other = _ends(here), _ends(there)
        both_mine = all(mine)
        out.append((mine[0] or here[0], mine[1] or here[1]) if both_mine else (here[0], here[1]))
        for column in (0, 1):
            if mine[column] is not None and mine[column] == other[column]:
                for corner in (here, there):
                    moved = [*corner]
                    moved[column] = float(mine[column] or 0.0)
                    out.append((moved[0], moved[1]))
    return out


def _ends(corner: list[float]) -> list[float | None]:
    """Where the corner is put, by axis, if it lies on an end of it."""
    return [-BEYOND if at <= 0 else 1 + BEYOND if at >= END else None for at in corner]


def text_of(element: Any, name: str) -> str:
    """Text of a child element; "" where there is none."""
    return next(((one.text or "").strip() for one in children(element, name)), "")


def number_of(element: Any, name: str) -> float | None:
    """Number in a child element; None where there is none."""
    text = text_of(element, name)
    return float(text) if re.fullmatch(r"-?\d+(\.\d*)?([eE][-+]?\d+)?", text) else None
