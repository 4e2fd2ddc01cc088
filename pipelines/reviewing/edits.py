"""What a person drew on the screen -> the shape: positions on the scaled axes become linear intensities.

| shape | an edit holds |
|---|---|
| range | `range`: [low, high], null where open |
| box | `sides`: [low, high] an axis |
| slices | `kept`: [low, high] a stretch |
| polygon | `vertices`: [x, y] a corner, 3 at least |
| ellipse | `center`, and `covariance` of the first two axes |
| learned boundary | `cut`: what is added to its threshold |
| any but the last | `step`: [dx, dy], by which all of it moves |

A number that was not touched keeps every bit; a touched one has six significant digits, as a person would write it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, assert_never

from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Quadric, Range, Shape, Slices
from tregate.gating.placement.view import off_scale, on_scale

Edit = Mapping[str, Any]
UNTOUCHED = 1e-9
"""Distance on the scale below which a number counts as not moved."""


class EditError(ValueError):
    """What was drawn is no gate; the message says why."""


def edit_of(shape: Shape) -> dict[str, Any]:
    """The shape as the page edits it: positions on the scaled axes."""
    match shape:
        case Range():
            return {"range": _ends(shape)}
        case Box():
            return {"sides": [_ends(side) for side in shape.sides]}
        case Slices():
            return {"kept": [[_at(shape.axis, low), _at(shape.axis, high)] for low, high in shape.kept]}
        case Polygon():
            return {"vertices": [[on_scale(shape.x, x), on_scale(shape.y, y)] for x, y in shape.vertices]}
        case Ellipse():
            center = [on_scale(axis, value) for axis, value in zip(shape.axes, shape.center, strict=True)]
            covariance = [list(row[:2]) for row in shape.covariance[:2]]
            return {"center": center[:2], "covariance": covariance, "distance_square": shape.distance_square}
        case Quadric():
            return {"cut": 0.0}
        case _:
            assert_never(shape)


def edited(shape: Shape, edit: Edit) -> Shape:
    """The shape as it was drawn. Raises EditError where that is none."""
    try:
        if "step" in edit:
            return _stepped(shape, [_number(value) for value in edit["step"]])
        return _drawn(shape, edit)
    except (KeyError, TypeError, IndexError, ValueError, OverflowError) as error:
        if isinstance(error, EditError):
            raise
        raise EditError(f"the gate cannot be read ({type(error).__name__})") from None


def _drawn(shape: Shape, edit: Edit) -> Shape:
    match shape:
        case Range():
            return _range(shape, edit["range"])
        case Box():
            if len(edit["sides"]) != len(shape.sides):
                raise EditError("a box keeps its number of sides")
            return Box(tuple(_range(side, ends) for side, ends in zip(shape.sides, edit["sides"], strict=True)))
        case Slices():
            return _slices(shape, edit["kept"])
        case Polygon():
            return _polygon(shape, edit["vertices"])
        case Ellipse():
            return _ellipse(shape, edit)
        case Quadric():
            return replace(shape, cut=shape.cut + _number(edit["cut"]))
        case _:
            assert_never(shape)


def _stepped(shape: Shape, step: Sequence[float]) -> Shape:
    """All of the shape, moved on its first two axes."""
    dx, dy = step[0], step[1] if len(step) > 1 else 0.0
    was = edit_of(shape)
    match shape:
        case Range():
            return edited(shape, {"range": _moved(was["range"], dx)})
        case Slices():
            return edited(shape, {"kept": [_moved(ends, dx) for ends in was["kept"]]})
        case Box():
            by = [dx, dy, *[0.0] * len(shape.sides)]
            return edited(shape, {"sides": [_moved(ends, d) for ends, d in zip(was["sides"], by, strict=False)]})
        case Polygon():
            return edited(shape, {"vertices": [[x + dx, y + dy] for x, y in was["vertices"]]})
        case Ellipse():
            x, y = was["center"]
            return edited(shape, {**was, "center": [x + dx, y + dy]})
        case Quadric():
            raise EditError("a learned boundary has no step: its threshold can be moved")
        case _:
            assert_never(shape)


def _moved(ends: Sequence[float | None], by: float) -> list[float | None]:
    return [None if end is None else end + by for end in ends]


def _range(was: Range, ends: Sequence[Any]) -> Range:
    low, high = (_linear(was.axis, end, old) for end, old in zip(ends, (was.low, was.high), strict=True))
    if low is not None and high is not None and low >= high:
        raise EditError("the lower edge is above the upper one")
    if low is None and high is None:
        raise EditError("a gate needs an edge")
    return Range(was.axis, low, high)


def _slices(was: Slices, kept: Sequence[Sequence[Any]]) -> Slices:
    known = {_at(was.axis, end): end for pair in was.kept for end in pair if end is not None}
    made = []
    for ends in kept:
        low, high = (_linear(was.axis, end, known.get(end)) for end in ends)
        if low is not None and high is not None and low >= high:
            raise EditError("a stretch ends before it begins")
        made.append((low, high))
    if not made:
        raise EditError("no stretch is kept")
    return Slices(was.axis, tuple(made))


def _polygon(was: Polygon, vertices: Sequence[Sequence[Any]]) -> Polygon:
    if len(vertices) < 3:
        raise EditError(f"a polygon of {len(vertices)} corners has no inside")
    before = [*was.vertices] if len(vertices) == len(was.vertices) else [None] * len(vertices)
    corners = []
    for (x, y), old in zip(vertices, before, strict=True):
        ox, oy = (None, None) if old is None else old
        corners.append((_there(was.x, x, ox), _there(was.y, y, oy)))
    return Polygon(was.x, was.y, tuple(corners))


def _ellipse(was: Ellipse, edit: Edit) -> Ellipse:
    drawn = [*zip(was.axes, edit["center"], was.center, strict=False)]
    center = (*(_there(axis, at, old) for axis, at, old in drawn), *was.center[len(drawn) :])
    covariance = [list(row) for row in was.covariance]
    wanted = edit.get("covariance")
    if wanted is not None and any(wanted[i][j] != was.covariance[i][j] for i in (0, 1) for j in (0, 1)):
        if len(was.axes) > 2:
            raise EditError("an ellipse of more than two axes can be moved, not turned or stretched")
        covariance = [[_number(wanted[i][j]) for j in (0, 1)] for i in (0, 1)]
        covariance[1][0] = covariance[0][1]
    return Ellipse(was.axes, center, tuple(tuple(row) for row in covariance), was.distance_square)


def _ends(side: Range) -> list[float | None]:
    return [_at(side.axis, side.low), _at(side.axis, side.high)]


def _at(axis: Axis, linear: float | None) -> float | None:
    return None if linear is None else on_scale(axis, linear)


def _there(axis: Axis, at: Any, old: float | None) -> float:
    linear = _linear(axis, at, old)
    if linear is None:
        raise EditError("a position is missing")
    return linear


def _linear(axis: Axis, at: Any, old: float | None) -> float | None:
    if at is None:
        return None
    scaled = _number(at)
    if old is not None and abs(on_scale(axis, old) - scaled) < UNTOUCHED:
        return old
    return off_scale(axis, scaled)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e6:
        raise EditError("a position is no number on the axis")
    return float(value)
