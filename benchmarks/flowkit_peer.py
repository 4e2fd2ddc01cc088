"""The same gates in FlowKit: what a user would otherwise write, and loop over a folder with."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import quiet
from tregate.gating.events import PlacedGate
from tregate.gating.geometry.scaled import to_scaled
from tregate.gating.geometry.scales import AsinhScale, LinearScale, LogicleScale, LogScale, Scale
from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Quadric, Range, Slices
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.schema import ALL, Strategy

MATRIX = "spill"


def in_flowkit(strategy: Strategy, placed: Mapping[str, PlacedGate], like: Path) -> tuple[Any, dict[str, Any]]:
    """(GatingStrategy, population -> path of its gate) for files with the channels and the matrix of `like`."""
    import flowkit

    prepared = prepare(read(like), strategy)
    names = [str(parameter.name) for parameter in prepared.sample.parameters]
    spilled = {names[i] for i in prepared.compensation.indices}
    gating = flowkit.GatingStrategy()
    if spilled:
        spillover = prepared.sample.data_set.spillovers[0]
        gating.add_comp_matrix(MATRIX, flowkit.Matrix(spillover.matrix, list(map(str, spillover.channels))))
    for marker, scale in prepared.scales.items():
        gating.add_transform(str(marker), _transform(scale))

    def side(axis: Axis, low: float | None, high: float | None) -> Any:
        channel = names[prepared.binding.channels[axis.marker]]
        scaled = [None if at is None else _scaled(axis, at) for at in (low, high)]
        return flowkit.Dimension(channel, MATRIX if channel in spilled else "uncompensated", str(axis.marker), *scaled)

    def shaped(name: str, shape: object) -> Any:
        match shape:
            case Range(axis, low, high):
                return flowkit.gates.RectangleGate(name, [side(axis, low, high)])
            case Slices(axis, kept):
                return flowkit.gates.RectangleGate(name, [side(axis, kept[0][0], kept[-1][1])])
            case Box(sides):
                return flowkit.gates.RectangleGate(name, [side(one.axis, one.low, one.high) for one in sides])
            case Polygon(x, y, vertices):
                corners = [[_scaled(x, a), _scaled(y, b)] for a, b in vertices]
                return flowkit.gates.PolygonGate(name, [side(x, None, None), side(y, None, None)], corners)
            case Ellipse(axes, center, covariance, distance):
                middle = [_scaled(axis, at) for axis, at in zip(axes, center, strict=True)]
                sides = [side(axis, None, None) for axis in axes]
                return flowkit.gates.EllipsoidGate(name, sides, middle, covariance, distance)
            case Quadric(axes):
                # FlowKit has no learned boundary: an ellipsoid on the same axes stands for its cost.
                sides, n = [side(axis, None, None) for axis in axes], len(axes)
                spread = [[0.04 if i == k else 0.0 for k in range(n)] for i in range(n)]
                return flowkit.gates.EllipsoidGate(name, sides, [0.5] * n, spread, 1.0)
        raise ValueError(f"{name} has no shape")

    paths: dict[str, Any] = {}
    below: dict[str, Any] = {ALL: ("root",)}
    for name in strategy.gating_order:
        population = strategy.populations[name]
        path = below[population.parent or ALL]
        if not population.is_logic and (name not in placed or placed[name].shape is None):
            below[name] = path  # a step that this file has no marker for
            continue
        if population.is_logic:
            refs = [(other, False) for other in population.all_of] + [(other, True) for other in population.none_of]
            parents = [{"ref": n, "path": paths[n], "complement": without} for n, without in refs if n in paths]
            gate = flowkit.gates.BooleanGate(name, "and", parents)
        else:
            gate = shaped(name, placed[name].shape)
        gating.add_gate(gate, path)
        paths[name] = path
        below[name] = (*path, name)
    return gating, paths


def _transform(scale: Scale) -> Any:
    from flowkit import transforms

    match scale:
        case LinearScale(top):
            return transforms.LinearTransform(top, 0)
        case LogicleScale(top, decades, linear, negative):
            return transforms.LogicleTransform(top, linear, decades, negative)
        case AsinhScale(top, decades, negative):
            return transforms.AsinhTransform(top, decades, negative)
        case LogScale(top, decades):
            return transforms.LogTransform(top, decades)


def _scaled(axis: Axis, linear: float) -> float:
    import numpy as np

    return float(to_scaled(axis.scale, np.array([linear]))[0])


def gate_file(path: Path, gating: Any, cache: bool = False) -> Any:
    """Read and gate one file; the results object."""
    import flowkit

    with quiet():
        return gating.gate_sample(flowkit.Sample(path, sample_id=path.name, subsample=1), cache_events=cache)


def loop(folder: Path, kinds: Sequence[tuple[str, Path]], strategies: Mapping[str, tuple[Any, Any]]) -> int:
    """Events of all gates of all files: what the loop is for, in one number."""
    total = 0
    for kind, path in kinds:
        gating, paths = strategies[kind]
        results = gate_file(folder / path, gating)
        total += sum(results.get_gate_count(name, gate_path) for name, gate_path in paths.items())
    return total


def main(study: str, pickled: str) -> None:
    """A FlowKit loop over a trial, as a command of its own: `flowkit_peer STUDY GATES`."""
    import pickle

    rows, gates = pickle.loads(Path(pickled).read_bytes())
    strategies = {kind: in_flowkit(strategy, placed, like) for kind, (strategy, placed, like) in gates.items()}
    print(loop(Path(study), rows, strategies))


if __name__ == "__main__":
    main(*sys.argv[1:])
