"""Drawn gates of one sample on one file: a strategy of fixed shapes, the places, and what is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from tregate.gating.events import Parameter, PlacedGate, Sample
from tregate.gating.geometry.scales import AsinhScale, BiexScale, LinearScale, LogicleScale, LogScale, Scale
from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Range, Shape
from tregate.gating.strategy.schema import ALL, ScaleSpec, Strategy
from tregate.gating.units import Marker, PopulationName, is_physical
from tregate.pipelines.interchange.drawn import DrawnAxis, DrawnGate, DrawnLogic, DrawnSample, DrawnShape
from tregate.pipelines.interchange.gates_checked import unusable

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


def take_over(drawn: DrawnSample, sample: Sample, program: str) -> TakenOver:
    """Every gate that a strategy can hold; a gate whose parent or part is refused is refused with it."""
    markers = _markers(sample.parameters)
    # Gating-ML: the compensation of a file that states none is none
    raw = drawn.matrix_of_file and not sample.data_set.spillovers
    mixed = frozenset[str]() if raw else _compensated_channels(drawn)
    shapes: dict[str, Shape] = {}
    refused: dict[str, str] = {gate.path: gate.refused for gate in drawn.gates if gate.refused}
    for gate in drawn.gates:
        if gate.path not in refused and isinstance(gate.what, DrawnShape):
            reason, shape = _shape(gate.what, markers, mixed)
            if shape is None:
                refused[gate.path] = reason
            else:
                shapes[gate.path] = shape
    _refuse_what_depends(drawn.gates, refused)
    kept = [gate for gate in drawn.gates if gate.path not in refused]
    uses_matrix = not raw and any(
        axis.compensated for g in kept if isinstance(g.what, DrawnShape) for axis in g.what.axes if g.what.axes
    )
    if not kept:
        return TakenOver(None, {}, {}, refused, uses_matrix)
    populations: dict[str, Any] = {}
    placed: dict[PopulationName, PlacedGate] = {}
    for gate in kept:
        parent = gate.parent or ALL
        if isinstance(gate.what, DrawnLogic):
            populations[gate.path] = _logic(gate.what, parent, populations)
            continue
        assert gate.what is not None
        name = f"{gate.path} (inside)" if gate.what.outside else gate.path
        shape = shapes[gate.path]
        kind, numbers = _plain(shape)
        axes = [str(axis.marker) for axis in _axes(shape)]
        populations[name] = {"parent": parent, "axes": axes, "gate": {"kind": kind, **numbers}}
        if gate.what.outside:
            populations[gate.path] = {"parent": parent, "none_of": [name]}
        evidence = {"placed_by": program}
        placed[PopulationName(name)] = PlacedGate(PopulationName(name), PopulationName(parent), kind, shape, evidence)
    plain = {
        "strategy": drawn.name or "imported gates",
        "about": f"Fixed shapes, imported from {program}",
        "panel": {"markers": {str(m): {"channel": str(p.name)} for m, p in _used(shapes, markers)}},
        "compensation": "file" if uses_matrix else "none",
        "scales": {
            str(axis.marker): _scale_plain(axis.scale, markers[axis.marker].top)
            for axis in dict.fromkeys(a for path in shapes if path not in refused for a in _axes(shapes[path]))
        },
        "populations": populations,
    }
    try:
        strategy = Strategy.model_validate(plain)
    except ValidationError as error:
        why = f"the strategy language refuses the gates: {error.errors()[0]['msg']}"
        return TakenOver(None, {}, {}, {**{g.path: why for g in kept}, **refused}, uses_matrix)
    return TakenOver(strategy, plain, placed, refused, uses_matrix)


def _markers(parameters: tuple[Parameter, ...]) -> dict[Marker, Parameter]:
    """Marker -> its channel: the stain where no other channel has it, else the channel's name."""
    names = [str(parameter.name) for parameter in parameters]
    stains = [parameter.stain.strip() for parameter in parameters]
    found: dict[Marker, Parameter] = {}
    for name, stain, parameter in zip(names, stains, parameters, strict=True):
        alone = bool(stain) and stains.count(stain) == 1 and stain not in names and not is_physical(stain)
        found[Marker(stain if alone else name)] = parameter
    return found


def _used(shapes: Mapping[str, Shape], markers: Mapping[Marker, Parameter]) -> list[tuple[Marker, Parameter]]:
    used = {axis.marker for shape in shapes.values() for axis in _axes(shape)}
    return [(marker, parameter) for marker, parameter in markers.items() if marker in used]


def _compensated_channels(drawn: DrawnSample) -> frozenset[str]:
    """Channels whose compensated values some gate uses: they have no other values in a strategy."""
    used = [a for g in drawn.gates if isinstance(g.what, DrawnShape) for a in g.what.axes if a.compensated]
    if drawn.matrix is not None and used:
        return frozenset(drawn.matrix.detectors)
    return frozenset(axis.channel for axis in used)


