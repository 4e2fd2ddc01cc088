"""Draw one tube in the worker that gated it: densities to pictures, shapes to outlines, facts to words."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

import numpy as np

from tregate.gating.control_events import ControlEvents, ControlOnPlot
from tregate.gating.events import Density, PlacedGate
from tregate.gating.geometry.outlines import outline
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.geometry.shapes import Axis
from tregate.gating.sampled_events import SampledEvents
from tregate.gating.tube import TubeResult
from tregate.gating.units import PopulationName
from tregate.pipelines.report.density import picture, profile
from tregate.pipelines.report.drawn_tube import (
    VIEW,
    DrawnAxis,
    DrawnControl,
    DrawnControlPlot,
    DrawnEvents,
    DrawnGate,
    DrawnTube,
    Points,
)
from tregate.pipelines.report.method_labels import evidence_words, method_words
from tregate.pipelines.report.strip import Strip, kept_strip, strip_of
from tregate.pipelines.report.ticks import plain_scale
from tregate.pipelines.store.plain import NotPlainError
from tregate.pipelines.store.program import source_sha256

Limits = tuple[float, float]
FINEST = 4095
"""Largest position of a sampled event between the ends of its axis."""
COARSEST = 255
"""The same for an event of a control tube."""


@dataclass(frozen=True, slots=True)
class KeptDrawing:
    """`draw_tube` as a strip, and how an outcome store keeps it."""

    @property
    def kind(self) -> str:
        return f"drawn-{_drawing_sha256()[:16]}"

    def __call__(self, result: TubeResult) -> Strip:
        return strip_of(draw_tube(result))

    def encoded(self, drawn: object) -> str:
        if not isinstance(drawn, Strip):
            raise NotPlainError("this is no strip")
        return drawn.packed

    def decoded(self, text: str) -> Strip:
        return kept_strip(text)


@cache
def _drawing_sha256() -> str:
    """Of every module of the page, of which some draw tubes."""
    return source_sha256(Path(__file__).parent)


def draw_tube(result: TubeResult) -> DrawnTube:
    """The gating strip of one tube, in the order of its gates."""
    densities = {density.population: density for density in result.densities}
    gates = tuple(draw_gate(gate, densities.get(gate.population)) for gate in result.gates)
    events = None if result.sampled is None else _events(result.sampled, gates)
    return DrawnTube(gates, events, tuple(draw_control(one, densities) for one in result.controls))


def draw_control(control: ControlEvents, densities: Mapping[PopulationName, Density]) -> DrawnControl:
    """A control tube on the plots of these densities."""
    plots = tuple(_control_plot(one, densities[one.population]) for one in control.plots)
    return DrawnControl(control.name, plots, control.problem)


def _control_plot(shown: ControlOnPlot, density: Density) -> DrawnControlPlot:
    views = ((shown.x, density.x_ends), (shown.y, density.y_ends))
    shares = [np.clip(np.nan_to_num((at - low) / (high - low)), 0.0, 1.0) for at, (low, high) in views]
    positions = np.rint(np.concatenate(shares) * COARSEST).astype(np.uint8).tobytes()
    return DrawnControlPlot(str(shown.population), str(shown.within), shown.events, shown.percent, positions)


def _events(sampled: SampledEvents, gates: tuple[DrawnGate, ...]) -> DrawnEvents:
    """The events on axes that take in every picture of their marker."""
    ends: dict[str, Limits] = {}
    for gate in gates:
        for seen in (gate.x, gate.y):
            if seen is not None:
                low, high = ends.get(seen.marker, (seen.low, seen.high))
                ends[seen.marker] = min(low, seen.low), max(high, seen.high)
    axes = tuple(_axis(axis, ends[axis.marker]) for axis in sampled.axes)
    members = tuple((str(name), np.packbits(member).tobytes()) for name, member in sampled.members.items())
    return DrawnEvents(axes, sampled.positions.shape[1], _positions(sampled.positions, axes), members)


def _positions(scaled: FloatArray, axes: tuple[DrawnAxis, ...]) -> bytes:
    """(n_axes, n) on the scales -> as DrawnEvents has them."""
    low = np.array([[axis.low] for axis in axes]).reshape(-1, 1)
    high = np.array([[axis.high] for axis in axes]).reshape(-1, 1)
    share = np.clip(np.nan_to_num((scaled - low) / (high - low)), 0.0, 1.0)
    at = np.rint(share * FINEST).astype(np.uint16)
    fine = np.zeros((at.shape[0], at.shape[1] + at.shape[1] % 2), dtype=np.uint8)
    fine[:, : at.shape[1]] = at & 15
    return b"".join(plane.tobytes() for plane in ((at >> 4).astype(np.uint8), fine[:, 0::2] << 4 | fine[:, 1::2]))


def draw_gate(gate: PlacedGate, density: Density | None) -> DrawnGate:
    """One gate of a strip; `density` None where there is nothing to see."""
    words = (str(gate.population), str(gate.parent), method_words(gate.method), gate.fallback)
    person = (f"placed by {gate.placed_by}: {gate.reason}",) if gate.placed_by else ()
    facts = (*person, *evidence_words(gate.evidence))
    if density is None:
        return DrawnGate(*words, facts)
    x_limits, y_limits = density.x_ends, density.y_ends
    edges = () if gate.shape is None else outline(gate.shape, density.x, density.y, x_limits, y_limits)
    flat = density.y is None
    return DrawnGate(
        *words,
        facts,
        x=_axis(density.x, x_limits),
        y=None if density.y is None else _axis(density.y, y_limits),
        picture=None if flat else picture(density.counts),
        profile=profile(density.counts) if flat else (),
        outlines=tuple(_points(edge, x_limits, y_limits) for edge in edges),
    )


def _axis(axis: Axis, limits: Limits) -> DrawnAxis:
    return DrawnAxis(str(axis.marker), *limits, plain_scale(axis.scale))


def _points(edge: FloatArray, x_limits: Limits, y_limits: Limits) -> Points:
    """Corners in the view; of equal ones that follow each other, one."""
    (left, right), (bottom, top) = x_limits, y_limits
    view = (edge - (left, bottom)) * (VIEW / (right - left), VIEW / (top - bottom))
    near = np.minimum(np.maximum(view, -VIEW), 2 * VIEW)
    return tuple((x, y) for (x, y), _ in groupby(np.rint(near).astype(int).tolist()))
