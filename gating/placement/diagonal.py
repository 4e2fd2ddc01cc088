"""`diagonal`: bright on one axis and dim on the other, cut by a slanted line (CD25 against CD127).

Conventional cells with more CD25 keep their CD127, so the regulatory cells leave the cloud along the
diagonal. A mixture finds the two; `guide` lets a third marker (Foxp3) show which cells to look for where
CD25 alone shows no valley. The line lies between the two centres and keeps the fraction `mass` of the wanted
component, but never passes the point that is equally many standard deviations from both.
"""

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from tregate.gating.events import Scalar
from tregate.gating.geometry.scaled import FloatArray, to_linear
from tregate.gating.geometry.shapes import Axis, Polygon
from tregate.gating.order_statistics import median, medians, robust_sd, robust_sds
from tregate.gating.placement import em
from tregate.gating.placement.view import NotPlaced, Placed, View, off_scale
from tregate.gating.strategy.gates import DiagonalGate
from tregate.gating.wording import percent_text

AT_MOST = 10_000
AT_LEAST = 200
LEAKY = 0.15
"""Share of conventional cells inside the line, above which it is reported as uncertain."""
DOUBTFUL = 3.0
"""Separation below which the line is reported as uncertain."""
LEAK = 0.4
"""Share of what is inside the line that may be the rest, as far as generosity goes."""
BINS = {2: 64, 3: 24}
HIGHEST = 0.995
"""Share of the wanted cells that lie below the gate's upper edge on the second axis."""
BESIDE = 1.5
"""The gate begins at least so many standard deviations of the rest beside its centre on the first axis."""
LEAST_SEEDS = 8
PRIOR = 30.0
"""Events' worth of belief in the starting spread."""


