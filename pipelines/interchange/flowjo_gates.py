"""One gate element of a FlowJo 10 workspace as a drawn shape, in linear intensity."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tregate.gating.geometry.scaled import to_linear
from tregate.gating.geometry.scales import BiexScale, LogScale, Scale
from tregate.pipelines.interchange.drawn import DrawnAxis, DrawnMatrix, DrawnShape
from tregate.pipelines.interchange.flowjo_scales import LINEAR_FROM
from tregate.pipelines.interchange.gates_checked import usable_scale
from tregate.pipelines.interchange.safe_xml import attribute, children, local_name

DISPLAY = 256.0
"""FlowJo states ellipses on a display of so many bins."""
CORNERS = 128
"""Corners of an ellipse: FlowJo too gates it as a polygon."""
MOST_VERTICES = 10_000


class NotTakenOverError(Exception):
    """A gate that has no form here, with the reason."""


def shape_of(element: Any, scales: Mapping[str, Scale | str], matrix: DrawnMatrix | str | None) -> DrawnShape:
    """The shape of a gate element. Raises NotTakenOverError with the reason."""
    kind = local_name(element)
    outside = attribute(element, "eventsInside") == "0"
    dimensions = children(element, "dimension")
    flat = kind == "RectangleGate"
    axes = tuple(_axis(one, scales, matrix, flat=flat, straight=kind == "PolygonGate") for one in dimensions)
    if not axes or len({axis.channel for axis in axes}) < len(axes):
        raise NotTakenOverError("its axes are missing or one is given twice")
    if flat:
        sides = tuple(_side(one, axis) for one, axis in zip(dimensions, axes, strict=True))
        return DrawnShape(axes, sides=sides, outside=outside)
    if kind == "PolygonGate" and len(axes) == 2:
        corners = _points(children(element, "vertex"))
        if len(corners) < 3:
            raise NotTakenOverError(f"a polygon of {len(corners)} corners has no inside")
        return DrawnShape(axes, vertices=corners, outside=outside)
    if kind == "EllipsoidGate" and len(axes) == 2:
        return DrawnShape(axes, vertices=_ellipse(element, axes), outside=outside)
    raise NotTakenOverError(f"{kind} on {len(axes)} axes has no form in a strategy")


def _axis(
    dimension: Any, scales: Mapping[str, Scale | str], matrix: DrawnMatrix | str | None, *, flat: bool, straight: bool
) -> DrawnAxis:
    named = [attribute(one, "name") for one in children(dimension, "fcs-dimension")]
    if not named or not named[0]:
        raise NotTakenOverError("an axis is derived from others or has no name")
    name = named[0]
    channel, compensated = name, False
    if isinstance(matrix, str):
        if name.startswith("Comp-"):
            raise NotTakenOverError(f"{name} is compensated, and {matrix}")
    elif matrix is not None:
        core = name.removeprefix(matrix.prefix).removesuffix(matrix.suffix)
        if name == matrix.prefix + core + matrix.suffix and core in matrix.detectors:
            channel, compensated = core, True
    scale = scales.get(name, scales.get(channel))
    if isinstance(scale, str):
        if not flat and not (straight and scale.startswith(LINEAR_FROM)):
            raise NotTakenOverError(f"{channel} lies on {scale}")
        scale = None
    elif flat and scale is not None and not usable_scale(scale):  # limits are in linear intensity
        scale = None
    return DrawnAxis(channel, compensated, scale)


def _side(dimension: Any, axis: DrawnAxis) -> tuple[float | None, float | None]:
    """Limits of a range. A limit at the lower end of the axis is open: FlowJo puts what lies below on that end."""
    low, high = (None if (text := attribute(dimension, name)) is None else float(text) for name in ("min", "max"))
    if low is not None and isinstance(axis.scale, BiexScale | LogScale):
        end = float(to_linear(axis.scale, np.array([0.0]))[0])
        low = None if low <= end else low
    if low is not None and high is not None and low >= high:
        raise NotTakenOverError(f"its lower limit {low:g} is not below its upper limit {high:g}")
    return low, high


def _points(elements: list[Any]) -> tuple[tuple[float, float], ...]:
    if len(elements) > MOST_VERTICES:
        raise NotTakenOverError(f"it has {len(elements)} corners and at most {MOST_VERTICES} are read")
    found = []
    for element in elements:
        values = [float(attribute(one, "value") or "nan") for one in children(element, "coordinate")]
        if len(values) != 2 or not np.isfinite(values).all():
            raise NotTakenOverError("a corner is not two numbers")
        found.append((values[0], values[1]))
    return tuple(found)


def _ellipse(element: Any, axes: tuple[DrawnAxis, ...]) -> tuple[tuple[float, float], ...]:
    """Corners in linear intensity of an ellipse that FlowJo states by foci and edge points on its display."""
    foci = np.array([p for one in children(element, "foci") for p in _points(children(one, "vertex"))]) / DISPLAY
    edge = np.array([p for one in children(element, "edge") for p in _points(children(one, "vertex"))]) / DISPLAY
    if foci.shape != (2, 2) or len(edge) < 4:
        raise NotTakenOverError("an ellipse needs two foci and four edge points")
    center = foci.mean(axis=0)
    half = (foci[1] - foci[0]) / 2
    focal = float(np.hypot(*half))
    long = float(max(np.hypot(*(point - center)) for point in edge))
    short_square = long**2 - focal**2
    if short_square <= 0:
        raise NotTakenOverError("its edge points lie between its foci")
    along = half / focal if focal > 0 else np.array([1.0, 0.0])
    across = np.array([-along[1], along[0]])
    turn = 2 * np.pi * np.arange(CORNERS) / CORNERS
    corners = center + long * np.outer(np.cos(turn), along) + short_square**0.5 * np.outer(np.sin(turn), across)
    columns = [_from_display(axis, corners[:, i]) for i, axis in enumerate(axes)]
    return tuple((float(x), float(y)) for x, y in zip(*columns, strict=True))


def _from_display(axis: DrawnAxis, at: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> list[float]:
    if axis.scale is None:
        raise NotTakenOverError(f"{axis.channel} has no scale, and an ellipse is stated on the display")
    return [float(value) for value in to_linear(axis.scale, at)]
