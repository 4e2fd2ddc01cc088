"""Drawn gates of one sample on one file: a strategy of fixed shapes, the places, and what is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np
from pydantic import ValidationError

from tregate.gating.events import PlacedGate, Sample
from tregate.gating.geometry import scales
from tregate.gating.geometry.scaled import FloatArray, to_scaled
from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Quadric, Range, Shape, axes_of
from tregate.gating.strategy.computed import ComputedAxis
from tregate.gating.strategy.schema import ALL, ScaleSpec, Strategy
from tregate.gating.units import PopulationName
from tregate.pipelines.interchange.dependent_gates import refuse_what_depends
from tregate.pipelines.interchange.drawn import DrawnGate, DrawnLogic, DrawnSample, DrawnShape
from tregate.pipelines.interchange.drawn_axes import DrawnAxes
from tregate.pipelines.interchange.flowjo_gates import NotTakenOverError
from tregate.pipelines.interchange.gates_checked import unusable
from tregate.pipelines.interchange.strategy_names import StrategyNames

FARTHEST = 1e29
"""Stands for an open limit where a range has no other."""
MOST_AXES = 12


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What became of the gates of one sample."""

    strategy: Strategy | None
    """None where nothing was taken over."""
    plain: Mapping[str, Any]
    """The strategy as YAML values."""
    placed: Mapping[PopulationName, PlacedGate]
    refused: Mapping[str, str]
    """Path -> why, of every gate that is not in the strategy."""
    uses_matrix: bool
    names: Mapping[str, str]
    """Path -> name of the population, of every gate that is in the strategy."""


def take_over(drawn: DrawnSample, sample: Sample, program: str) -> TakenOver:
    """Every gate that a strategy can hold; a gate whose parent or part is refused is refused with it."""
    found = DrawnAxes(drawn, sample)
    shapes: dict[str, Shape] = {}
    refused: dict[str, str] = {gate.path: gate.refused for gate in drawn.gates if gate.refused}
    for gate in drawn.gates:
        if gate.path not in refused and isinstance(gate.what, DrawnShape):
            try:
                shapes[gate.path] = _shape(gate.what, found)
            except NotTakenOverError as error:
                refused[gate.path] = str(error)
    names = StrategyNames(gate.path for gate in drawn.gates)
    while True:
        refuse_what_depends(drawn.gates, refused)
        kept = [gate for gate in drawn.gates if gate.path not in refused]
        uses_matrix = any(
            found.is_compensated(axis) for g in kept if isinstance(g.what, DrawnShape) for axis in g.what.axes
        )
        if not kept:
            return TakenOver(None, {}, {}, refused, uses_matrix, {})
        about = (drawn.name, program)
        plain, placed = _plain_strategy(about, kept, shapes, found, names, uses_matrix=uses_matrix)
        try:
            strategy = Strategy.model_validate(plain)
        except ValidationError as error:
            refused |= _at_fault(error, kept, shapes, names)
            continue
        return TakenOver(strategy, plain, placed, refused, uses_matrix, {g.path: names.of(g.path) for g in kept})


