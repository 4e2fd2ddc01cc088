"""`singlets`: area against height or width; what passes as one cell lies on a ridge.

Two cells through the laser together double the area, not the height, and lengthen the pulse. In slices of
area the ridge has a median and a spread; its upper limit (area per height, or width) is the gate's edge.
The other side stays open: nothing that matters lies there.
"""

from itertools import pairwise

import numpy as np

from tregate.gating.geometry.scales import FloatArray
from tregate.gating.geometry.shapes import Axis, Polygon
from tregate.gating.order_statistics import median, quantiles
from tregate.gating.placement.view import NotPlaced, Placed, View
from tregate.gating.strategy.gates import SingletsGate

AT_MOST = 30_000
AT_LEAST = 200
SLICES = 12
TOLD_OF = 4
"""Every so many events tell what share is taken out."""


def place_singlets(gate: SingletsGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """Raises NotPlaced below 200 events, or where the second signal does not follow the first."""
    area_axis, other_axis = axes
    n = len(view)
    if n < AT_LEAST:
        raise NotPlaced(f"too few events ({n}, at least {AT_LEAST} required)", {"events": n})
    area = view.linear(area_axis.marker, AT_MOST)
    other = view.linear(other_axis.marker, AT_MOST)
    is_width = other_axis.marker.endswith("-W")
    positive = (area > 0) & (other > 0)
    if not positive.all():
        area, other = area.compress(positive), other.compress(positive)
    if len(area) < AT_LEAST:
        raise NotPlaced("too few events have a positive area and height", {"events": n})
    stretch = other if is_width else area / other
    centers, limits_, sd = _ridge(area, stretch, gate.spread)
    told = slice(None, None, TOLD_OF)
    outside = float(np.mean(stretch[told] > np.interp(area[told], centers, limits_)))
    evidence = {"events": n, "ridge_sd": round(sd, 4), "taken_out": round(outside, 4)}
    if outside > 0.5:
        raise NotPlaced("more than half of the events are outside the singlet ridge", evidence)
    top = max(area_axis.scale.top, float(area.max())) * 2
    other_top = max(other_axis.scale.top, float(other.max())) * 2
    x = np.concatenate([[0.0], centers, [top]])
    edge = np.concatenate([[limits_[0]], limits_, [limits_[-1]]])
    y = edge if is_width else x / edge
    open_side = -other_top if is_width else other_top
    vertices = [(float(f"{a:.6g}"), float(f"{b:.6g}")) for a, b in zip(x, y, strict=True)]
    vertices = [(-top, vertices[0][1]), *vertices, (top, open_side), (-top, open_side)]
    return Placed(Polygon(area_axis, other_axis, tuple(vertices)), evidence)


def _ridge(area: FloatArray, stretch: FloatArray, spread: float) -> tuple[FloatArray, FloatArray, float]:
    """Centres of slices of area, upper limit of `stretch` in each, and the relative spread."""
    by_area = np.argsort(area)
    area, stretch = area.take(by_area), stretch.take(by_area)
    edges = np.unique(quantiles(area, np.linspace(0, 1, SLICES + 1)))
    starts, stops = np.searchsorted(area, edges[:-1]), np.searchsorted(area, edges[1:], "right")
    centers, medians, sds = [], [], []
    for (low, high), start, stop in zip(pairwise(edges), starts, stops, strict=True):
        if stop - start < 10:
            continue
        inside = np.sort(stretch[start:stop])
        mode = _half_sample_mode(inside)
        below = inside[: np.searchsorted(inside, mode, "right")]
        centers.append((low + high) / 2)
        medians.append(mode)
        sds.append(1.4826 * median(mode - below) / mode)
    sd = float(np.median(sds))
    middle = np.minimum.accumulate(np.array(medians)[::-1])[::-1] if len(medians) > 1 else np.array(medians)
    return np.array(centers), middle * (1 + spread * max(sd, 0.005)), sd


def _half_sample_mode(ordered: FloatArray) -> float:
    """Mode of ascending values by repeatedly taking the densest half: steady beside a second mode.

    [Bickel & Fruehwirth 2006]
    """
    while len(ordered) > 4:
        half = (len(ordered) + 1) // 2
        widths = ordered[half - 1 :] - ordered[: len(ordered) - half + 1]
        start = int(widths.argmin())
        ordered = ordered[start : start + half]
    return float((ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2)
