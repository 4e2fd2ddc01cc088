"""`steady` without beads: stretches of the run whose rate or signals are not those of the rest are excluded whole.

A washed tube has no beads to watch. A clog or air shows in the events per second, and in scatter and fluorescence of
all events together. Signals that change slowly over the whole run are no reason to exclude anything: the trend is
subtracted, and `signal_drift` reports it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.geometry.shapes import Axis, Slices
from tregate.gating.order_statistics import median, quantiles, robust_sd
from tregate.gating.placement.view import Placed, View
from tregate.gating.strategy.gates import SteadyGate

Mask = npt.NDArray[np.bool_]

NOT_FOLLOWED = frozenset({"Time", "FSC-H", "FSC-W", "SSC-H", "SSC-W"})
"""Heights and widths of pulses say what their areas say."""
AT_MOST = 16_000
"""Events that are looked at, evenly over the run."""
TELL_THE_ENDS = 4
"""One in so many of them is enough to say where the outermost values lie."""
PER_SLICE = 250
LEAST_SLICES = 20
TICKS = 4
"""Steps of the clock that a slice must span in the median: its rate is not known otherwise."""
SLOW, FAST = 0.4, 2.5
"""Rate of a slice over the usual one below and above which it is a clog, or a burst behind air."""
SURE = 6.0
"""Standard errors of the mean of a slice from which its signal differs."""
MATTERS = 0.35
"""Standard deviations of the signal by which it must differ as well."""
MOST_OF_RATE = 0.10
"""Fraction of the events in slices of another rate above which the rate has changed, and nothing is excluded for it."""
MOST = 0.30
"""Fraction of the events above which the tube is reported and not repaired [flowCut's MaxPercCut]."""
JITTER = 0.001
"""Fraction of the run, or two steps of the clock, by which an event may be earlier than one before it: some
instruments store events so."""
CONSTANT, BACKWARDS = "time is constant", "time runs backwards"
"""Faults of the clock with which a run cannot be judged."""
GAP = 12.0
"""Mean durations of 100 events without any event from which the acquisition was interrupted."""


@dataclass(frozen=True, slots=True)
class _Run:
    edges: FloatArray
    """(slices + 1,) [s]; slices hold equal numbers of events."""
    rate: FloatArray
    """(slices,) events per second over the usual; nan where the clock is too coarse."""
    signals: FloatArray
    """(markers, slices) distance from the trend in standard deviations; 0 where it is not sure."""
    markers: tuple[str, ...]
    longest_gap: float
    """Longest time without an event [s]."""
    usual_gap: float
    """[s]"""


def place_by_signals(gate: SteadyGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """Few events, a faulty clock, or a run of which more than 30 % differ: nothing is excluded, as evidence says."""
    axis = axes[0]
    time = view.linear(axis.marker, AT_MOST)
    why_not = _not_judged(time)
    if why_not:
        return Placed(Slices(axis, ((None, None),)), {"events": len(view), "not_judged": why_not})
    run = _run(np.maximum.accumulate(time), view, gate.slices)
    odd_signal: Mask = np.asarray((np.abs(run.signals) > 0).any(axis=0))
    odd_rate: Mask = np.asarray((run.rate < SLOW) | (run.rate > FAST))
    changed = float(odd_rate.mean()) > MOST_OF_RATE
    bad = _with_margin(odd_signal if changed else np.asarray(odd_signal | odd_rate))
    removed = float(bad.mean())
    worst = int(np.abs(run.signals).max(axis=1).argmax()) if run.markers else 0
    evidence = {
        "slices": len(bad),
        "slices_out": int(bad.sum()),
        "taken_out": round(removed, 4),
        "slowest": _rounded(np.nanmin(run.rate)) if np.isfinite(run.rate).any() else None,
        "fastest": _rounded(np.nanmax(run.rate)) if np.isfinite(run.rate).any() else None,
        "rate_changed": changed,
        "longest_gap_s": _rounded(run.longest_gap),
        "interrupted": bool(run.longest_gap > GAP * run.usual_gap),
        "signal": run.markers[worst] if odd_signal.any() else "",
        "largest_z": _rounded(np.abs(run.signals).max()) if run.markers else 0.0,
    }
    if removed > MOST:
        return Placed(
            Slices(axis, ((None, None),)), {**evidence, "slices_out": 0, "taken_out": 0.0, "unstable": removed}
        )
    return Placed(Slices(axis, _kept(run.edges, bad)), evidence)


def _not_judged(time: FloatArray) -> str:
    if len(time) < LEAST_SLICES * PER_SLICE:
        return "too few events"
    if not time.max() > time.min():
        return CONSTANT
    back = float((np.maximum.accumulate(time) - time).max())
    steps = np.diff(time)
    tick = float(steps[steps > 0].min())
    return BACKWARDS if back > max(JITTER * float(time.max() - time.min()), 2 * tick) else ""


def _run(time: FloatArray, view: View, slices: int) -> _Run:
    number = int(min(slices, len(time) // PER_SLICE))
    at = np.linspace(0, len(time), number + 1).astype(int)
    edges = np.append(time[at[:-1]], np.nextafter(time[-1], np.inf))
    spans = np.diff(edges)
    steps = np.diff(time)
    tick = float(steps[steps > 0].min())
    usual = median(spans)
    sizes = np.diff(at)
    rate = np.where(spans > 0, usual / np.maximum(spans, tick), np.inf) * (sizes / median(sizes.astype(np.float64)))
    if usual < TICKS * tick:
        rate = np.full(number, np.nan)
    markers = tuple(marker for marker in view.markers if marker not in NOT_FOLLOWED and view.has(marker))
    scaled = [view.scaled(view.axis(marker), AT_MOST) for marker in markers]
    signals = _apart(np.stack(scaled), at) if markers else np.zeros((0, number))
    hundred = max(usual / (len(time) / number) * 100.0, tick)
    return _Run(edges, rate, signals, markers, float(steps.max()), hundred)


def _apart(values: FloatArray, at: npt.NDArray[np.intp]) -> FloatArray:
    """Distance of the mean of each slice from the trend of all, in standard deviations; 0 where it is not sure.

    values: positions on the scale, (markers, n); at: where slices begin, and n; (markers, slices). Values are cut to
    the central 98 %: a median between two populations jumps by chance.
    """
    ends = quantiles(np.sort(values[:, ::TELL_THE_ENDS], axis=1), [0.01, 0.99])
    values = values.clip(*ends[:, :, None])
    sizes = np.diff(at)
    means = np.add.reduceat(values, at[:-1], axis=1) / sizes
    spreads = np.maximum(values.std(axis=1), 1e-9)[:, None]
    left = means - np.stack([_trend(one) for one in means])
    errors = np.array([robust_sd(one) for one in left])[:, None]
    errors = np.maximum(errors, spreads / np.sqrt(values.shape[1] / len(sizes)))
    sure = (np.abs(left) > SURE * errors) & (np.abs(left) > MATTERS * spreads)
    return np.where(sure, left / spreads, 0.0)


def _trend(means: FloatArray) -> FloatArray:
    """A line through the slices by medians of slopes [Theil 1950, Proc Kon Ned Akad Wet 53:386]."""
    x = np.arange(len(means), dtype=np.float64)
    half = len(x) // 2
    slope = median((means[len(x) - half :] - means[:half]) / (len(x) - half))
    return np.asarray(slope * x + median(means - slope * x))


def _with_margin(bad: Mask) -> Mask:
    """With one slice on either side."""
    margin = bad.copy()
    margin[1:] |= bad[:-1]
    margin[:-1] |= bad[1:]
    return margin


def _kept(edges: FloatArray, bad: Mask) -> tuple[tuple[float | None, float | None], ...]:
    """Intervals of the slices that stay; open at the ends of the run."""
    kept: list[tuple[float | None, float | None]] = []
    starts = np.flatnonzero(~bad & np.append(True, bad[:-1]))
    stops = np.flatnonzero(~bad & np.append(bad[1:], True)) + 1
    for start, stop in zip(starts, stops, strict=True):
        low = None if start == 0 else float(edges[start])
        kept.append((low, None if stop == len(bad) else float(edges[stop])))
    return tuple(kept)


def _rounded(value: float) -> float:
    return round(float(value), 3)
