"""Shapes in the elements of Gating-ML 2.0. What has no form there raises NoFormError, in words.

Thresholds are written in linear intensity, without a transformation: that is where tregate compares, so that no
rounding of a scale moves an event. Corners and ellipses lie on their scale, as Gating-ML has it (sections 5.1 and 6.2).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from tregate.gating.geometry.scaled import FloatArray, to_scaled
from tregate.gating.geometry.scales import AsinhScale, BiexScale, LinearScale, LogicleScale, LogScale, Scale
from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Quadric, Range, Shape, Slices
from tregate.gating.strategy.computed import ComputedAxis
from tregate.pipelines.interchange.tree_writer import NoFormError

GATING = "http://www.isac-net.org/std/Gating-ML/v2.0/gating"
TRANSFORMS = "http://www.isac-net.org/std/Gating-ML/v2.0/transformations"
DATA_TYPES = "http://www.isac-net.org/std/Gating-ML/v2.0/datatypes"
LOWEST = -1.7976931348623157e308
"""A side that is open on both ends, where the format wants one limit at least."""


@dataclass(frozen=True, slots=True)
class Formed:
    """A shape as elements without identity."""

    parts: tuple[Element, ...]
    """One element; several are a union."""
    complement: bool = False
    """Whether the gate is what lies outside the one part."""


Dimension = Callable[[Axis, bool], Element]
"""An axis, on its scale or (False) in linear intensity -> a new `dimension` element."""


def formed(shape: Shape, dimension: Dimension) -> Formed:
    """The shape in elements. Raises NoFormError."""
    match shape:
        case Range():
            return Formed((_rectangle([shape], dimension),))
        case Box():
            return Formed((_rectangle(shape.sides, dimension),))
        case Slices():
            kept = shape.kept or ((0.0, 0.0),)
            return Formed(tuple(_rectangle([Range(shape.axis, *ends)], dimension) for ends in kept))
        case Polygon():
            return Formed((_polygon(shape, dimension),))
        case Ellipse():
            center = np.array([_on_scale(a, c) for a, c in zip(shape.axes, shape.center, strict=True)])
            covariance = np.array(shape.covariance, dtype=np.float64)
            return Formed((_ellipsoid(shape.axes, center, covariance, shape.distance_square, dimension),))
        case Quadric():
            return _quadric(shape, dimension)
        case _:
            assert_never(shape)


def transformation(scale: Scale, name: str) -> Element:
    """The scale as a `transformation` element. Raises NoFormError for FlowJo's biexponential axis."""
    match scale:
        case LinearScale():
            kind, numbers = "flin", {"T": scale.top, "A": 0.0}
        case LogicleScale():
            kind = "logicle"
            numbers = {"T": scale.top, "W": scale.linear, "M": scale.decades, "A": scale.negative}
        case AsinhScale():
            kind, numbers = "fasinh", {"T": scale.top, "M": scale.decades, "A": scale.negative}
        case LogScale():
            kind, numbers = "flog", {"T": scale.top, "M": scale.decades}
        case BiexScale():
            raise NoFormError("FlowJo's biexponential scale is no transformation of Gating-ML 2.0")
        case _:
            assert_never(scale)
    element = Element(_t("transformation"), {_t("id"): name})
    SubElement(element, _t(kind), {_t(letter): number_text(value) for letter, value in numbers.items()})
    return element


def ratio_transformation(axis: ComputedAxis, channels: Sequence[str], name: str) -> Element:
    """A ratio of two channels as a `transformation` element."""
    element = Element(_t("transformation"), {_t("id"): name})
    numbers = {"A": axis.factor, "B": axis.minus[0], "C": axis.minus[1]}
    ratio = SubElement(element, _t("fratio"), {_t(letter): number_text(value) for letter, value in numbers.items()})
    for channel in channels:
        SubElement(ratio, _d("fcs-dimension"), {_d("name"): channel})
    return element


def number_text(value: float) -> str:
    """The shortest text that reads back as the same float."""
    return repr(float(value))


