"""Axes of drawn gates on the markers of a file: as they are, or computed where a strategy needs that."""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from tregate.gating.events import Parameter, Sample
from tregate.gating.geometry.scales import LinearScale
from tregate.gating.geometry.shapes import Axis
from tregate.gating.strategy.computed import ComputedAxis
from tregate.gating.units import Marker, is_physical
from tregate.pipelines.interchange.drawn import DrawnAxis, DrawnSample, DrawnShape
from tregate.pipelines.interchange.flowjo_gates import NotTakenOverError
from tregate.pipelines.interchange.tree_writer import OWN_PREFIX

ANY_TOP = 262_144.0


class DrawnAxes:
    """The axes that the gates of one sample use on one file."""

    def __init__(self, drawn: DrawnSample, sample: Sample) -> None:
        self.markers = _markers(sample.parameters)
        names = Counter(str(parameter.name) for parameter in sample.parameters)
        self.repeated = {name: n for name, n in names.items() if n > 1}
        self.own_matrix = bool(sample.data_set.spillovers)
        self.drawn = drawn
        self.computed: dict[str, ComputedAxis] = {}
        compensated = [axis for axis in _all_axes(drawn) if self.is_compensated(axis)]
        self.compensates = bool(compensated)
        detectors = drawn.matrix.detectors if drawn.matrix is not None else ()
        stated = (str(channel) for one in sample.data_set.spillovers for channel in one.channels)
        self.mixed = frozenset(detectors or stated) if compensated else frozenset[str]()

    def is_compensated(self, axis: DrawnAxis) -> bool:
        """Whether the axis means compensated values on this file: Gating-ML takes a file without a matrix as it is."""
        return axis.compensated and (self.own_matrix or not axis.by_file)

    def axis(self, one: DrawnAxis) -> Axis:
        """The axis. Raises NotTakenOverError with the reason where the file or a strategy has none."""
        if one.by_file and self.own_matrix and self.drawn.matrix is not None:
            raise NotTakenOverError("it is compensated by the file's matrix and others by another; a strategy has one")
        marker = self._marker(one.channel)
        if one.ratio is not None:
            divisor = self._marker(one.ratio.divisor)
            compensated = self.is_compensated(one)
            if one.ratio.factor == 0 or not np.isfinite([one.ratio.factor, *one.ratio.minus]).all():
                raise NotTakenOverError(f"its ratio has the factor {one.ratio.factor:g}, or is of what is no number")
            ratio = ComputedAxis(
                ratio=(str(marker), str(divisor)), factor=one.ratio.factor, minus=one.ratio.minus,
                compensated=compensated,
            )  # fmt: skip
            return Axis(self._computed(f"{marker} / {divisor}", ratio), one.scale or LinearScale(1.0))
        scale = one.scale or LinearScale(self.markers[marker].top or ANY_TOP)
        recorded = self.compensates and not self.is_compensated(one)
        if recorded and (one.channel in self.mixed or not is_physical(str(marker))):
            marker = self._computed(f"{marker} uncompensated", ComputedAxis(raw=str(marker)))
        return Axis(marker, scale)

    def top(self, marker: Marker, otherwise: float) -> float:
        """Top of the scale of a marker as the file has it."""
        computed = self.computed.get(str(marker))
        if computed is not None:
            if computed.raw is None:
                return otherwise
            marker = Marker(computed.raw)
        return self.markers[marker].top or otherwise

    def used(self, markers: set[Marker]) -> list[tuple[Marker, Parameter]]:
        """The file's markers among these, and those that computed ones among these are made of."""
        parts = {Marker(part) for one in markers if str(one) in self.computed for part in self.computed[str(one)].parts}
        return [(marker, parameter) for marker, parameter in self.markers.items() if marker in markers | parts]

    def _computed(self, wanted: str, axis: ComputedAxis) -> Marker:
        number, name = 1, wanted
        while self.computed.get(name, axis) != axis or Marker(name) in self.markers:
            number += 1
            name = f"{wanted} ({number})"
        self.computed[name] = axis
        return Marker(name)

    def _marker(self, channel: str) -> Marker:
        """By the channel's name; FlowJo writes "_" for "/"."""
        for written in (str, lambda name: str(name).replace("/", "_")):
            repeated = [n for name, n in self.repeated.items() if written(name) == channel]
            if repeated:
                raise NotTakenOverError(
                    f"the file has {repeated[0]} channels called {channel}: which is meant is not known"
                )
            found = [marker for marker, parameter in self.markers.items() if written(parameter.name) == channel]
            if len(found) == 1:
                return found[0]
        if channel.startswith(OWN_PREFIX):
            where = "it is in the FCS files that tregate wrote with these gates: give their folder with --fcs"
            raise NotTakenOverError(f'the file has no channel "{channel}"; {where}')
        without = ", and the sample has no compensation matrix" if self._is_compensated_name(channel) else ""
        raise NotTakenOverError(f"the file has no channel {channel}{without}")

    def _is_compensated_name(self, channel: str) -> bool:
        """Whether the name is that of compensated values, as FlowJo writes it, of a channel that the file has."""
        bare = channel.removeprefix("FJ").removeprefix("Comp-")
        named = {str(parameter.name).replace("/", "_") for parameter in self.markers.values()}
        return self.drawn.matrix is None and bare != channel and bare.replace("/", "_") in named


def _all_axes(drawn: DrawnSample) -> Iterator[DrawnAxis]:
    for gate in drawn.gates:
        if isinstance(gate.what, DrawnShape):
            yield from gate.what.axes


def _markers(parameters: tuple[Parameter, ...]) -> Mapping[Marker, Parameter]:
    """Marker -> its channel: the stain where no other channel has it, else the channel's name."""
    names = [str(parameter.name) for parameter in parameters]
    stains = [parameter.stain.strip() for parameter in parameters]
    found: dict[Marker, Parameter] = {}
    for name, stain, parameter in zip(names, stains, parameters, strict=True):
        alone = bool(stain) and stains.count(stain) == 1 and stain not in names and not is_physical(stain)
        found[Marker(stain if alone else name)] = parameter
    return found
