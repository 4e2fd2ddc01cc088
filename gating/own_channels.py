"""A gate as a channel of its own, for programs without its shape: a range on that channel holds the same events.

The sign of a rounded score may be another than that of the score, so the values next to the limit are set by the
membership of each event, not by rounding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tregate.gating.event_subsets import Block, EventSubset
from tregate.gating.events import Parameter, PlacedGate, Prepared, Sample
from tregate.gating.geometry.contains import contains
from tregate.gating.geometry.quadric import score
from tregate.gating.geometry.scaled import FloatArray, to_scaled
from tregate.gating.geometry.scales import LinearScale
from tregate.gating.geometry.shapes import Axis, Ellipse, Quadric, Range
from tregate.gating.units import Channel, Marker, PopulationName

SCORE_LIMIT, SCORE_TOP = 100.0, 200.0
"""The boundary on a channel of scores, and its top: it runs from 0, since axes of other programs begin there."""
MEMBER_LIMIT, MEMBER_TOP = 0.5, 2.0
"""The same of a channel of membership, 0 or 1."""


@dataclass(frozen=True, slots=True)
class OwnChannel:
    """A channel that marks which events one gate contains among those of its parent."""

    population: PopulationName
    name: str
    values: npt.NDArray[np.float32]
    """(n_events,)"""
    limit: float
    """Events from here on are in the gate."""
    top: float

    @property
    def shape(self) -> Range:
        """The gate on this channel."""
        return Range(Axis(Marker(self.name), LinearScale(self.top)), self.limit, None)


def own_channel(placed: PlacedGate, prepared: Prepared, prefix: str) -> OwnChannel:
    """The channel of a gate that has a shape. `prefix`: what its name begins with.

    A learned boundary or an ellipse gives its score, 100 on the boundary and one more per unit, from 0 to 200; any
    other shape 0 or 1. An event without a score (the logarithm of 0) has 0.
    """
    assert placed.shape is not None
    events = EventSubset(Block(prepared, 0, prepared.n_events))
    inside = contains(placed.shape, events)
    name = _plain(str(placed.population))
    if not isinstance(placed.shape, Quadric | Ellipse):
        return OwnChannel(
            placed.population, f"{prefix}in {name}", inside.astype(np.float32), MEMBER_LIMIT, MEMBER_TOP
        )  # fmt: skip
    positions = [to_scaled(axis.scale, events.values(axis.marker)) for axis in placed.shape.axes]
    above = np.nan_to_num(_above(placed.shape, positions), nan=-np.inf)
    values = np.clip(SCORE_LIMIT + above, 0.0, SCORE_TOP).astype(np.float32)
    limit = np.float32(SCORE_LIMIT)
    below = np.nextafter(limit, np.float32(0.0))
    values = np.where(inside, np.maximum(values, limit), np.minimum(values, below))
    return OwnChannel(placed.population, f"{prefix}score {name}", values, SCORE_LIMIT, SCORE_TOP)


def _above(shape: Quadric | Ellipse, positions: list[FloatArray]) -> FloatArray:
    """How far the score of each event lies above the boundary, (n,)."""
    with np.errstate(invalid="ignore", over="ignore"):
        if isinstance(shape, Quadric):
            return score(shape, positions) - shape.cut
        centers = [to_scaled(axis.scale, np.array([at])) for axis, at in zip(shape.axes, shape.center, strict=True)]
        away = [x - center[0] for x, center in zip(positions, centers, strict=True)]
        form = np.linalg.inv(np.array(shape.covariance))
        left = np.full(len(away[0]), shape.distance_square)
        for i, one in enumerate(away):
            for j, other in enumerate(away):
                left -= form[i, j] * one * other
        return left


def renamed(prepared: Prepared, names: Sequence[str]) -> Prepared:
    """The tube with other names of channels; axes that a strategy computes keep theirs. `names`: of the file's."""
    named = [replace(one, name=Channel(name)) for one, name in zip(prepared.sample.parameters, names, strict=False)]
    parameters = (*named, *prepared.sample.parameters[len(named) :])
    data_set = replace(prepared.sample.data_set, parameters=parameters)
    return replace(prepared, sample=replace(prepared.sample, data_set=data_set))


def with_own_channels(prepared: Prepared, own: Sequence[OwnChannel]) -> Prepared:
    """The tube with these channels after those of its file, each bound to a marker of its name."""
    if not own:
        return prepared
    parameters = prepared.sample.parameters
    first = sum(not one.computed for one in parameters)
    added = [Parameter(first + i, Channel(one.name), "", 32, one.top) for i, one in enumerate(own)]
    after = [replace(one, index=one.index + len(own)) for one in parameters[first:]]
    data_set = replace(prepared.sample.data_set, parameters=(*parameters[:first], *added, *after))
    stored = _WithOwn(prepared.sample, first, tuple(one.values for one in own))
    bound = {marker: i + len(own) if i >= first else i for marker, i in prepared.binding.channels.items()}
    bound |= {Marker(one.name): first + i for i, one in enumerate(own)}
    scales = {Marker(one.name): LinearScale(one.top) for one in own}
    return replace(
        prepared,
        sample=replace(prepared.sample, data_set=data_set, stored=stored),
        binding=replace(prepared.binding, channels=bound),
        scales={**prepared.scales, **scales},
    )


@dataclass(frozen=True, slots=True)
class _WithOwn:
    """Stored events with further columns in the midst: after the file's and before the computed ones."""

    sample: Sample
    first: int
    values: tuple[npt.NDArray[np.float32], ...]

    def column(self, index: int, start: int, stop: int) -> npt.NDArray[np.generic]:
        if index < self.first:
            return self.sample.stored.column(index, start, stop)
        if index < self.first + len(self.values):
            return self.values[index - self.first][start:stop]
        return self.sample.stored.column(index - len(self.values), start, stop)

    def rows(self, start: int, stop: int) -> None:
        """The further columns are in no row of the file."""
        return

    def masks(self) -> Mapping[int, int]:
        return self.sample.stored.masks()

    def passed(self, start: int, stop: int) -> None:
        self.sample.stored.passed(start, stop)


def _plain(text: str) -> str:
    return "".join("_" if c in ",/" or not c.isprintable() else c for c in text)
