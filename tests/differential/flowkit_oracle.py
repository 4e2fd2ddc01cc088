"""A tregate strategy of fixed shapes said in FlowKit's words, so that FlowKit can be asked who is where.

Nothing of `engine`, `geometry`, `panel` or `prepare` of tregate.gating is used: channels are found
by plain equality of the stain, tops come from FlowKit's own reading of `$PnR` and `$PnG`, transforms, spillover
and shapes are FlowKit's. What a translation must know by itself is said where it is done.
"""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import flowkit
import numpy as np
import numpy.typing as npt

from tregate.gating.strategy.gates import BoxGate, EllipseGate, Gate, PolygonGate, RangeGate
from tregate.gating.strategy.schema import ALL, Population, ScaleSpec, Strategy

Masks = dict[str, npt.NDArray[np.bool_]]

MATRIX = "spill"


def flowkit_sample(path: Path) -> flowkit.Sample:
    """The file as FlowKit reads it: log amplification and gain undone, Time in seconds."""
    with warnings.catch_warnings(), path.open("rb") as stream:
        # FlowIO reports an instrument's habit of writing `$PnE 0,0` and the like; the values are right
        warnings.filterwarnings("ignore", category=UserWarning, module=r"flow(io|kit)\b.*")
        return flowkit.Sample(stream, sample_id="tube", subsample=1)


def flowkit_members(
    strategy: Strategy, sample: flowkit.Sample, spill: tuple[Sequence[str], npt.NDArray[np.float64]] | None
) -> Masks:
    """Population -> (n_events,) as FlowKit gates it. `spill` is (`$PnN`, matrix); None: nothing is compensated."""
    translated = _Translation(strategy, sample, spill)
    # FlowKit takes the logarithm of what is below zero: NaN, in no gate
    with np.errstate(divide="ignore", invalid="ignore"):
        results = translated.strategy.gate_sample(sample)
    return {
        name: np.asarray(results.get_gate_membership(name, translated.paths[name])) for name in strategy.populations
    }


class _Translation:
    def __init__(
        self,
        strategy: Strategy,
        sample: flowkit.Sample,
        spill: tuple[Sequence[str], npt.NDArray[np.float64]] | None,
    ) -> None:
        self.source = strategy
        self.strategy = flowkit.GatingStrategy()
        self.paths: dict[str, tuple[str, ...]] = {}
        self.channels = {marker: _channel(sample, strategy, marker) for marker in strategy.markers}
        self.transforms: dict[str, Any] = {}
        self.compensated: frozenset[str] = frozenset()
        if spill is not None:
            detectors, matrix = spill
            self.compensated = frozenset(detectors)
            self.strategy.add_comp_matrix(MATRIX, flowkit.Matrix(matrix, list(detectors)))
        for marker, (_, top) in self.channels.items():
            transform = _transform(_spec(strategy, marker), top)
            self.transforms[marker] = transform
            self.strategy.add_transform(marker, transform)
        self._translate()

    def _translate(self) -> None:
        """Populations after all that they refer to; FlowKit wants parents to exist."""
        waiting = dict(self.source.populations)
        while waiting:
            ready = [n for n, p in waiting.items() if all(r in self.paths or r == ALL for r in _needs(p))]
            assert ready, f"circle among {list(waiting)}"
            for name in ready:
                self._add(name, waiting.pop(name))

    def _add(self, name: str, population: Population) -> None:
        path = self._path_below(population.parent)
        if population.gate is not None:
            self.strategy.add_gate(self._shape(name, population.axes, population.gate), path)
        else:
            refs = [self._ref(other) for other in population.all_of]
            refs += [self._ref(other, complement=True) for other in population.none_of]
            if population.any_of:
                union = f"any for {name}"
                self.paths[union] = ("root",)
                self.strategy.add_gate(
                    flowkit.gates.BooleanGate(union, "or", [self._ref(other) for other in population.any_of]), ("root",)
                )
                refs.append(self._ref(union))
            self.strategy.add_gate(flowkit.gates.BooleanGate(name, "and", refs), path)
        self.paths[name] = path

    def _path_below(self, parent: str | None) -> tuple[str, ...]:
        return ("root",) if parent in (None, ALL) else (*self.paths[str(parent)], str(parent))

    def _ref(self, name: str, complement: bool = False) -> dict[str, object]:
        return {"ref": name, "path": self.paths[name], "complement": complement}

    # ------------------------------------------------------------ shapes

    def _shape(self, name: str, axes: Sequence[str], gate: Gate) -> Any:
        match gate:
            case RangeGate():
                return flowkit.gates.RectangleGate(name, [self._side(axes[0], gate.low, gate.high)])
            case BoxGate():
                sides = [self._side(axis, low, high) for axis, (low, high) in zip(axes, gate.sides, strict=True)]
                return flowkit.gates.RectangleGate(name, sides)
            case PolygonGate():
                corners = [[self._scaled(a, v) for a, v in zip(axes, vertex, strict=True)] for vertex in gate.vertices]
                return flowkit.gates.PolygonGate(name, [self._dimension(axis) for axis in axes], corners)
            case EllipseGate():
                center = [self._scaled(axis, value) for axis, value in zip(axes, gate.center, strict=True)]
                covariance = np.array(gate.covariance)
                dimensions = [self._dimension(axis) for axis in axes]
                return flowkit.gates.EllipsoidGate(name, dimensions, center, covariance, gate.distance_square)
        raise AssertionError(f"{gate.kind} is no fixed shape")

    def _side(self, marker: str, low: float | None, high: float | None) -> Any:
        """Ranges are stated on the transformed axis, where order is the same.

        One exception: FlowKit's logarithm of a negative value is NaN, which is below nothing. With tregate such
        a value is below every `high`, as the eye sees it at the left end of the axis; so a range on a log axis
        that is open below is asked on the linear one.
        """
        if _spec(self.source, marker).kind == "log" and low is None:
            factor = self._factor(marker)
            return self._dimension(marker, None, None if high is None else high * factor, transformed=False)
        return self._dimension(
            marker,
            None if low is None else self._scaled(marker, low),
            None if high is None else self._scaled(marker, high),
        )

    def _dimension(
        self, marker: str, low: float | None = None, high: float | None = None, transformed: bool = True
    ) -> Any:
        channel, _ = self.channels[marker]
        compensation = MATRIX if channel in self.compensated else "uncompensated"
        return flowkit.Dimension(channel, compensation, marker if transformed else None, low, high)

    def _factor(self, marker: str) -> float:
        """The strategy's numbers move with the top of the channel's scale."""
        return self.channels[marker][1] / _spec(self.source, marker).top

    def _scaled(self, marker: str, number: float) -> float:
        return float(self.transforms[marker].apply(np.array([number * self._factor(marker)]))[0])


