"""Computed axes as further parameters of a sample: whoever reads a channel reads them alike."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tregate.gating.events import Binding, Compensation, Parameter, Sample
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.strategy.computed import ComputedAxis
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Channel, Marker


@dataclass(frozen=True, slots=True)
class _Definition:
    axis: ComputedAxis
    indices: tuple[int, ...]
    """Parameters of the file that it is computed from."""


def bound_with(binding: Binding, n_parameters: int, strategy: Strategy) -> Binding:
    """The binding with each computed axis on a further parameter, after those of the file.

    An axis of which the file lacks a part is missing, with the part's reason. Markers that are only parts of what is
    uncompensated are bound no more: no spillover matrix has to know them.
    """
    channels = {marker: i for marker, i in binding.channels.items() if marker not in strategy.only_recorded}
    missing = dict(binding.missing)
    for name, axis in strategy.used_computed.items():
        lacking = [binding.missing[Marker(part)] for part in axis.parts if Marker(part) not in binding.channels]
        if lacking:
            missing[Marker(name)] = lacking[0]
        else:
            channels[Marker(name)] = n_parameters
            n_parameters += 1
    return replace(binding, channels=channels, missing=missing)


def with_computed(
    sample: Sample, binding: Binding, compensation: Compensation, computed: Mapping[str, ComputedAxis]
) -> Sample:
    """The sample with a parameter more per computed axis. `binding`: of the markers of the file, before `bound_with`.

    A ratio whose divisor is 0 is infinite or no number, and lies in no range that is closed on that side.
    """
    definitions: list[_Definition] = []
    parameters = list(sample.parameters)
    for name, axis in computed.items():
        if all(Marker(part) in binding.channels for part in axis.parts):
            indices = tuple(binding.channels[Marker(part)] for part in axis.parts)
            top = 0.0 if axis.ratio is not None else sample.parameters[indices[0]].top
            parameters.append(Parameter(len(parameters), Channel(name), name, 64, top, computed=True))
            definitions.append(_Definition(axis, indices))
    if not definitions:
        return sample
    data_set = replace(sample.data_set, parameters=tuple(parameters))
    return replace(sample, data_set=data_set, stored=_WithComputed(sample, compensation, tuple(definitions)))


@dataclass(frozen=True, slots=True)
class _WithComputed:
    """The file's stored events, and columns that are computed from them in linear intensity."""

    sample: Sample
    compensation: Compensation
    definitions: tuple[_Definition, ...]

    def column(self, index: int, start: int, stop: int) -> npt.NDArray[np.generic]:
        first = len(self.sample.parameters)
        if index < first:
            return self.sample.stored.column(index, start, stop)
        definition = self.definitions[index - first]
        axis = definition.axis
        values = [self._linear(i, start, stop, axis.of_compensated) for i in definition.indices]
        if axis.ratio is None:
            return values[0]
        above, below = (column - minus for column, minus in zip(values, axis.minus, strict=True))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(axis.factor * (above / below))

    def _linear(self, index: int, start: int, stop: int, compensated: bool) -> FloatArray:
        inverse = self.compensation.inverse
        if not compensated or inverse is None or index not in self.compensation.indices:
            return self.sample.linear(index, start, stop)
        mixed = self.compensation.indices
        weights = inverse[:, mixed.index(index)]
        total = np.zeros(stop - start)
        for weight, other in zip(weights, mixed, strict=True):
            total += weight * self.sample.linear(other, start, stop)
        return total

    def rows(self, start: int, stop: int) -> None:
        """Computed columns are in no row of the file."""
        return

    def masks(self) -> Mapping[int, int]:
        return self.sample.stored.masks()

    def passed(self, start: int, stop: int) -> None:
        self.sample.stored.passed(start, stop)
