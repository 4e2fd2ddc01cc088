"""The batch's median place of every gate, for gates that borrow from it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from tregate.gating.events import PlacedGate
from tregate.gating.geometry.scaled import to_linear, to_scaled
from tregate.gating.geometry.shapes import Axis, Box, Polygon, Range, Shape, Slices, axes_of
from tregate.gating.units import PopulationName
from tregate.pipelines.tubes.gate_positions import shape_positions
from tregate.pipelines.tubes.records import TubeRecord

AT_LEAST = 3
"""Tubes below which there is no batch to borrow from."""

METHOD = "batch median"


def batch_gates(records: Iterable[TubeRecord]) -> Mapping[str, Mapping[PopulationName, PlacedGate]]:
    """Strategy name -> population -> its gate at the median place of the tubes that found one.

    Gates by fallback, logic and time slices are left out, as are excluded tubes. Ranges and boxes take the
    median of each edge on the scaled axis, polygons of equally many corners that of each corner; of ellipses
    and other polygons the one in the middle of the batch is taken as it is.
    """
    found: dict[tuple[str, PopulationName], list[PlacedGate]] = {}
    for record in records:
        if record.result is None or record.excluded:
            continue
        for gate in record.result.gates:
            if gate.shape is not None and not gate.fallback and not isinstance(gate.shape, Slices):
                found.setdefault((record.strategy_name, gate.population), []).append(gate)
    medians: dict[str, dict[PopulationName, PlacedGate]] = {}
    for (strategy, population), gates in found.items():
        kind = max({type(gate.shape) for gate in gates}, key=lambda k: (_number(gates, k), k.__name__))
        alike = _of_one_scale([gate for gate in gates if type(gate.shape) is kind])
        if len(alike) >= AT_LEAST:
            medians.setdefault(strategy, {})[population] = _median(alike)
    return medians


def _of_one_scale(gates: Sequence[PlacedGate]) -> list[PlacedGate]:
    """Those on the tops of scale that most have: no other tube can borrow the place."""
    tops = [() if one.shape is None else tuple(axis.scale.top for axis in axes_of(one.shape)) for one in gates]
    usual, _ = Counter(tops).most_common(1)[0]
    return [gate for gate, own in zip(gates, tops, strict=True) if own == usual]


def _number(gates: Sequence[PlacedGate], kind: type) -> int:
    return sum(type(gate.shape) is kind for gate in gates)


def _median(gates: Sequence[PlacedGate]) -> PlacedGate:
    shape = _middle_shape([gate.shape for gate in gates if gate.shape is not None])
    if shape is None:
        shape = _medoid(gates).shape
    first = gates[0]
    return PlacedGate(first.population, first.parent, METHOD, shape, {"tubes": len(gates)})


def _middle_shape(shapes: Sequence[Shape]) -> Shape | None:
    ranges = [shape for shape in shapes if isinstance(shape, Range)]
    if len(ranges) == len(shapes):
        return _middle_range(ranges)
    boxes = [shape for shape in shapes if isinstance(shape, Box)]
    if len(boxes) == len(shapes) and len({len(box.sides) for box in boxes}) == 1:
        return Box(tuple(_middle_range(sides) for sides in zip(*(box.sides for box in boxes), strict=True)))
    polygons = [shape for shape in shapes if isinstance(shape, Polygon)]
    if len(polygons) == len(shapes) and len({len(polygon.vertices) for polygon in polygons}) == 1:
        return _middle_polygon(polygons)
    return None


def _middle_polygon(polygons: Sequence[Polygon]) -> Polygon:
    first = polygons[0]
    corners = tuple(
        (
            _middle(first.x, [(polygon.x, polygon.vertices[i][0]) for polygon in polygons]),
            _middle(first.y, [(polygon.y, polygon.vertices[i][1]) for polygon in polygons]),
        )
        for i in range(len(first.vertices))
    )
    return Polygon(first.x, first.y, corners)


def _middle_range(ranges: Sequence[Range]) -> Range:
    axis = ranges[0].axis
    lows = [(r.axis, r.low) for r in ranges if r.low is not None]
    highs = [(r.axis, r.high) for r in ranges if r.high is not None]
    most = len(ranges) / 2
    return Range(
        axis,
        _middle(axis, lows) if len(lows) > most else None,
        _middle(axis, highs) if len(highs) > most else None,
    )


def _middle(axis: Axis, edges: Sequence[tuple[Axis, float]]) -> float:
    """Median of edges, each on its own tube's scale, in linear intensity of the first tube's."""
    scaled = [float(to_scaled(own.scale, np.array([edge]))[0]) for own, edge in edges]
    return float(f"{to_linear(axis.scale, np.array([np.median(scaled)]))[0]:.6g}")


def _medoid(gates: Sequence[PlacedGate]) -> PlacedGate:
    """The gate nearest to the median of the batch's positions; the first where they cannot be compared."""
    places = [[at.scaled for at in shape_positions(gate.shape)] for gate in gates if gate.shape is not None]
    if len({len(place) for place in places}) != 1:
        return gates[0]
    distances = np.abs(np.asarray(places) - np.median(places, axis=0)).sum(axis=1)
    return gates[int(np.argmin(distances))]