def _needs(population: Population) -> tuple[str, ...]:
    parent = () if population.parent is None else (population.parent,)
    return (*parent, *population.all_of, *population.any_of, *population.none_of)


def _spec(strategy: Strategy, marker: str) -> ScaleSpec:
    return strategy.scales.get(marker) or strategy.scales.get("default") or ScaleSpec()


def _channel(sample: flowkit.Sample, strategy: Strategy, marker: str) -> tuple[str, float]:
    """`$PnN` and top of the linear scale of the one channel whose stain or name is exactly the marker."""
    entry = strategy.panel.markers.get(marker)
    wanted = marker if entry is None or entry.channel is None else entry.channel
    rows = [i for i, row in sample.channels.iterrows() if wanted in (row["pnn"], row["pns"])]
    assert len(rows) == 1, f"{wanted} is {len(rows)} channels"
    row = sample.channels.loc[rows[0]]
    decades, offset = row["pne"]
    if decades > 0:
        return str(row["pnn"]), float((offset or 1.0) * 10.0**decades)
    step = float(sample.metadata.get("timestep", 1.0)) if rows[0] == sample.time_index else 1.0
    return str(row["pnn"]), float(row["pnr"]) / (float(row["png"]) or 1.0) * step


def _transform(spec: ScaleSpec, top: float) -> Any:
    match spec.kind:
        case "linear":
            return flowkit.transforms.LinearTransform(top, 0)
        case "logicle":
            return flowkit.transforms.LogicleTransform(top, spec.linear, spec.decades, spec.negative)
        case "asinh":
            return flowkit.transforms.AsinhTransform(top, spec.decades, spec.negative)
        case "log":
            return flowkit.transforms.LogTransform(top, spec.decades)


def differing(ours: Mapping[str, npt.NDArray[np.bool_]], theirs: Mapping[str, npt.NDArray[np.bool_]]) -> dict[str, int]:
    """Population -> events on whose membership the two do not agree."""
    assert list(ours) == list(theirs)
    counts = {name: int((ours[name] != theirs[name]).sum()) for name in ours}
    return {name: count for name, count in counts.items() if count}


def stated_spill(sample: flowkit.Sample) -> tuple[list[str], npt.NDArray[np.float64]] | None:
    """The matrix of `$SPILLOVER` or `SPILL` by FlowIO's own parser; None where there is none that names channels."""
    text = sample.metadata.get("spillover") or sample.metadata.get("spill")
    if text is None:
        return None
    tokens = [token.strip() for token in text.split(",")]
    if not tokens[0].isdigit() or len(tokens) != 1 + int(tokens[0]) + int(tokens[0]) ** 2:
        return None
    names = tokens[1 : 1 + int(tokens[0])]
    if not set(names) <= set(sample.pnn_labels):
        return None
    parsed = flowkit.Matrix(text, names)
    return list(parsed.detectors), np.asarray(parsed.matrix, dtype=np.float64)
