"""Signals that change along the run, in every tube, with beads or without: laser, fluidics or bleaching.

Medians of the positive cells of each marker in equal stretches of the run, on the log scale; the same idea as flowAI
and PeacoQC. Neighbouring stretches are averaged, and a change counts only beyond the error of the medians.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tregate.gating.findings import Finding, Severity
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.order_statistics import quantiles
from tregate.gating.qc.inspected import Inspected
from tregate.gating.qc.positive import Positive, positives
from tregate.gating.units import Marker, PopulationName, is_physical

STRETCHES = 20
TOGETHER = 4
"""Neighbouring stretches that are averaged."""
EVENTS = 1500
"""Of each stretch, at most: a sample that costs little to decode."""
LEAST_CELLS = 15
"""Positive cells that each stretch must contain."""
SURE = 5.0
"""Standard errors of a difference beyond which a change is real; the largest of ten differences is judged."""
SURE_LINE = 4.5
"""The same for the slope of a straight line, which is judged once."""
CENTRAL = (0.2, 0.99)
"""Quantiles of a marker without a threshold of its own, between which its level is followed instead."""
TELL_THE_ENDS = 4
"""One in so many values is enough to say where those quantiles lie."""
LEAST_PARENT = 100
"""Events of the parent that each stretch must contain for that level."""


def signal_drift(tube: Inspected) -> Iterator[Finding]:
    """A marker whose positive cells become brighter or dimmer by more than 10 % along the run."""
    done: set[str] = set()
    for positive in positives(tube):
        if positive.marker in done or is_physical(positive.marker):
            continue
        change = _change(tube, positive)
        if change is None:
            continue
        done.add(positive.marker)
        yield from _found(tube, positive.marker, positive.population, f"{positive.population} cells", change)
    if tube.strategy.beads is None:
        yield from _without_threshold(tube, done)


def _found(tube: Inspected, marker: str, population: str, cells: str, change: float) -> Iterator[Finding]:
    limits = tube.limits
    if abs(change) > limits.drift_warn:
        much = abs(change) > limits.drift_fail
        limit = limits.drift_fail if much else limits.drift_warn
        yield Finding(
            "signal_drift", Severity.FAIL if much else Severity.WARN,
            f"{marker}: the signal of {cells} changes by {100 * change:.0f} % along the run (limit {100 * limit:g} %), "
            "so cells may be missed. Check the fluidics, and acquire again.",
            population, change, f"within {limit:g}",
        )  # fmt: skip


def _without_threshold(tube: Inspected, done: set[str]) -> Iterator[Finding]:
    """Markers that are gated with others: the level on all of the parent's cells, in tubes without beads."""
    levels: dict[PopulationName, _Stretches | None] = {}
    for name, population in tube.strategy.populations.items():
        if population.gate is None or population.parent is None or name not in tube.gated.members:
            continue
        parent = PopulationName(str(population.parent))
        for marker in population.axes:
            index = tube.prepared.binding.channels.get(Marker(marker))
            if marker in done or is_physical(marker) or index is None or parent not in tube.gated.members:
                continue
            if parent not in levels:
                levels[parent] = _in_stretches(tube, parent)
            stretches = levels[parent]
            change = None if stretches is None else _level_change(stretches, index)
            if change is not None:
                done.add(marker)
                yield from _found(tube, marker, name, f"{parent} cells", change)


@dataclass(frozen=True, slots=True)
class _Stretches:
    """Some events of a population in each stretch of the run."""

    events: FloatArray
    """Linear intensity, stretch after stretch, (n, p)."""
    sizes: npt.NDArray[np.intp]
    """Events of each stretch, (STRETCHES,)."""


def _level_change(stretches: _Stretches, index: int) -> float | None:
    """Change of the mean logarithm along the run by a straight line, beyond its error; None below zero.

    Of values between two quantiles of all, at least: below, noise about zero would rule.
    """
    values = stretches.events[:, index]
    low, high = quantiles(np.sort(values[::TELL_THE_ENDS]), CENTRAL)
    if low <= 0:
        return None
    starts = np.cumsum(stretches.sizes) - stretches.sizes
    positions = np.add.reduceat(np.log(values.clip(low, high)), starts) / stretches.sizes
    along = np.linspace(-0.5, 0.5, STRETCHES)
    slope = float(along @ positions / (along @ along))
    left = positions - positions.mean() - slope * along
    error = float(np.sqrt(left @ left / (STRETCHES - 2) / (along @ along)))
    return math.expm1(slope) if abs(slope) > SURE_LINE * error else 0.0


def _in_stretches(tube: Inspected, population: PopulationName) -> _Stretches | None:
    """None where a stretch has few events."""
    n = tube.gated.n_events // STRETCHES
    mask = tube.gated.mask(population)
    rows = [start + np.flatnonzero(mask[start : start + n])[:EVENTS] for start in range(0, n * STRETCHES, n or 1)]
    if not rows or min(map(len, rows)) < LEAST_PARENT:
        return None
    return _Stretches(tube.sampled_events(np.concatenate(rows)), np.array([*map(len, rows)]))


def _change(tube: Inspected, positive: Positive) -> float | None:
    """Largest relative change between averaged stretches, signed in the order of the run.

    None where cells are few, 0 where it is within the error of the medians.
    """
    n = tube.gated.n_events // STRETCHES
    mask = tube.gated.mask(positive.population)
    places = np.arange(STRETCHES)[:, None] * n + np.arange(min(n, EVENTS))
    inside = mask.take(places)
    cells = inside.sum(axis=1)
    if cells.min() < LEAST_CELLS:
        return None
    values = tube.sampled(tube.prepared.binding.channels[positive.marker], places[inside])
    above = values > 0
    sizes = np.add.reduceat(above, np.cumsum(cells) - cells, dtype=np.intp)
    if sizes.min() < LEAST_CELLS:
        return None
    logs = np.log(values.compress(above))
    by_stretch = np.full((STRETCHES, int(sizes.max())), np.inf)
    by_stretch[np.arange(by_stretch.shape[1]) < sizes[:, None]] = logs
    middles = _medians(by_stretch, sizes)
    spreads = 1.4826 * _medians(np.abs(by_stretch - middles[:, None]), sizes)
    averaged = middles.reshape(-1, TOGETHER).mean(axis=1)
    error = float(np.sqrt(np.mean(np.square(1.2533 * spreads / np.sqrt(sizes))) / TOGETHER))
    first, last = sorted((int(averaged.argmin()), int(averaged.argmax())))
    difference = float(averaged[last] - averaged[first])
    return math.expm1(difference) if abs(difference) > SURE * math.sqrt(2.0) * error else 0.0


def _medians(rows: FloatArray, sizes: npt.NDArray[np.intp]) -> FloatArray:
    """Median of each row's finite values, (n_rows,); what follows a row's `sizes` values is infinite."""
    ordered, each = np.sort(rows, axis=1), np.arange(len(rows))
    return np.asarray((ordered[each, (sizes - 1) // 2] + ordered[each, sizes // 2]) / 2)
