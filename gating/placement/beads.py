"""`beads` and `doublets`: counting beads, found without fixed numbers.

A bead is bright on every axis at once, stained or not, which no cell is; and beads are alike, so that they
crowd. On the dimmest of an event's axes the beads therefore stand apart from all cells.
"""

from functools import reduce

import numpy as np

from tregate.gating.events import Scalar
from tregate.gating.geometry.contains import Mask
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.geometry.shapes import Axis, Box, Range
from tregate.gating.order_statistics import median, medians, robust_sd, robust_sds
from tregate.gating.placement.density import curve, deepest_valley, peaks
from tregate.gating.placement.view import NotPlaced, Placed, View, off_scale
from tregate.gating.strategy.gates import BeadsGate, DoubletsGate
from tregate.gating.wording import percent_text

AT_MOST = 20_000
ENOUGH = 500
"""Beads among every k-th event below which all events are looked at."""
SPREAD = 6.0
"""Half width of the box in robust standard deviations below the cluster."""
NARROWEST = 0.012
"""Least robust sd on the scale: a bead cluster of CV 1 % still gets room for drift within the run."""


DIMMEST = 0.35
"""Position on the scale that the cluster must reach on its dimmest axis."""
WIDEST = 0.045
"""Largest robust sd on the scale: a factor of 1.6 at 4.5 decades; cells of one kind spread further."""


def place_beads(gate: BeadsGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """A box open above, so that doublets are inside. Raises NotPlaced where no such cluster is seen."""
    n = len(view)
    if n < gate.at_least:
        raise NotPlaced(f"too few events ({n}, at least {gate.at_least} required)", {"events": n})
    found = _cluster(gate, view, axes, AT_MOST) if n > AT_MOST else None
    if found is None or found[1].shape[1] < ENOUGH:
        found = _cluster(gate, view, axes, n)
    if found is None:
        raise NotPlaced("no cluster that is bright on every axis", {"events": n})
    low, cluster, seen = found
    centre, sd = _middle_and_sd(cluster)
    for _ in range(3):
        near = (np.abs(cluster - centre[:, None]) <= 4 * sd[:, None]).all(axis=0)
        if np.count_nonzero(near) < gate.at_least:
            break
        centre, sd = _middle_and_sd(cluster[:, near])
    if sd.max() > WIDEST:
        raise NotPlaced(
            "the brightest cluster is too wide for beads", {"events": n, "widest_sd": round(float(sd.max()), 4)}
        )
    edges = np.maximum(centre - SPREAD * sd, low)
    sides = tuple(Range(axis, off_scale(axis, float(edge)), None) for axis, edge in zip(axes, edges, strict=True))
    inside = int(np.count_nonzero((cluster >= edges[:, None]).all(axis=0)))
    share = inside / seen
    evidence: dict[str, Scalar] = {
        "events": n,
        "looked_at": seen,
        "beads": inside,
        "share": round(share, 5),
        **{f"{axis.marker}_median": off_scale(axis, float(c)) for axis, c in zip(axes, centre, strict=True)},
        "gap": round(float((centre - low).min()), 4),
    }
    if not gate.share[0] <= share <= gate.share[1]:
        raise NotPlaced(
            f"the brightest cluster contains {percent_text(share)} of the events, which is implausible for beads",
            evidence,
        )
    return Placed(Box(sides), evidence)


def _cluster(gate: BeadsGate, view: View, axes: tuple[Axis, ...], at_most: int) -> tuple[float, FloatArray, int] | None:
    """Lower edge, events (d, n) of the bright mode and number of events looked at; None where there is no such mode."""
    scaled = [view.scaled(axis, at_most) for axis in axes]
    dimmest = reduce(np.minimum, scaled)
    chosen = _bright_mode(dimmest, gate, len(dimmest))
    if chosen is None:
        return None
    low, members = chosen
    crowd = np.flatnonzero(members)
    return low, np.stack([column[crowd] for column in scaled]), len(dimmest)


def _middle_and_sd(cluster: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Median and robust sd of each axis of events (d, n)."""
    centre = medians(cluster)
    return centre, np.maximum(robust_sds(cluster, centre), NARROWEST)


def _bright_mode(dimmest: FloatArray, gate: BeadsGate, n: int) -> tuple[float, Mask] | None:
    """Lower edge and members of the highest mode that a valley sets apart from the cells."""
    binned = curve(dimmest, trim=0.0)
    for bandwidth in (0.03, 0.02, 0.012):
        density = binned.smoothed(bandwidth)
        tops = peaks(density)
        for top in tops[::-1]:
            if binned.x[top] < DIMMEST:
                break
            valley = deepest_valley(density, binned.x, -np.inf, float(binned.x[top]), bandwidth)
            if valley is None or valley.depth < 0.5:
                continue
            members = dimmest >= valley.at
            if np.count_nonzero(members) >= max(gate.at_least, gate.share[0] * n):
                return valley.at, members
    return None


def place_doublets(gate: DoubletsGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """A range above 1.41 times the single beads' mode. Raises NotPlaced where every axis is off scale."""
    n = len(view)
    if n < 50:
        raise NotPlaced(f"too few beads to separate doublets ({n}, at least 50 required)", {"beads": n})
    best: tuple[float, Axis, float, float] | None = None
    for axis in axes:
        linear = view.linear(axis.marker)
        mode = _mode(linear)
        sd = robust_sd(linear.compress(linear <= mode), mode) / mode if mode > 0 else np.inf
        if mode <= 0 or 2 * mode > 0.98 * axis.scale.top:
            continue
        separation = 0.41 / max(sd, 1e-3)
        if best is None or separation > best[0]:
            best = (separation, axis, mode, sd)
    if best is None:
        raise NotPlaced("bead doublets are off scale on every axis", {"beads": n})
    separation, axis, mode, sd = best
    evidence: dict[str, Scalar] = {
        "beads": n,
        "axis": axis.marker,
        "single_mode": float(f"{mode:.6g}"),
        "cv": round(sd, 4),
    }
    if separation < 3:
        raise NotPlaced(
            f"the spread of single beads is too large to separate doublets (CV {percent_text(sd)})", evidence
        )
    at = float(f"{mode * np.sqrt(2):.6g}")
    return Placed(Range(axis, at, None), evidence)


def _mode(values: FloatArray) -> float:
    ordered = np.sort(values)
    half = max(len(ordered) // 4, 2)
    widths = ordered[half:] - ordered[:-half]
    start = int(np.argmin(widths))
    return median(ordered[start : start + half])
