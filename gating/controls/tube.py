"""A single-stain control as arrays: one channel per detector, scatter, the top of each scale."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tregate.gating.errors import CompensationError
from tregate.gating.events import Parameter, Sample
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.prepare.ranges import contradicted
from tregate.gating.read.detectors import is_fluorescence, signal
from tregate.gating.read.scatter_names import scatter_name
from tregate.gating.units import Channel

AT_TOP = 0.999
"""Fraction of the top of scale from which a value counts as saturated."""
MOST_EVENTS = 100_000
"""Events of a control that are used, evenly over the acquisition; more make no entry of a matrix more exact."""


@dataclass(frozen=True, slots=True)
class ControlTube:
    """Events of one control, not compensated."""

    name: str
    """File name, with its folders where several controls are called so."""
    channels: tuple[Channel, ...]
    stains: tuple[str, ...]
    """`$PnS` of each channel."""
    events: FloatArray = field(repr=False)
    """(n, channels)"""
    tops: FloatArray = field(repr=False)
    """(channels,) infinite where the file states none, or one far below its values."""
    scatter: FloatArray | None = field(default=None, repr=False)
    """(n, 2) forward and side scatter."""
    area_height: FloatArray | None = field(default=None, repr=False)
    """(n, 2) forward scatter as area and as height."""
    scatter_tops: tuple[float, float] = (float("inf"), float("inf"))

    @property
    def saturated(self) -> npt.NDArray[np.bool_]:
        """(n, channels): at the top of the scale."""
        return np.asarray(self.events >= AT_TOP * self.tops)


def fluorescence_channels(parameters: Sequence[Parameter]) -> tuple[int, ...]:
    """One fluorescence channel per detector, of the feature (area, height) that most detectors have.

    A cytometer that records heights and the area of one detector is compensated by heights.
    """
    found = [p for p in parameters if is_fluorescence(p.name)]
    features = Counter(signal(p.name).feature for p in found)
    order = sorted(features, key=lambda feature: (-features[feature], "AH W".find(feature or " ")))
    chosen: dict[str, Parameter] = {}
    for parameter in sorted(found, key=lambda p: (order.index(signal(p.name).feature), p.index)):
        chosen.setdefault(signal(parameter.name).detector, parameter)
    return tuple(sorted(p.index for p in chosen.values() if signal(p.name).feature != "W"))


def control_tube(sample: Sample, channels: Sequence[Channel] | None = None) -> ControlTube:
    """The events of a control. `channels`: those of the other controls, which this one must have too.

    Raises CompensationError where the file has fewer than two fluorescence channels, lacks one that the other
    controls have, or contains compensated values.
    """
    if sample.data_set.already_compensated:
        raise CompensationError(
            "The values of this control are compensated already, so no spillover is left in them. Export the "
            "uncompensated data."
        )
    parameters = sample.parameters
    chosen = fluorescence_channels(parameters)
    if channels is not None:
        at = {parameter.name: parameter.index for parameter in reversed(parameters)}
        lacking = [name for name in channels if name not in at]
        if lacking:
            raise CompensationError(
                f"This control lacks channel {', '.join(lacking[:4])} of the other controls. Acquire all controls "
                "with the same template."
            )
        chosen = tuple(at[name] for name in channels)
    if len(chosen) < 2:
        raise CompensationError("This file has fewer than two fluorescence channels, so there is no spillover.")
    step = max(1, -(-sample.n_events // MOST_EVENTS))
    every = np.arange(0, sample.n_events, step)
    events = sample.columns(chosen, 0, sample.n_events)[:, every].T
    wrong = contradicted(sample)
    every_top = [np.inf if one.index in wrong else one.top or np.inf for one in parameters]
    scatter, scatter_tops = _scatter(sample, every, every_top)
    return ControlTube(
        sample.path.name,
        tuple(parameters[i].name for i in chosen),
        tuple(parameters[i].stain.strip() for i in chosen),
        np.ascontiguousarray(events),
        np.array(every_top)[list(chosen)],
        scatter,
        _area_height(sample, every),
        scatter_tops,
    )


def _scatter(
    sample: Sample, every: npt.NDArray[np.intp], tops: Sequence[float]
) -> tuple[FloatArray | None, tuple[float, float]]:
    found = []
    for direction in ("FSC", "SSC"):
        index = _best(sample, direction, ("A", "", "H"))
        if index is None:
            return None, (float("inf"), float("inf"))
        found.append(index)
    forward, side = found
    return np.column_stack([sample.linear(i)[every] for i in found]), (tops[forward], tops[side])


def _area_height(sample: Sample, every: npt.NDArray[np.intp]) -> FloatArray | None:
    pair = [_best(sample, "FSC", (feature,)) for feature in ("A", "H")]
    if None in pair:
        return None
    return np.column_stack([sample.linear(i)[every] for i in pair if i is not None])


def _best(sample: Sample, direction: str, features: Sequence[str]) -> int | None:
    """The most usual scatter channel of a direction with the first of the features that the file has."""
    for feature in features:
        ranked = [
            (name.rank, p.index)
            for p in sample.parameters
            if (name := scatter_name(p.name)) is not None and (name.direction, name.feature) == (direction, feature)
        ]
        if ranked:
            return min(ranked)[1]
    return None