def _plain_strategy(
    about: tuple[str, str], kept: Sequence[DrawnGate], shapes: Mapping[str, Shape], found: DrawnAxes,
    names: StrategyNames, *, uses_matrix: bool,
) -> tuple[dict[str, Any], dict[PopulationName, PlacedGate]]:  # fmt: skip
    """The strategy of these gates as YAML values, and their places. `about`: name of the sample, and the program."""
    name, program = about
    populations: dict[str, Any] = {}
    placed: dict[PopulationName, PlacedGate] = {}
    for gate in kept:
        called, parent = names.of(gate.path), names.of(gate.parent)
        if isinstance(gate.what, DrawnLogic):
            populations[called] = _logic(gate.what, parent, populations, names)
            continue
        assert gate.what is not None
        inside = _inside(gate, names) if gate.what.outside else called
        shape = shapes[gate.path]
        populations[inside] = _shaped(shape, parent)
        if gate.what.outside:
            populations[called] = {"parent": parent, "none_of": [inside]}
        population = PopulationName(inside)
        evidence = {"placed_by": program}
        placed[population] = PlacedGate(population, PopulationName(parent), _plain(shape)[0], shape, evidence)
    # A marker has one scale, and a range is the same on any: that of a polygon or ellipse, where there is one
    kept_shapes = [shapes[gate.path] for gate in kept if gate.path in shapes]
    in_order = sorted(kept_shapes, key=lambda shape: not isinstance(shape, Range | Box))
    used = {axis.marker: axis for shape in in_order for axis in axes_of(shape)}
    plain = {
        "strategy": name or "imported gates",
        "about": f"Fixed shapes, imported from {program}",
        "panel": {"markers": {str(m): {"channel": str(p.name)} for m, p in found.used({*used})}},
        "compensation": "file" if uses_matrix else "none",
        "scales": {
            str(marker): _scale_plain(axis.scale, found.top(marker, axis.scale.top)) for marker, axis in used.items()
        },
        "populations": populations,
    }
    computed = {name: _computed_plain(axis) for name, axis in found.computed.items() if name in map(str, used)}
    if computed:
        plain["computed"] = computed
    return plain, placed


def _inside(gate: DrawnGate, names: StrategyNames) -> str:
    """Name of what a gate lies outside of."""
    return names.helper(f"{gate.path} (inside)")


def _shaped(shape: Shape, parent: str) -> dict[str, Any]:
    """A population of one shape as YAML values."""
    kind, numbers = _plain(shape)
    return {"parent": parent, "axes": [str(axis.marker) for axis in axes_of(shape)], "gate": {"kind": kind, **numbers}}


def _at_fault(
    error: ValidationError, kept: Sequence[DrawnGate], shapes: Mapping[str, Shape], names: StrategyNames
) -> dict[str, str]:
    """Path -> why, of the gates that the language refuses or that use what it refuses; of all where none is named."""
    by_name: dict[object, list[str]] = {
        name: [gate.path] for gate in kept for name in (names.of(gate.path), _inside(gate, names))
    }
    by_marker: dict[object, list[str]] = {}
    for gate in kept:
        for axis in axes_of(shapes[gate.path]) if gate.path in shapes else ():
            by_marker.setdefault(str(axis.marker), []).append(gate.path)
    found: dict[str, str] = {}
    for one in error.errors():
        part, name = (*one["loc"], "", "")[:2]
        why = f"a strategy cannot hold it: {one['msg'].removeprefix('Value error, ')}"
        for path in (by_name if part == "populations" else by_marker).get(name, ()):
            found.setdefault(path, why)
    return found or {gate.path: f"a strategy cannot hold the gates: {error.errors()[0]['msg']}" for gate in kept}


def _shape(drawn: DrawnShape, found: DrawnAxes) -> Shape:
    """The shape on the file's markers. Raises NotTakenOverError where there is none."""
    axes = [found.axis(one) for one in drawn.axes]
    if len(axes) > MOST_AXES:
        raise NotTakenOverError(f"it has {len(axes)} axes and a strategy holds at most {MOST_AXES}")
    shape: Shape
    if drawn.sides:
        ranges = [Range(axis, low, high) for axis, (low, high) in zip(axes, drawn.sides, strict=True)]
        if len(ranges) == 1 and drawn.sides[0] == (None, None):
            ranges = [Range(axes[0], -FARTHEST, None)]
        shape = ranges[0] if len(ranges) == 1 else Box(tuple(ranges))
    elif drawn.vertices:
        shape = Polygon(axes[0], axes[1], drawn.vertices)
    else:
        units = np.array([a.scale.top if one.scale is None else 1.0 for one, a in zip(drawn.axes, axes, strict=True)])
        covariance = np.array(drawn.covariance) / np.outer(units, units)
        shape = _unbounded(drawn, axes, covariance) if drawn.unbounded else _ellipse(drawn, axes, covariance)
    reason = unusable(PlacedGate(PopulationName("gate"), PopulationName(ALL), "imported", shape), None)
    if reason:
        raise NotTakenOverError(reason)
    return shape


