"""Hypothesis strategies for tubes and for the fixed strategies that gate them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from tregate.fixtures.fcs import Encoding, Parameter, write_fcs
from tregate.gating.strategy.schema import ALL, Strategy

STAINS = ("CD3", "CD4", "CD8", "CD25")
DETECTORS = ("FL1-A", "FL2-A", "FL3-A", "FL4-A")
MARKERS = ("FSC-A", "SSC-A", *STAINS, "Time")
STRATEGY_TOP = 2.0**18
STEPS = 64
"""Strategies and tubes share a grid of so many steps, so that events lie on the edges of gates."""

OFF_GRID = 1.0 + 2.0**-20 * 0.6180339887
"""Edges for compensated values: another order of the same arithmetic moves these by one bit, so no event may
lie on an edge to the last bit."""


@dataclass(frozen=True)
class DrawnTube:
    """A file to be, and what is known about it."""

    parameters: tuple[Parameter, ...]
    values: npt.NDArray[np.float64]
    encoding: Encoding
    spill: npt.NDArray[np.float64] | None
    """(4, 4) on DETECTORS; None: the file has no matrix."""

    def write(self, path: Path) -> Path:
        spill = None if self.spill is None else (DETECTORS, self.spill)
        write_fcs(path, self.values, self.parameters, self.encoding, spill, {"$TIMESTEP": "0.25"})
        return path


@st.composite
def tubes(draw: st.DrawFn, compensated: bool) -> DrawnTube:
    """200 to 700 events on seven channels: grid values, a continuum, negatives and values off scale."""
    integers = draw(st.booleans())
    logarithmic = integers and draw(st.booleans())
    parameters = []
    for name, stain in (("FSC-A", ""), ("SSC-A", ""), *zip(DETECTORS, STAINS, strict=True)):
        span = 2 ** draw(st.sampled_from((16, 18, 20, 22)))
        gain = draw(st.sampled_from((None, 1.0, 2.0, 4.0))) if not stain else None
        log = (4.0, draw(st.sampled_from((0.0, 1.0)))) if logarithmic and stain else None
        parameters.append(Parameter(name, stain, 1024 if log else span, log, gain))
    parameters.append(Parameter("Time", "", 2**20))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(200, 700))
    values = np.stack([_column(p, n, integers, rng) for p in parameters], axis=1)
    spill = None
    if compensated:
        spill = np.eye(4) + np.where(np.eye(4) > 0, 0.0, rng.uniform(0.0, 0.22, (4, 4)))
        spill = np.round(spill, 7)
    order = draw(st.sampled_from(("little", "big")))
    encoding = Encoding(datatype="I" if integers else "F", byteorder=order)
    return DrawnTube(tuple(parameters), values, encoding, spill)


def _column(parameter: Parameter, n: int, integers: bool, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    grid = rng.integers(0, STEPS + 1, n) * (parameter.range / STEPS)
    tail = np.exp(rng.uniform(0, np.log(parameter.range * 1.2), n)) * np.where(rng.random(n) < 0.2, -0.01, 1)
    values = np.where(rng.random(n) < 0.4, grid, tail)
    return np.floor(values) if integers else values.astype(np.float32).astype(np.float64)


@st.composite
def fixed_strategies(draw: st.DrawFn, compensated: bool) -> Strategy:
    """One to nine populations: every shape, every scale, every logic, any hierarchy."""
    scales = {marker: draw(_scale(marker)) for marker in MARKERS}
    populations: dict[str, dict[str, Any]] = {}
    for i in range(draw(st.integers(1, 9))):
        before = list(populations)
        if before and draw(st.integers(0, 3)) == 0:
            populations[f"P{i}"] = draw(_logic(before))
        else:
            populations[f"P{i}"] = draw(_gate(before, scales, compensated))
    return Strategy.model_validate(
        {
            "strategy": "drawn",
            "panel": {"markers": {stain: {"aliases": []} for stain in STAINS}},
            "compensation": "file" if compensated else "none",
            "scales": scales,
            "populations": populations,
        }
    )


@st.composite
def _scale(draw: st.DrawFn, marker: str) -> dict[str, Any]:
    kind = "linear" if marker == "Time" else draw(st.sampled_from(("linear", "logicle", "asinh", "log")))
    spec: dict[str, Any] = {"kind": kind, "top": STRATEGY_TOP}
    if kind != "linear":
        spec["decades"] = draw(st.sampled_from((3.5, 4.0, 4.5, 5.0)))
    if kind == "logicle":
        spec |= {"linear": draw(st.sampled_from((0.2, 0.5, 1.0))), "negative": draw(st.sampled_from((0.0, 0.5)))}
    if kind == "asinh":
        spec["negative"] = draw(st.sampled_from((0.0, 0.5, 1.0)))
    return spec


@st.composite
def _number(draw: st.DrawFn, marker: str, scales: dict[str, Any], compensated: bool) -> float:
    """A linear intensity on the axis: on the grid, down the decades, or below zero where the axis has that."""
    how = draw(st.integers(0, 5))
    if how < 3:
        value = draw(st.integers(1, STEPS)) * STRATEGY_TOP / STEPS
    elif how < 5 or scales[marker]["kind"] == "log":
        value = STRATEGY_TOP * 10.0 ** (-draw(st.integers(0, 35)) / 10)
    else:
        value = -STRATEGY_TOP * 10.0 ** (-draw(st.integers(15, 40)) / 10)
    return value * OFF_GRID if compensated else value


@st.composite
def _interval(draw: st.DrawFn, marker: str, scales: dict[str, Any], compensated: bool) -> tuple[float, float]:
    numbers = st.tuples(_number(marker, scales, compensated), _number(marker, scales, compensated))
    low, high = draw(numbers.filter(lambda pair: pair[0] != pair[1]).map(sorted))
    return low, high


@st.composite
def _gate(draw: st.DrawFn, before: list[str], scales: dict[str, Any], compensated: bool) -> dict[str, Any]:
    kind = draw(st.sampled_from(("range", "box", "polygon", "ellipse")))
    count = {"range": 1, "polygon": 2}.get(kind) or draw(st.integers(2, 3))
    axes = draw(st.permutations(MARKERS))[:count]
    gate: dict[str, Any] = {"kind": kind}
    if kind in ("range", "box"):
        sides = []
        for axis in axes:
            low, high = draw(_interval(axis, scales, compensated))
            open_side = draw(st.sampled_from(("none", "low", "high")))
            sides.append((None if open_side == "low" else low, None if open_side == "high" else high))
        gate |= {"low": sides[0][0], "high": sides[0][1]} if kind == "range" else {"sides": sides}
    elif kind == "polygon":
        corner = st.tuples(*(_number(axis, scales, compensated) for axis in axes))
        gate["vertices"] = draw(st.lists(corner, min_size=3, max_size=8, unique=True))
    else:
        gate["center"] = tuple(draw(_number(axis, scales, compensated)) for axis in axes)
        spread = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).normal(0, 0.3, (count, count))
        covariance = spread @ spread.T + 0.003 * np.eye(count)
        gate["covariance"] = [
            [float((covariance[i, j] + covariance[j, i]) / 2) for j in range(count)] for i in range(count)
        ]
        gate["distance_square"] = draw(st.floats(0.1, 8.0))
    return {"parent": draw(st.sampled_from((ALL, *before))), "axes": list(axes), "gate": gate}


@st.composite
def _logic(draw: st.DrawFn, before: list[str]) -> dict[str, Any]:
    some = st.lists(st.sampled_from(before), max_size=3, unique=True)
    parts = {"all_of": draw(some), "any_of": draw(some), "none_of": draw(some)}
    if not any(parts.values()):
        parts[draw(st.sampled_from(sorted(parts)))] = [draw(st.sampled_from(before))]
    logic: dict[str, Any] = {key: names for key, names in parts.items() if names}
    parent = draw(st.sampled_from((None, ALL, *before)))
    if set(logic) == {"none_of"} and parent is None:
        parent = ALL
    return logic if parent is None else {**logic, "parent": parent}
