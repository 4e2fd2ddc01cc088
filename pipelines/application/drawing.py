"""A gate drawn on a plot of a tube becomes the YAML of a strategy: with the same intensities everywhere, or a template.

What is drawn are positions on the scaled axes of that tube; a strategy holds intensities on the scale whose top it
states, and covariances on the scaled axes. A template also holds where its landmarks are in that tube.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tregate.gating.engine import parent_view
from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.geometry.shapes import Axis
from tregate.gating.held_tube import HeldTube
from tregate.gating.placement import NotPlaced
from tregate.gating.placement.view import View, off_scale
from tregate.gating.strategy.gates import TemplateGate
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Marker, PopulationName

PARENT = "parent"
CORNERS = 32
"""Of the polygon that a template makes of an ellipse."""
SAMPLED = 20_000
"""Events of a landmark whose median is taken, as where a template is placed."""
Drawn = Mapping[str, Any]
"""What the page drew: `range`, `sides`, `vertices`, or `center` with `covariance` and `distance_square`."""


def drawn_gate(
    tube: HeldTube, strategy: Strategy, population: str, drawn: Drawn, landmarks: Sequence[str] = ()
) -> dict[str, Any]:
    """Keys of a population as the drawing makes them: its gate, and its axes where the gate had others.

    landmarks: populations, or `parent`, with which the gate moves; none: a gate of fixed intensities.
    Raises ConfigurationError where the drawing is no gate, or a landmark holds too few events in this tube.
    """
    held = HeldTube(replace(tube.order, strategy=strategy), tube.prepared)
    axes = _axes(held, population)
    if wrong := {*landmarks} - {*landmarks_of(strategy, population)}:
        raise _refused(population, f"{', '.join(sorted(wrong))} rests on this gate, so it cannot be a landmark of it.")
    try:
        view = parent_view(held.prepared, strategy, PopulationName(population), {})
        seen = tuple(view.axis(axis) for axis in axes)
        if landmarks:
            gate = {**_template(held, seen, drawn), "landmarks": _medians(held, view, seen, landmarks)}
        else:
            gate = _fixed(held, seen, drawn)
    except NotPlaced as error:
        raise _refused(population, f"the gate cannot be drawn in this tube: {error}.") from None
    except (KeyError, TypeError, IndexError, ValueError, OverflowError):
        words = "the drawing is no gate: a polygon has 3 corners or more, other shapes have a width and a height."
        raise _refused(population, words) from None
    there = strategy.populations[PopulationName(population)].axes
    return {"gate": gate} if tuple(there) == axes else {"axes": list(axes), "gate": gate}


def landmarks_of(strategy: Strategy, population: str) -> list[str]:
    """Populations with which a gate of this one may move: those that do not rest on it."""
    resting = {population}
    while more := {
        name for name, one in strategy.populations.items() if name not in resting and resting & {*one.references}
    }:
        resting |= more
    above = strategy.populations[PopulationName(population)].parent
    return [PARENT, *(str(name) for name in strategy.populations if name not in resting and name != above)]


def _medians(held: HeldTube, view: View, axes: Sequence[Axis], landmarks: Sequence[str]) -> dict[str, list[float]]:
    """Where the landmarks are in this tube."""
    least = int(TemplateGate.model_fields["at_least"].default)
    made = {}
    for name in dict.fromkeys(landmarks):
        events = view if name == PARENT else view.of(name)
        if len(events) < least:
            raise _refused(
                name, f"this landmark has {len(events)} events in this tube, and at least {least} are needed."
            )
        made[name] = _written(held, axes, [float(np.median(events.scaled(axis, SAMPLED))) for axis in axes])
    return made


def _axes(held: HeldTube, population: str) -> tuple[str, ...]:
    """The axes of the plot: the first two of the gate, not those of an alternative for tubes that lack a marker."""
    axes = held.order.strategy.populations[PopulationName(population)].axes
    lacking = [axis for axis in axes if Marker(axis) not in held.prepared.binding.channels]
    if lacking or not axes:
        raise _refused(population, f"this tube has no {', '.join(lacking) or 'plot of the gate'}.")
    return tuple(axes[:2])


def _fixed(held: HeldTube, axes: Sequence[Axis], drawn: Drawn) -> dict[str, Any]:
    if "range" in drawn:
        (low, high) = sorted(_number(end) for end in drawn["range"])
        if len(axes) != 1 or low == high:
            raise ValueError(drawn)
        return {"kind": "range", "low": _written(held, axes, [low])[0], "high": _written(held, axes, [high])[0]}
    if "sides" in drawn:
        (left, right), (low, high) = (sorted(_number(end) for end in ends) for ends in drawn["sides"])
        if left == right or low == high:
            raise ValueError(drawn)
        least, most = _written(held, axes, [left, low]), _written(held, axes, [right, high])
        return {"kind": "box", "sides": [list(ends) for ends in zip(least, most, strict=True)]}
    if "center" in drawn:
        _round(drawn)
        covariance = [[float(f"{_number(value):.6g}") for value in row] for row in drawn["covariance"]]
        return {
            "kind": "ellipse",
            "center": _written(held, axes, drawn["center"]),
            "covariance": covariance,
            "distance_square": float(f"{_number(drawn['distance_square']):.6g}"),
        }
    return {"kind": "polygon", "vertices": _corners(held, axes, drawn["vertices"])}


def _template(held: HeldTube, axes: Sequence[Axis], drawn: Drawn) -> dict[str, Any]:
    if "sides" in drawn:
        (left, right), (low, high) = (sorted(_number(end) for end in ends) for ends in drawn["sides"])
        corners: Any = [[left, low], [right, low], [right, high], [left, high]]
    elif "center" in drawn:
        corners = _round(drawn)
    else:
        corners = drawn["vertices"]
    return {"kind": "template", "vertices": _corners(held, axes, corners)}


def _round(drawn: Drawn) -> list[list[float]]:
    """An ellipse as a polygon of the same area. Raises ValueError where it is none."""
    x, y = (_number(value) for value in drawn["center"])
    matrix = np.array([[_number(value) for value in row] for row in drawn["covariance"]])
    if matrix.shape != (2, 2) or (least := np.linalg.eigvalsh(matrix).min()) <= 0:
        raise ValueError(least)
    turn = 2.0 * math.pi / CORNERS
    reach = math.sqrt(_number(drawn["distance_square"]) * turn / math.sin(turn))
    root = np.linalg.cholesky(matrix)
    around = np.array([[math.cos(k * turn), math.sin(k * turn)] for k in range(CORNERS)])
    return [[x + reach * float(u), y + reach * float(v)] for u, v in around @ root.T]


def _corners(held: HeldTube, axes: Sequence[Axis], corners: Sequence[Sequence[Any]]) -> list[list[float]]:
    made = [_written(held, axes, corner) for corner in corners]
    if len(axes) != 2 or len({tuple(corner) for corner in made}) < 3:
        raise ValueError(corners)
    return made


def _written(held: HeldTube, axes: Sequence[Axis], position: Sequence[Any]) -> list[float]:
    """A position on the scaled axes as intensities of the strategy, to six digits, as a person would write them."""
    return [
        float(f"{off_scale(axis, _number(at)) / held.prepared.factors[axis.marker]:.6g}")
        for axis, at in zip(axes, position, strict=True)
    ]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 100:
        raise ValueError(value)
    return float(value)


def _refused(population: str, message: str) -> ConfigurationError:
    return ConfigurationError([Problem(population, None, message, "Draw it again, or on another tube.")])