def _rectangle(sides: Sequence[Range], dimension: Dimension) -> Element:
    element = Element(_g("RectangleGate"))
    for side in sides:
        made = dimension(side.axis, False)
        # FlowKit wants both limits of a ratio
        ratio = made.find(_d("new-dimension")) is not None
        low = LOWEST if side.low is None and (side.high is None or ratio) else side.low
        high = -LOWEST if side.high is None and ratio else side.high
        for name, limit in (("min", low), ("max", high)):
            if limit is not None:
                made.set(_g(name), number_text(limit))
        element.append(made)
    return element


def _polygon(shape: Polygon, dimension: Dimension) -> Element:
    element = Element(_g("PolygonGate"))
    element.extend([dimension(shape.x, True), dimension(shape.y, True)])
    for x, y in shape.vertices:
        vertex = SubElement(element, _g("vertex"))
        for axis, value in ((shape.x, x), (shape.y, y)):
            SubElement(vertex, _g("coordinate"), {_d("value"): number_text(_on_scale(axis, value))})
    return element


def _ellipsoid(
    axes: Sequence[Axis], center: FloatArray, covariance: FloatArray, distance_square: float, dimension: Dimension
) -> Element:
    if len(axes) < 2:
        raise NoFormError("an ellipsoid of Gating-ML 2.0 needs two axes and this has one")
    element = Element(_g("EllipsoidGate"))
    element.extend([dimension(axis, True) for axis in axes])
    mean = SubElement(element, _g("mean"))
    for value in center:
        SubElement(mean, _g("coordinate"), {_d("value"): number_text(value)})
    matrix = SubElement(element, _g("covarianceMatrix"))
    for row in covariance:
        entries = SubElement(matrix, _g("row"))
        for value in row:
            SubElement(entries, _g("entry"), {_d("value"): number_text(value)})
    SubElement(element, _g("distanceSquare"), {_d("value"): number_text(distance_square)})
    return element


def _quadric(shape: Quadric, dimension: Dimension) -> Formed:
    """Inside or outside of an ellipsoid, where the boundary is closed; every other has no form.

    With s = c + l.x + x'Qx and m = -Q^-1 l / 2: s = c + l.m / 2 + (x - m)' Q (x - m), so that s >= cut is inside an
    ellipsoid of covariance -Q^-1 where Q is negative definite, outside one of Q^-1 where it is positive definite.
    """
    upper = np.array(shape.square, dtype=np.float64)
    form = (upper + upper.T) / 2
    values = np.linalg.eigvalsh(form)
    if not (values.max() < 0 or values.min() > 0) or np.abs(values).min() < 1e-9 * np.abs(values).max():
        raise NoFormError(
            "a learned boundary that is open (plane, paraboloid or hyperboloid) has no form in Gating-ML 2.0"
        )
    linear = np.array(shape.linear, dtype=np.float64)
    center = -np.linalg.solve(form, linear) / 2
    extreme = shape.constant + float(linear @ center) / 2
    outside = bool(values.min() > 0)
    distance = shape.cut - extreme if outside else extreme - shape.cut
    if distance <= 0:
        raise NoFormError("its learned boundary encloses no point, and Gating-ML 2.0 has no ellipsoid without inside")
    covariance = np.linalg.inv(form if outside else -form)
    covariance = (covariance + covariance.T) / 2
    return Formed((_ellipsoid(shape.axes, center, covariance, distance, dimension),), complement=outside)


def _on_scale(axis: Axis, value: float) -> float:
    scaled = float(to_scaled(axis.scale, np.array([value]))[0])
    if not np.isfinite(scaled):
        raise NoFormError(f"a corner at {value:g} has no finite position on the logarithmic scale of {axis.marker}")
    return scaled


def _g(name: str) -> str:
    return f"{{{GATING}}}{name}"


def _t(name: str) -> str:
    return f"{{{TRANSFORMS}}}{name}"


def _d(name: str) -> str:
    return f"{{{DATA_TYPES}}}{name}"
