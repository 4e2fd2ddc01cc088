"""What a placement method may look at: the parent's events, on any axis, and other populations by name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from tregate.gating.event_subsets import EventSubset
from tregate.gating.events import PlacedGate, Prepared, Scalar
from tregate.gating.geometry.lookup import near_scaled
from tregate.gating.geometry.scaled import FloatArray, to_linear, to_scaled
from tregate.gating.geometry.shapes import Axis, Shape
from tregate.gating.rows import Rows
from tregate.gating.units import Marker, PopulationName


class NotPlaced(Exception):  # noqa: N818 - not an error of the program but an answer of the data
    """The method found no place; the reason is for a technician, the evidence for gates.csv."""

    def __init__(self, reason: str, evidence: Mapping[str, Scalar] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.evidence = dict(evidence or {})


class Placed:
    """A shape in its place, with what the method saw."""

    __slots__ = ("evidence", "fallback", "method", "shape")

    def __init__(self, shape: Shape, evidence: Mapping[str, Scalar], method: str = "", fallback: str = "") -> None:
        self.shape = shape
        self.evidence = dict(evidence)
        self.method = method
        self.fallback = fallback


class ReferenceTubes(Protocol):
    """Other tubes, as far as a place may see them."""

    @property
    def is_baseline(self) -> bool: ...

    def baseline_gate(self, population: str) -> PlacedGate | None: ...

    def borrowed_gate(self, source: str, tube: str | None, population: str) -> PlacedGate | None: ...

    def control(self, tube: str, population: PopulationName, channels: Mapping[str, str]) -> "View | None": ...


class _NoReferences:
    """No other tube is known."""

    is_baseline = True

    def baseline_gate(self, population: str) -> PlacedGate | None:
        return None

    def borrowed_gate(self, source: str, tube: str | None, population: str) -> PlacedGate | None:
        return None

    def control(self, tube: str, population: PopulationName, channels: Mapping[str, str]) -> "View | None":
        return None


NO_REFERENCES = _NoReferences()


class View:
    """The events of the parent of the gate to be placed."""

    def __init__(
        self,
        prepared: Prepared,
        frames: Sequence[EventSubset],
        population: Callable[[PopulationName], "View"],
        name: PopulationName,
        others: "ReferenceTubes",
    ) -> None:
        self._prepared = prepared
        self._frames = frames
        self._population = population
        self.population_name = name
        """The population that is to be placed."""
        self._others = others
        self._thinned: dict[int, Sequence[EventSubset]] = {}
        self._scaled: dict[tuple[Axis, int], FloatArray] = {}

    def __len__(self) -> int:
        return sum(len(frame) for frame in self._frames)

    def of(self, name: str) -> "View":
        """Another population's events."""
        return self._population(PopulationName(name))

    def elsewhere(self, source: str, tube: str | None, population: str) -> PlacedGate | None:
        """The same gate on another tube; only `borrow` asks."""
        return self._others.borrowed_gate(source, tube, population)

    def in_control(self, tube: str) -> "View | None":
        """The same parent's events in a control tube; only `control` asks."""
        bound, parameters = self._prepared.binding.channels, self._prepared.sample.parameters
        channels = {str(marker): str(parameters[index].name) for marker, index in bound.items()}
        return self._others.control(tube, self.population_name, channels)

    def linear(self, marker: str, at_most: int | None = None) -> FloatArray:
        """Compensated linear intensities; every k-th event where there are more than `at_most`."""
        parts = [frame.values(Marker(marker)) for frame in self._every(self._step(at_most))]
        return np.concatenate(parts) if parts else np.empty(0)

    def positions(self, at_most: int | None = None) -> Rows:
        """Indices of the same events in the file, (n,): what labelled tubes are trained by."""
        parts = [frame.positions for frame in self._every(self._step(at_most))]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.intp)

    def _step(self, at_most: int | None) -> int:
        return 1 if at_most is None else max(1, -(-len(self) // at_most))

    def _every(self, step: int) -> Sequence[EventSubset]:
        """Every k-th event; kept, since a method asks for several axes of the same events."""
        if step == 1:
            return self._frames
        if step not in self._thinned:
            passed, thinned = 0, []
            for frame in self._frames:
                thinned.append(frame.thinned(np.arange(-passed % step, len(frame), step)))
                passed += len(frame)
            self._thinned[step] = thinned
        return self._thinned[step]

    def scaled(self, axis: Axis, at_most: int | None = None, every: int = 1) -> FloatArray:
        """The same on the axis' scale, near enough to find a place by (`tregate.gating.geometry.lookup`).

        Kept where `at_most` is given, since methods ask for the same; read-only. `every`: only one in so many of these
        events, for which those that a method left need no computing.
        """
        if at_most is None:
            return self._on_scale(axis, 1)[::every]
        if (axis, at_most) in self._scaled:
            return self._scaled[axis, at_most][::every]
        scaled = self._on_scale(axis, self._step(at_most) * every)
        scaled.flags.writeable = False
        if every == 1:
            self._scaled[axis, at_most] = scaled
        return scaled

    def _on_scale(self, axis: Axis, step: int) -> FloatArray:
        parts = [near_scaled(axis.scale, frame.values(axis.marker)) for frame in self._every(step)]
        return np.concatenate(parts) if parts else np.empty(0)

    def has(self, marker: str) -> bool:
        """Whether this file carries the marker, with more than one value."""
        return Marker(marker) in self._prepared.binding.channels and Marker(marker) not in self._prepared.constant

    @property
    def markers(self) -> tuple[str, ...]:
        """Every marker of the strategy that this file carries, scatter and time included, in the file's order."""
        bound = self._prepared.binding.channels
        return tuple(sorted(map(str, bound), key=lambda marker: bound[Marker(marker)]))

    def axis(self, marker: str) -> Axis:
        return self._prepared.seen_axis(Marker(marker))

    def number(self, marker: str, strategy_number: float) -> float:
        """A number of the strategy in this file's linear intensity."""
        return strategy_number * self._prepared.factors[Marker(marker)]


def on_scale(axis: Axis, linear: float) -> float:
    """One linear intensity on the axis' scale."""
    return float(to_scaled(axis.scale, np.array([linear]))[0])


def off_scale(axis: Axis, scaled: float) -> float:
    """One position on the axis as linear intensity, to six significant digits: what a person would write."""
    return float(f"{to_linear(axis.scale, np.array([scaled]))[0]:.6g}")


def all_off_scale(axis: Axis, scaled: FloatArray) -> list[float]:
    """Several positions on the axis, as `off_scale`."""
    return [float(f"{linear:.6g}") for linear in to_linear(axis.scale, scaled)]
