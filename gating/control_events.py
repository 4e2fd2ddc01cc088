"""A control tube on the plots of the tube that it controls: some of its events, within the tube's own gates.

An FMO shows where the events without one stain lie, so that it is shown on the plots of that marker. An unstained tube
is shown on every plot of a fluorescence; as it passes no gate on a stain, its events are those of the nearest
population above the plot that rests on scatter alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tregate.gating.engine import gate
from tregate.gating.errors import TubeError
from tregate.gating.event_subsets import Block, EventSubset
from tregate.gating.events import Density, Gated, PlacedGate, Prepared
from tregate.gating.geometry.scaled import FloatArray, to_scaled
from tregate.gating.geometry.shapes import axes_of
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.reference_gates import ControlTube
from tregate.gating.reference_tubes import with_channels
from tregate.gating.sampled_events import AT_MOST, first_of
from tregate.gating.strategy.schema import ALL, Strategy
from tregate.gating.units import Marker, PopulationName, is_physical

TIME = Marker("Time")


@dataclass(frozen=True, slots=True)
class ShownControl:
    """A control that is shown on a tube's plots."""

    name: str
    """"FMO CD25", "unstained"."""
    tube: ControlTube
    lacks: Marker | None
    """The marker without its stain; None: the tube has no stain at all."""


@dataclass(frozen=True, slots=True)
class ControlOnPlot:
    """Events of a control on the plot of one gate."""

    population: PopulationName
    within: PopulationName
    """Population of the control of which these are events."""
    events: int
    """All events of the control in that population."""
    percent: float | None
    """Of these, inside the gate [%]; None where the population is not the gate's parent."""
    x: FloatArray
    y: FloatArray
    """Scaled positions of some events, (n,), on the axes of the plot."""


@dataclass(frozen=True, slots=True)
class ControlEvents:
    """A control on the plots of one tube."""

    name: str
    plots: tuple[ControlOnPlot, ...] = ()
    problem: str = ""
    """Why nothing is shown."""


def control_events(
    control: ShownControl, prepared: Prepared, gated: Gated, strategy: Strategy, at_most: int = AT_MOST
) -> ControlEvents:
    """Gate a control by the gates of a tube, and choose up to `at_most` events for each plot that it concerns.

    gated: with the densities whose plots are shown. A gate over time is placed on the control's own run.
    """
    try:
        sample = read(control.tube.path, control.tube.data_set)
        channels = {str(m): str(prepared.sample.parameters[i].name) for m, i in prepared.binding.channels.items()}
        strategy = with_channels(strategy, sample, channels)
        there = prepare(sample, strategy, control.tube.matrix_csv)
    except (TubeError, OSError) as error:
        return ControlEvents(control.name, problem=f"{control.name} cannot be shown: {error}")
    plots = [one for one in gated.densities if one.y is not None and _concerns(control, one)]
    differing = _other_settings(prepared, there, plots)
    if differing:
        return ControlEvents(control.name, problem=f"{control.name} is not shown: {differing}.")
    known = {one.population: one for one in gated.gates if _holds_there(one, there)}
    controlled = gate(there, strategy, known)
    shown = (_on_plot(one, control, there, controlled, strategy, at_most) for one in plots)
    return ControlEvents(control.name, tuple(one for one in shown if one is not None))


def _concerns(control: ShownControl, density: Density) -> bool:
    markers = [axis.marker for axis in (density.x, density.y) if axis is not None]
    if control.lacks is None:
        return any(not is_physical(marker) for marker in markers)
    return control.lacks in markers


def _other_settings(here: Prepared, there: Prepared, plots: Sequence[Density]) -> str:
    """What makes positions on these axes incomparable; "" where nothing does."""
    for marker in dict.fromkeys(axis.marker for one in plots for axis in (one.x, one.y) if axis is not None):
        if marker not in there.binding.channels:
            return f"its file has no channel of {marker}"
        own, other = (one.sample.parameters[one.binding.channels[marker]] for one in (here, there))
        if own.top != other.top:
            return f"{marker} has another top of scale ({other.top:g}, here {own.top:g})"
        if None not in (own.voltage, other.voltage) and own.voltage != other.voltage:
            return f"{marker} was acquired at another voltage ({other.voltage:g} V, here {own.voltage:g} V)"
    return ""


def _holds_there(placed: PlacedGate, there: Prepared) -> bool:
    """Whether a gate of the tube can be used on the control: stretches of time are the tube's own."""
    markers = () if placed.shape is None else tuple(axis.marker for axis in axes_of(placed.shape))
    return bool(markers) and TIME not in markers and all(marker in there.binding.channels for marker in markers)


def _on_plot(
    density: Density, control: ShownControl, there: Prepared, controlled: Gated, strategy: Strategy, at_most: int
) -> ControlOnPlot | None:
    parent = PopulationName(str(controlled.parents[density.population]))
    within = parent if control.lacks is not None else _by_scatter(strategy, controlled, parent)
    if within != ALL and within not in controlled.members:
        return None
    mask = controlled.mask(within)
    events = int(mask.sum())
    rows = np.sort(first_of(mask, events, at_most))
    frame = EventSubset(Block(there, 0, controlled.n_events)).thinned(rows)
    x, y = (to_scaled(axis.scale, frame.values(axis.marker)) for axis in (density.x, density.y) if axis is not None)
    inside = controlled.events.get(density.population)
    measured = within == parent and events > 0 and inside is not None
    percent = 100.0 * (inside or 0) / events if measured else None
    return ControlOnPlot(density.population, within, events, percent, x, y)


def _by_scatter(strategy: Strategy, controlled: Gated, population: PopulationName) -> PopulationName:
    """The nearest population upwards that rests on no fluorescence."""
    shapes: Mapping[str, PlacedGate] = {str(one.population): one for one in controlled.gates}
    for name in strategy.lineage(population):
        placed = [shapes[one] for one in strategy.grounds(name) if one in shapes]
        axes = [axis.marker for one in placed if one.shape is not None for axis in axes_of(one.shape)]
        if name == ALL or (PopulationName(name) in controlled.members and all(map(is_physical, axes))):
            return PopulationName(name)
    return PopulationName(ALL)
