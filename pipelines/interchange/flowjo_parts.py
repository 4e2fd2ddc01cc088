"""Shapes as FlowJo can hold them: rectangles of at most two axes, one within the other, polygons, and unions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from tregate.gating.event_subsets import Block, EventSubset
from tregate.gating.events import Gated, Prepared
from tregate.gating.geometry.contains import Mask
from tregate.gating.geometry.scaled import to_linear, to_scaled
from tregate.gating.geometry.scales import BiexScale, LinearScale, LogScale, Scale
from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Quadric, Range, Shape, Slices
from tregate.gating.units import Marker
from tregate.pipelines.interchange.as_polygons import as_polygons
from tregate.pipelines.interchange.tree_writer import NoFormError

ANY_TOP = 262_144.0
"""Top of a channel whose file states none."""

_KINDS = {Polygon: "a polygon of another scale", Ellipse: "an ellipse", Quadric: "a learned boundary"}
Part = tuple[Range, ...] | Polygon


@dataclass(frozen=True, slots=True)
class Parts:
    """A union of chains; the parts of a chain lie one within the other."""

    chains: tuple[tuple[Part, ...], ...]
    form: str
    """Element, with what became of a shape that FlowJo does not have."""


def display_scales(prepared: Prepared, gated: Gated) -> dict[int, Scale]:
    """Parameter -> the one scale that FlowJo has for it: what most polygons and curves lie on, else the strategy's."""
    drawn: dict[int, Counter[Scale]] = {}
    bound = prepared.binding.channels
    for gate in gated.gates:
        for axis in _curved(gate.shape):
            drawn.setdefault(bound[axis.marker], Counter())[axis.scale] += 1
    found: dict[int, Scale] = {
        i: LinearScale(parameter.top or ANY_TOP) for i, parameter in enumerate(prepared.sample.parameters)
    }
    found.update({i: prepared.seen_axis(marker).scale for marker, i in bound.items()})
    found.update({i: scales.most_common(1)[0][0] for i, scales in drawn.items()})
    return found


def _curved(shape: Shape | None) -> tuple[Axis, ...]:
    match shape:
        case Polygon():
            return (shape.x, shape.y)
        case Ellipse() | Quadric() if len(shape.axes) == 2:
            return shape.axes
    return ()


def parts_of(shape: Shape, scales: Mapping[int, Scale], prepared: Prepared, parent: Mask) -> Parts:
    """The shape as FlowJo holds it on its scales. `parent`: (n_events,) the events it divides. Raises NoFormError."""
    match shape:
        case Range():
            return Parts(((_checked([shape], scales, prepared, parent),),), "RectangleGate")
        case Box():
            sides = shape.sides
            pairs = [sides[i : i + 2] for i in range(0, len(sides), 2)]
            chain = tuple(_checked(pair, scales, prepared, parent) for pair in pairs)
            more = "" if len(chain) == 1 else f", {len(chain)} within each other"
            return Parts((chain,), f"RectangleGate{more}")
        case Slices():
            kept = shape.kept or ((0.0, 0.0),)
            ranges = [Range(shape.axis, *ends) for ends in kept]
            union = tuple((_checked([one], scales, prepared, parent),) for one in ranges)
            return Parts(union, "RectangleGate" if len(union) == 1 else f"OrNode of {len(union)} ranges")
        case Polygon() | Ellipse() | Quadric():
            return _polygons(shape, scales, prepared, parent)
        case _:
            assert_never(shape)


def _polygons(
    shape: Polygon | Ellipse | Quadric, scales: Mapping[int, Scale], prepared: Prepared, parent: Mask
) -> Parts:
    own = (shape.x, shape.y) if isinstance(shape, Polygon) else shape.axes
    if len(own) != 2:
        kind = "a learned boundary" if isinstance(shape, Quadric) else "an ellipse"
        raise NoFormError(f"it is {kind} on {len(own)} axes, and FlowJo draws gates on two")
    x, y = (Axis(axis.marker, scales[prepared.binding.channels[axis.marker]]) for axis in own)
    if isinstance(shape, Polygon) and (x, y) == own:
        found: tuple[Polygon, ...] = (shape,)
        form = "PolygonGate"
    else:
        found = as_polygons(shape, (x, y), prepared, parent)
        what = _KINDS[type(shape)]
        corners = sum(len(polygon.vertices) for polygon in found)
        form = f"PolygonGate: {what} as {corners:,} corners"
    for polygon in found:
        corners_of = np.array(polygon.vertices)
        for column, axis in enumerate((x, y)):
            if not np.isfinite(to_scaled(axis.scale, np.ascontiguousarray(corners_of[:, column]))).all():
                raise NoFormError(f"a corner has no finite position on the logarithmic scale of {axis.marker}")
            _no_event_beyond(axis, [float(v) for v in corners_of[:, column]], prepared, parent)
    return Parts(tuple((polygon,) for polygon in found), form)


def _checked(
    sides: Sequence[Range], scales: Mapping[int, Scale], prepared: Prepared, parent: Mask
) -> tuple[Range, ...]:
    for side in sides:
        axis = Axis(side.axis.marker, scales[prepared.binding.channels[side.axis.marker]])
        _no_event_beyond(axis, [one for one in (side.low, side.high) if one is not None], prepared, parent)
    return tuple(sides)


def _no_event_beyond(axis: Axis, limits: Sequence[float], prepared: Prepared, parent: Mask) -> None:
    """FlowJo puts an event beyond an end of a logarithmic axis on that end: a limit there would tell none apart."""
    low, high = _ends(axis.scale)
    below = [one for one in limits if one <= low]
    above = [one for one in limits if one >= high]
    if not below and not above:
        return
    rows = np.flatnonzero(parent)
    values = EventSubset(Block(prepared, 0, prepared.n_events)).thinned(rows).values(Marker(axis.marker))
    for named, end, beyond in ((below, low, values < low), (above, high, values > high)):
        if named and beyond.any():
            count = int(np.count_nonzero(beyond))
            raise NoFormError(
                f"{named[0]:.6g} lies beyond the end of FlowJo's axis of {axis.marker} ({end:.6g}), "
                f"where it puts the {count:,} events beyond it"
            )


def _ends(scale: Scale) -> tuple[float, float]:
    """Lowest and highest linear intensity that the scale tells apart in FlowJo."""
    if isinstance(scale, LogScale):
        return float(to_linear(scale, np.array([0.0]))[0]), float("inf")
    if isinstance(scale, BiexScale):
        low, high = to_linear(scale, np.array([0.0, 1.0]))
        return float(low), float(high)
    return -float("inf"), float("inf")