def _ellipse(drawn: DrawnShape, axes: list[Axis], covariance: FloatArray) -> Ellipse:
    rows = tuple(tuple(map(float, row)) for row in covariance)
    return Ellipse(tuple(axes), drawn.center, rows, drawn.distance_square)


def _unbounded(drawn: DrawnShape, axes: list[Axis], covariance: FloatArray) -> Quadric:
    """(x - m)' A (x - m) <= d^2 with A the inverse of the matrix: as a form, only A + A' counts."""
    form = np.linalg.inv(covariance)
    form = (form + form.T) / 2
    columns = [to_scaled(a.scale, np.array([c])) for a, c in zip(axes, drawn.center, strict=True)]
    middle = np.concatenate(columns)
    upper = -(np.triu(form) + np.triu(form, 1))
    return Quadric(
        tuple(axes), -float(middle @ form @ middle), tuple(map(float, 2 * form @ middle)),
        tuple(tuple(map(float, row)) for row in upper), -drawn.distance_square, drawn.center,
    )  # fmt: skip


def _logic(what: DrawnLogic, parent: str, populations: dict[str, Any], names: StrategyNames) -> dict[str, Any]:
    made: dict[str, Any] = {"parent": parent}
    of, without = ([names.of(path) for path in paths] for paths in (what.of, what.without))
    if what.kind == "any_of" and without:
        outside = {names.helper(f"not {other}"): other for other in without}
        populations |= {name: {"parent": ALL, "none_of": [other]} for name, other in outside.items()}
        return made | {"any_of": [*of, *outside]}
    if of:
        made[what.kind] = of
    if without:
        made["none_of"] = without
    return made


def _plain(shape: Shape) -> tuple[str, dict[str, Any]]:
    match shape:
        case Range():
            return "range", {"low": shape.low, "high": shape.high}
        case Box():
            return "box", {"sides": [[side.low, side.high] for side in shape.sides]}
        case Polygon():
            return "polygon", {"vertices": [list(vertex) for vertex in shape.vertices]}
        case Ellipse():
            rows = [list(row) for row in shape.covariance]
            numbers = {"center": list(shape.center), "covariance": rows, "distance_square": shape.distance_square}
            return "ellipse", numbers
        case Quadric():
            square = [list(row) for row in shape.square]
            form = {"constant": shape.constant, "linear": list(shape.linear), "square": square, "cut": shape.cut}
            return "quadric", {**form, "at": list(shape.at)}
    raise AssertionError(type(shape).__name__)


def _computed_plain(axis: ComputedAxis) -> dict[str, Any]:
    """What is not the default, as YAML values."""
    return {
        name: list(one) if isinstance(one, tuple) else one
        for name, one in axis.model_dump(exclude_defaults=True).items()
    }


def _scale_plain(scale: scales.Scale, top: float) -> dict[str, Any]:
    """The scale with the file's own top: the strategy's numbers stay as they are."""
    plain: dict[str, Any] = {"top": top or scale.top}
    match scale:
        case scales.LinearScale():
            plain = {"kind": "linear", **plain}
        case scales.LogicleScale():
            numbers = {"decades": scale.decades, "linear": scale.linear, "negative": scale.negative}
            plain = {"kind": "logicle", **plain, **numbers}
        case scales.AsinhScale():
            plain = {"kind": "asinh", **plain, "decades": scale.decades, "negative": scale.negative}
        case scales.LogScale():
            plain = {"kind": "log", **plain, "decades": scale.decades}
        case scales.BiexScale():
            numbers = {"decades": scale.decades, "negative": scale.negative, "width": scale.width}
            plain = {"kind": "biex", **plain, **numbers}
        case _:
            assert_never(scale)
    try:
        ScaleSpec.model_validate(plain)
    except ValidationError:
        return {"kind": "linear", "top": top or 262144.0}
    return plain
