"""`singlets`: area against height or width; what passes as one cell lies on a ridge.

Two cells through the laser together double the area, not the height, and lengthen the pulse. In slices of
area the ridge has a median and a spread; its upper limit (area per height, or width) is the gate's edge.
The other side stays open: nothing that matters lies there.
"""

import numpy as np

from tregate.gating.geometry.shapes import Axis, Polygon
from tregate.gating.order_statistics import quantiles
from tregate.gating.placement.ridge import find_ridge
from tregate.gating.placement.view import NotPlaced, Placed, View
from tregate.gating.strategy.gates import SingletsGate

AT_MOST = 30_000
AT_LEAST = 200
LEAST_SD = 0.02
"""Relative: large cells spread further above a sharp ridge than below it, and pairs lie 20 % above and more."""
DEBRIS = 0.3
"""Area, of the upper quartile of all events, below which events are debris and do not define the ridge."""
SAMPLED = 4
"""One event in so many is used to estimate the share excluded."""


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
    cells = area >= DEBRIS * quantiles(np.sort(area), [0.75])[0]
    ridge = find_ridge(area.compress(cells), stretch.compress(cells))
    limits_ = ridge.values * (1 + gate.spread * max(ridge.sd, LEAST_SD))
    centers = ridge.areas
    sampled = slice(None, None, SAMPLED)
    outside = float(np.mean(stretch[sampled] > np.interp(area[sampled], centers, limits_)))
    evidence = {"events": n, "ridge_sd": round(ridge.sd, 4), "taken_out": round(outside, 4)}
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