def _shape(drawn: DrawnShape, markers: Mapping[Marker, Parameter], mixed: frozenset[str]) -> tuple[str, Shape | None]:
    """The shape on the file's markers, or why there is none."""
    axes = []
    for one in drawn.axes:
        marker = _marker(one, markers)
        if marker is None:
            return f"the file has no channel {one.channel}", None
        if not one.compensated and one.channel in mixed:
            return f"it uses uncompensated values of {one.channel}, which other gates use compensated", None
        scale = one.scale if one.scale is not None else LinearScale(markers[marker].top or 262144.0)
        axes.append(Axis(marker, scale))
    if len(axes) > MOST_AXES:
        return f"it has {len(axes)} axes and a strategy holds at most {MOST_AXES}", None
    shape: Shape
    if drawn.sides:
        ranges = [Range(axis, low, high) for axis, (low, high) in zip(axes, drawn.sides, strict=True)]
        if len(ranges) == 1 and drawn.sides[0] == (None, None):
            ranges = [Range(axes[0], -FARTHEST, None)]
        shape = ranges[0] if len(ranges) == 1 else Box(tuple(ranges))
    elif drawn.vertices:
        shape = Polygon(axes[0], axes[1], drawn.vertices)
    else:
        units = [a.scale.top if one.scale is None else 1.0 for one, a in zip(drawn.axes, axes, strict=True)]
        covariance = tuple(
            tuple(value / (units[i] * units[j]) for j, value in enumerate(row))
            for i, row in enumerate(drawn.covariance)
        )
        shape = Ellipse(tuple(axes), drawn.center, covariance, drawn.distance_square)
    name = PopulationName("gate")
    reason = unusable(PlacedGate(name, PopulationName(ALL), "imported", shape), None)
    return (reason, None) if reason else ("", shape)


def _marker(axis: DrawnAxis, markers: Mapping[Marker, Parameter]) -> Marker | None:
    """By the channel's name; FlowJo writes "_" for "/"."""
    for written in (str, lambda name: str(name).replace("/", "_")):
        found = [marker for marker, parameter in markers.items() if written(parameter.name) == axis.channel]
        if len(found) == 1:
            return found[0]
    return None


def _refuse_what_depends(gates: tuple[DrawnGate, ...], refused: dict[str, str]) -> None:
    known = {gate.path for gate in gates}
    changed = True
    while changed:
        changed = False
        for gate in gates:
            if gate.path in refused:
                continue
            parts = (*gate.what.of, *gate.what.without) if isinstance(gate.what, DrawnLogic) else ()
            absent = [part for part in parts if part not in known]
            lost = [part for part in parts if part in refused]
            if gate.parent and gate.parent in refused:
                refused[gate.path] = f"its parent {gate.parent} was refused"
            elif absent or lost:
                what = "is not in the file" if absent else "was refused"
                refused[gate.path] = f"it is made of {(absent or lost)[0]}, which {what}"
            changed = changed or gate.path in refused


def _logic(what: DrawnLogic, parent: str, populations: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"parent": parent}
    if what.kind == "any_of" and what.without:
        for other in what.without:
            populations.setdefault(f"not {other}", {"parent": ALL, "none_of": [other]})
        return made | {"any_of": [*what.of, *(f"not {other}" for other in what.without)]}
    if what.of:
        made[what.kind] = list(what.of)
    if what.without:
        made["none_of"] = list(what.without)
    return made


def _axes(shape: Shape) -> tuple[Axis, ...]:
    from tregate.gating.geometry.shapes import axes_of

    return tuple(axes_of(shape))


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
    raise AssertionError(type(shape).__name__)


def _scale_plain(scale: Scale, top: float) -> dict[str, Any]:
    """The scale with the file's own top: the strategy's numbers stay as they are."""
    plain: dict[str, Any] = {"top": top or scale.top}
    match scale:
        case LinearScale():
            plain = {"kind": "linear", **plain}
        case LogicleScale():
            numbers = {"decades": scale.decades, "linear": scale.linear, "negative": scale.negative}
            plain = {"kind": "logicle", **plain, **numbers}
        case AsinhScale():
            plain = {"kind": "asinh", **plain, "decades": scale.decades, "negative": scale.negative}
        case LogScale():
            plain = {"kind": "log", **plain, "decades": scale.decades}
        case BiexScale():
            numbers = {"decades": scale.decades, "negative": scale.negative, "width": scale.width}
            plain = {"kind": "biex", **plain, **numbers}
    try:
        ScaleSpec.model_validate(plain)
    except ValidationError:
        return {"kind": "linear", "top": top or 262144.0}
    return plain
