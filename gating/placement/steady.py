"""`steady`: stretches of the run in which beads arrive in their usual share; the others are excluded as a whole.

A clog or air takes beads and cells in different measure; a slice is excluded with all its events, so that
the ratio of cells to beads in what is left is the tube's. Slices hold equal numbers of events, so that a
change of flow rate alone (which beads and cells share) excludes nothing.
"""

import numpy as np

from tregate.gating.geometry.shapes import Axis, Slices
from tregate.gating.order_statistics import ascending, distinct, median, quantiles
from tregate.gating.placement.steady_signals import place_by_signals
from tregate.gating.placement.view import NotPlaced, Placed, View
from tregate.gating.strategy.gates import SteadyGate

LIMIT = 4.5
"""Robust standard deviations at which a stretch is no longer chance."""


def place_steady(gate: SteadyGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """Raises NotPlaced where the file has too few events or beads to judge, or no running time."""
    if gate.of is None:
        return place_by_signals(gate, view, axes)
    axis = axes[0]
    time, bead_time = view.linear(axis.marker), view.of(gate.of).linear(axis.marker)
    n, beads = len(time), len(bead_time)
    if n == 0 or not time.max() > time.min():
        raise NotPlaced(f"{axis.marker} is constant", {"events": n})
    slices = int(min(gate.slices, beads // 25, n // 200))
    if slices < 8:
        raise NotPlaced(f"too few beads to follow over time ({beads})", {"beads": beads})
    time, bead_time = ascending(time), ascending(bead_time)
    edges = distinct(quantiles(time, np.linspace(0, 1, slices + 1)))
    edges[-1] = np.nextafter(edges[-1], np.inf)
    events = np.diff(np.searchsorted(time, edges)).astype(float)
    arrived = np.diff(np.searchsorted(bead_time, edges)).astype(float)
    usual = median(arrived / np.maximum(events, 1))
    for _ in range(5):
        expected = usual * events
        z = (arrived - expected) / np.sqrt(np.maximum(expected * (1 - min(usual, 0.99)), 1.0))
        bad = _stretches(z)
        if bad.all():
            break
        usual = float(arrived[~bad].sum() / events[~bad].sum())
    removed = float(events[bad].sum() / n)
    evidence = {
        "beads": beads,
        "slices": len(events),
        "slices_out": int(bad.sum()),
        "taken_out": round(removed, 4),
        "largest_z": round(float(np.abs(z).max()), 1),
    }
    if removed > 0.6:
        raise NotPlaced("the bead fraction is unstable in most of the acquisition", evidence)
    return Placed(Slices(axis, _kept(edges, bad)), evidence)


def _stretches(z: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.bool_]:
    """Slices that are off by themselves, or together with their neighbours; with one slice of margin."""
    bad = np.abs(z) > LIMIT
    for width in (3, 5, 9):
        if len(z) >= 2 * width:
            together = np.convolve(z, np.ones(width), mode="valid") / np.sqrt(width)
            for start in np.flatnonzero(np.abs(together) > LIMIT):
                middle = slice(int(start), int(start) + width)
                bad[middle] |= np.sign(z[middle]) * np.sign(together[start]) * np.abs(z[middle]) > 1.5
    margin = bad.copy()
    margin[1:] |= bad[:-1]
    margin[:-1] |= bad[1:]
    return margin


def _kept(
    edges: np.typing.NDArray[np.float64], bad: np.typing.NDArray[np.bool_]
) -> tuple[tuple[float | None, float | None], ...]:
    kept: list[tuple[float | None, float | None]] = []
    last = len(bad) - 1
    i = 0
    while i <= last:
        if bad[i]:
            i += 1
            continue
        start = i
        while i <= last and not bad[i]:
            i += 1
        low = None if start == 0 else float(edges[start])
        kept.append((low, None if i > last else float(edges[i])))
    return tuple(kept)
