"""`backgate`: where the cells that are bright in a third marker lie on the axes.

Lymphocytes without CD45 lie where the CD3+ cells lie, whatever fixation did to their scatter.
"""

import numpy as np

from tregate.gating.events import Scalar
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.geometry.shapes import Axis, Ellipse
from tregate.gating.order_statistics import median
from tregate.gating.placement.robust_core import robust_core
from tregate.gating.placement.valley import AT_MOST, find_valley
from tregate.gating.placement.view import NotPlaced, Placed, View, off_scale
from tregate.gating.strategy.gates import BackgateGate
from tregate.gating.wording import percent_text

AT_LEAST = 200
DIP = 0.3
"""Depth of a valley of the guide that parts two clusters of bright cells."""
LEAST_SHARE = 0.1
"""Share of the bright cells that the brighter cluster must have."""
LOWER = 0.03
"""Distance on the scale by which its side scatter must be the lower one."""
CROWDED = 1.1
"""Events inside, of those expected, above which contamination by other cells is reported."""


def place_backgate(gate: BackgateGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """An ellipse that holds `mass` of the bright cells' core. Raises NotPlaced where none stand apart."""
    n = len(view)
    if n < AT_LEAST or not view.has(gate.bright):
        raise NotPlaced(
            f"too few events, or no {gate.bright}, to find the bright cells ({n} events, at least {AT_LEAST} required)",
            {"events": n},
        )
    guide_axis = view.axis(gate.bright)
    guide = view.scaled(guide_axis, AT_MOST)
    valley = find_valley(guide, -np.inf, np.inf, 0.3)
    if valley is None:
        raise NotPlaced(f"no separate bright population on {gate.bright}", {"events": n})
    scaled = np.stack([view.scaled(axis, AT_MOST) for axis in axes], axis=1)
    above = _brightest(scaled, guide, valley.at, axes)
    bright = scaled.compress(guide >= above, axis=0)
    if len(bright) < AT_LEAST // 4:
        raise NotPlaced(
            f"too few events are bright in {gate.bright} ({len(bright)}, at least {AT_LEAST // 4} required)",
            {"events": n},
        )
    center, covariance = robust_core(bright)
    evidence: dict[str, Scalar] = {
        "events": n,
        "bright": gate.bright,
        "bright_above": off_scale(guide_axis, above),
        "bright_share": round(len(bright) / len(scaled), 4),
        **{f"{a.marker}_center": off_scale(a, float(c)) for a, c in zip(axes, center, strict=True)},
    }
    crowd = _crowd(scaled, center, covariance, gate.mass)
    evidence["crowd"] = round(crowd, 3)
    if crowd > CROWDED:
        evidence["doubt"] = (
            f"the gate contains about {percent_text(crowd - 1)} more events than expected; other cells may be included"
        )
    return Placed(
        Ellipse(
            axes,
            tuple(off_scale(axis, float(c)) for axis, c in zip(axes, center, strict=True)),
            tuple(tuple(float(f"{v:.6g}") for v in row) for row in covariance),
            float(f"{-2 * np.log(1 - gate.mass):.6g}"),
        ),
        evidence,
    )


def _brightest(scaled: FloatArray, guide: FloatArray, above: float, axes: tuple[Axis, ...]) -> float:
    """Threshold of the guide (n,) for cells that are bright in it; higher where the bright ones are two clusters.

    Granulocytes and dying cells that take up stain are dimmer than T cells, have more side scatter, and may be the
    more numerous: the brighter cluster is taken where its side scatter is the lower one. scaled: (n, axes).
    """
    side = next((i for i, axis in enumerate(axes) if axis.marker == "SSC-A"), None)
    bright = guide >= above
    if side is None or np.count_nonzero(bright) < AT_LEAST:
        return above
    lights, sides = guide.compress(bright), scaled.compress(bright, axis=0)[:, side]
    valley = find_valley(lights, -np.inf, np.inf, DIP)
    if valley is None:
        return above
    upper = lights >= valley.at
    if upper.mean() < LEAST_SHARE or median(sides.compress(upper)) > median(sides.compress(~upper)) - LOWER:
        return above
    return valley.at


def _crowd(scaled: FloatArray, center: FloatArray, covariance: FloatArray, mass: float) -> float:
    """Events inside, of those that a Gaussian with the same inner half would have there; above 1: intruders."""
    distance = squared_distance(scaled.T, center, covariance)
    core = np.count_nonzero(distance <= -2 * np.log(0.5))
    return float(np.count_nonzero(distance <= -2 * np.log(1 - mass)) / max(core / 0.5 * mass, 1.0))


def squared_distance(columns: FloatArray, center: FloatArray, covariance: FloatArray) -> FloatArray:
    """Mahalanobis distance squared of events (d, n), (n,)."""
    whitened = np.linalg.inv(np.linalg.cholesky(covariance)) @ (columns - center[:, None])
    whitened *= whitened
    return np.asarray(whitened.sum(axis=0))
