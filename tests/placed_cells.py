"""Cells laid out by hand on the axes' scale, prepared and gated by the real engine.

Positions are given on the scale (0 to 1), where a gate that finds its place looks; the tube holds the linear
intensities that lie there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from counted_tubes import Columns

from tregate.gating.engine import gate
from tregate.gating.events import DataSet, Gated, Parameter, PlacedGate, Prepared, Sample
from tregate.gating.geometry.scaled import to_linear, to_scaled
from tregate.gating.geometry.scales import LogicleScale
from tregate.gating.geometry.shapes import Range
from tregate.gating.placement.view import NO_REFERENCES, ReferenceTubes
from tregate.gating.prepare import prepare
from tregate.gating.strategy.load import strategy_from
from tregate.gating.strategy.schema import Strategy
from tregate.gating.strategy.yaml_source import parse_yaml
from tregate.gating.units import Channel, Marker, PopulationName, is_physical

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Columns_ = Mapping[str, FloatArray]

TOP = 1048576.0
SCALE = LogicleScale(TOP, 4.5, 0.75)
SCALES = "{default: {kind: logicle, linear: 0.75}, FSC-A: linear, FSC-H: linear, FSC-W: linear, Time: linear}"


def linear(position: float) -> float:
    """Linear intensity at a position on the scale."""
    return float(to_linear(SCALE, np.array([position]))[0])


def position(intensity: float) -> float:
    """Position on the scale of a linear intensity."""
    return float(to_scaled(SCALE, np.array([intensity]))[0])


def cells(seed: int, *groups: tuple[int, float, float]) -> FloatArray:
    """Linear intensities of groups of (events, mean, sd), each normal on the scale; in the order given."""
    rng = np.random.default_rng(seed)
    return to_linear(SCALE, np.concatenate([rng.normal(mean, sd, n) for n, mean, sd in groups]))


def group(sizes: tuple[int, ...], which: int) -> BoolArray:
    """Which events are of one of several groups that follow each other."""
    return np.repeat(np.arange(len(sizes)), sizes) == which


@dataclass(frozen=True)
class GatedCells:
    """A tube that was gated."""

    prepared: Prepared
    strategy: Strategy
    gated: Gated

    def gate(self, name: str) -> PlacedGate:
        return next(placed for placed in self.gated.gates if placed.population == name)

    def events(self, name: str) -> int:
        return self.gated.events[PopulationName(name)]

    def mask(self, name: str) -> BoolArray:
        return self.gated.mask(PopulationName(name))

    def threshold(self, name: str) -> float:
        """The one number of a one-sided range, in linear intensity."""
        shape = self.gate(name).shape
        assert isinstance(shape, Range), shape
        (number,) = [edge for edge in (shape.low, shape.high) if edge is not None]
        return number

    def at(self, name: str) -> float:
        """The same on the scale."""
        return position(self.threshold(name))

    def seen(self, name: str, what: str) -> float:
        """One number of the evidence."""
        number = self.gate(name).evidence[what]
        assert isinstance(number, int | float), number
        return float(number)

    def doubt(self, name: str) -> str:
        return str(self.gate(name).evidence.get("doubt", ""))

    def why(self, name: str) -> str:
        """Why a population has no number; "" where it has one."""
        return self.gated.unmeasured.get(PopulationName(name), "")


def sample(columns: Columns_, top: float = TOP) -> Sample:
    """Stained channels are called as their markers; every channel reaches up to `top`."""
    values = np.column_stack(list(columns.values()))
    parameters = tuple(
        Parameter(i, Channel(name if is_physical(name) else f"D{i}-A"), "" if is_physical(name) else name, 32, top)
        for i, name in enumerate(columns)
    )
    return Sample(
        Path("cells.fcs"), DataSet(1, "FCS3.1", "by hand", len(values), parameters, "F", "1,2,3,4"), Columns(values)
    )


def strategy_on(markers: Mapping[str, object], populations: str, more: str = "", scales: str = SCALES) -> Strategy:
    """A strategy whose panel knows these markers; `populations` is YAML, indented by two."""
    stained = ", ".join(f"{name}: []" for name in markers if not is_physical(name))
    head = f"strategy: by hand\ncompensation: none\npanel: {{markers: {{{stained}}}}}\nscales: {scales}\n{more}\n"
    return strategy_from(parse_yaml(f"{head}populations:\n{populations}", "strategy.yaml"), Path())


def gated_cells(
    columns: Columns_,
    populations: str,
    *,
    top: float = TOP,
    more: str = "",
    scales: str = SCALES,
    others: ReferenceTubes | Callable[[Strategy], ReferenceTubes] = NO_REFERENCES,
) -> GatedCells:
    """Prepare and gate a tube. `others`: what it may know of other tubes, or how that is made of the strategy."""
    strategy = strategy_on(columns, populations, more, scales)
    known = others(strategy) if callable(others) else others
    prepared = prepare(sample(columns, top), strategy)
    return GatedCells(prepared, strategy, gate(prepared, strategy, others=known))


def axis_positions(tube: GatedCells, marker: str, intensities: FloatArray) -> FloatArray:
    """Positions on the axis as a placement method saw it."""
    return to_scaled(tube.prepared.seen_axis(Marker(marker)).scale, intensities)