def place_diagonal(gate: DiagonalGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """Raises NotPlaced below 200 events, or where no component lies bright on the first, dim on the second."""
    n = len(view)
    if n < AT_LEAST:
        raise NotPlaced(
            f"too few events to separate the populations ({n}, at least {AT_LEAST} required)", {"events": n}
        )
    x, y = axes
    used = (*axes, view.axis(gate.guide)) if gate.guide is not None and view.has(gate.guide) else axes
    scaled = np.stack([view.scaled(axis, AT_MOST) for axis in used], axis=1)
    wanted, rest = _components(scaled)
    apart = wanted.mean - rest.mean
    pooled = (wanted.covariance + rest.covariance) / 2
    separation = float(np.sqrt(apart @ np.linalg.solve(pooled, apart)))
    evidence: dict[str, Scalar] = {
        "events": n,
        "share": round(wanted.weight, 4),
        f"{x.marker}_wanted": off_scale(x, float(wanted.mean[0])),
        f"{y.marker}_wanted": off_scale(y, float(wanted.mean[1])),
        f"{x.marker}_rest": off_scale(x, float(rest.mean[0])),
        f"{y.marker}_rest": off_scale(y, float(rest.mean[1])),
        "separation": round(separation, 2),
        "guide": gate.guide or "",
    }
    if not gate.prior[0] <= wanted.weight <= gate.prior[1]:
        raise NotPlaced(
            f"the gate would contain {percent_text(wanted.weight)} of its parent, expected "
            f"{percent_text(gate.prior[0])} to {percent_text(gate.prior[1])}",
            evidence,
        )
    if wanted.mean[0] <= rest.mean[0]:
        raise NotPlaced(f"no population is brighter in {x.marker} and dimmer in {y.marker} than the rest", evidence)
    if separation < DOUBTFUL:
        evidence["doubt"] = (
            f"the population is separated by only {separation:.1f} SD from the rest (at least {DOUBTFUL:g} expected)"
        )
    shape, leak = _half_plane(x, y, wanted, rest, gate.mass)
    evidence["leak"] = round(leak, 3)
    if leak > LEAKY:
        evidence["doubt"] = (
            f"about {percent_text(leak, LEAKY)} of the gated events are estimated to be conventional cells (at most "
            f"{percent_text(LEAKY)} expected)"
        )
    return Placed(shape, evidence)


class Component:
    """Weight, mean and covariance of one group, (d,) and (d, d)."""

    __slots__ = ("covariance", "mean", "weight")

    def __init__(self, weight: float, mean: FloatArray, covariance: FloatArray) -> None:
        self.weight, self.mean, self.covariance = weight, mean, covariance


def _components(scaled: FloatArray) -> tuple[Component, Component]:
    """The group that is bright first, dim second (bright third), and the pooled rest.

    The wanted component starts from the events that lie out in the wanted direction; the guide, where there
    is one, is judged against the dimmer half of the first axis.
    """
    d = scaled.shape[1]
    points, counts = em.binned(scaled, BINS[d])
    centre, spread = _middle_and_spread(scaled)
    spread += 1e-3
    z = (scaled - centre) / spread
    seeds = _seeds(scaled, z)
    if seeds.sum() < LEAST_SEEDS:
        raise NotPlaced("too few events where the population is expected", {"seeds": int(seeds.sum())})
    share = float(np.clip(seeds.mean(), 0.002, 0.3))
    wanted_mean, wanted_sd = _middle_and_spread(scaled[seeds])
    wanted_sd = wanted_sd.clip(0.015, 2 * spread)
    along = np.zeros(d)
    along[0] = 0.5 * spread[0]
    means = np.stack([centre - along, centre + along, wanted_mean])
    covariances = np.stack([np.diag(spread**2), np.diag(spread**2), np.diag(wanted_sd**2)])
    fitted = em.fit(points, counts, means, covariances, np.array([(1 - share) / 2] * 2 + [share]), PRIOR)
    rest = fitted.weights[:2] / fitted.weights[:2].sum()
    mean = rest @ fitted.means[:2]
    apart = fitted.means[:2] - mean
    covariance = np.einsum("k,kij->ij", rest, fitted.covariances[:2]) + (rest[:, None] * apart).T @ apart
    wanted = Component(float(fitted.weights[2]), fitted.means[2], fitted.covariances[2])
    if wanted.mean[0] < wanted_mean[0] - 2 * wanted_sd[0]:
        wanted = Component(share, wanted_mean, covariances[2])
    return wanted, Component(1 - wanted.weight, mean, covariance)


def _middle_and_spread(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Median and robust sd of each axis of events (n, d), (d,) each."""
    columns = np.ascontiguousarray(points.T)
    middle = medians(columns)
    return middle, robust_sds(columns, middle)


def _seeds(scaled: FloatArray, z: FloatArray) -> npt.NDArray[np.bool_]:
    """Events that are surely wanted, or nearly so."""
    side = (z[:, 0] > 0) & (z[:, 1] < 0)
    if scaled.shape[1] == 2:
        return np.asarray(side & ((z[:, 0] - z[:, 1]) / np.sqrt(2) > 2.8))
    negative = scaled[z[:, 0] < 0, 2]
    middle = median(negative)
    sd = robust_sd(negative, middle) + 1e-3
    return np.asarray(side & (scaled[:, 2] > middle + 2.5 * sd))


def _half_plane(x: Axis, y: Axis, wanted: Component, rest: Component, mass: float) -> tuple[Polygon, float]:
    """The gate, and the share of it that the rest may make up."""
    pooled = (wanted.covariance[:2, :2] + rest.covariance[:2, :2]) / 2
    normal = np.linalg.solve(pooled, wanted.mean[:2] - rest.mean[:2])
    normal[0], normal[1] = max(normal[0], 1e-6), min(normal[1], 0.0)
    normal /= np.linalg.norm(normal)
    along_wanted, along_rest = float(normal @ wanted.mean[:2]), float(normal @ rest.mean[:2])
    sd_wanted = float(np.sqrt(normal @ wanted.covariance[:2, :2] @ normal))
    sd_rest = float(np.sqrt(normal @ rest.covariance[:2, :2] @ normal))
    generous = along_wanted - _z(mass) * sd_wanted
    balanced = (along_wanted * sd_rest + along_rest * sd_wanted) / (sd_rest + sd_wanted)
    leak = along_rest + _z(1 - min(LEAK * wanted.weight / rest.weight, 0.5)) * sd_rest
    at = min(max(generous, leak), balanced)
    sd_rest_x, sd_wanted_x = float(np.sqrt(rest.covariance[0, 0])), float(np.sqrt(wanted.covariance[0, 0]))
    left = min(rest.mean[0] + BESIDE * sd_rest_x, wanted.mean[0] - _z(mass) * sd_wanted_x)
    beyond = rest.weight * (1 - NormalDist(along_rest, sd_rest).cdf(at))
    inside = wanted.weight * (1 - NormalDist(along_wanted, sd_wanted).cdf(at))
    top = wanted.mean[1] + _z(HIGHEST) * np.sqrt(wanted.covariance[1, 1])
    return _clipped(x, y, normal, at, float(left), float(top)), beyond / (beyond + inside)


def _z(mass: float) -> float:
    return NormalDist().inv_cdf(mass)


def _clipped(x: Axis, y: Axis, normal: np.typing.NDArray[np.floating], at: float, left: float, top: float) -> Polygon:
    """The box [left, 1.5] x [-0.5, top] of the scaled plane, cut by normal . p >= at."""
    corners = [np.array(c) for c in ((left, -0.5), (1.5, -0.5), (1.5, top), (left, top))]
    kept: list[FloatArray] = []
    for here, following in zip(corners, corners[1:] + corners[:1], strict=True):
        a, b = float(normal @ here) - at, float(normal @ following) - at
        if a >= 0:
            kept.append(here)
        if a * b < 0:
            kept.append(here + (following - here) * (a / (a - b)))
    columns = np.stack(kept, axis=1)
    xs, ys = to_linear(x.scale, columns[0]), to_linear(y.scale, columns[1])
    return Polygon(x, y, tuple((float(f"{a:.6g}"), float(f"{b:.6g}")) for a, b in zip(xs, ys, strict=True)))
