"""`mixture`: Gaussian components on the scaled axes; the gate is where one group of them is the likeliest.

More components are fitted than there are populations, since no population is a Gaussian; those between
which the density has no dip are one population [Hennig 2010, Adv Data Anal Classif 4:3, ridgeline]. The edge
runs where a neighbour becomes as likely, so that what is lost to the neighbour and what is taken from it
balance; on open sides it runs where `mass` of the component is inside.
"""

import numpy as np

from tregate.gating.events import Scalar
from tregate.gating.geometry.contains import Mask
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.geometry.shapes import Axis, Polygon, Range
from tregate.gating.placement import em
from tregate.gating.placement.view import NotPlaced, Placed, View, all_off_scale, off_scale, on_scale
from tregate.gating.strategy.gates import MixtureGate
from tregate.gating.wording import number_text, percent_text

AT_MOST = 20_000
AT_LEAST = 100
BINS = {1: 256, 2: 64}
DIRECTIONS = 36
DOUBTFUL = 0.5
"""Dip towards the nearest neighbour below which the gate is reported as uncertain."""
ABREAST = 0.08
"""Components this close on the scale lie equally far: a handful of doublets must not win by a hair."""
EVENTS_A_COMPONENT = 60
SAME_MODE = 0.002
BROAD_AND_LOW = 0.06
"""Own peak density, relative to the chosen mode, below which a component is broad and no population."""
HIGH = 0.15
"""Height of a mode, of the chosen one's, from which it may be a part of the same population."""
PRESSED = 0.35
"""Share of the wished odds below which the gate could not lean outwards as it should."""
HEAVY = 0.1
"""Weight, of the group's, from which a neighbour matters."""
CONTAMINATION = 0.05
"""Expected share of the gate that may be neighbours, as far as `odds` lean outwards."""
FARTHEST = 100.0
"""Times the scale that values may spread: beyond it rounding leaves no component a width."""
SHALLOW = 0.2
"""A dip less than this, of the lower of two peaks, is no border."""


def place_mixture(gate: MixtureGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """Raises NotPlaced below 100 events, far off scale, or where the component's share of the parent is implausible."""
    n = len(view)
    if n < AT_LEAST:
        raise NotPlaced(f"too few events ({n}, at least {AT_LEAST} required)", {"events": n})
    scaled = np.stack([view.scaled(axis, AT_MOST) for axis in axes], axis=1)
    points, counts = em.binned(scaled, BINS[len(axes)])
    spread = float(np.ptp(points, axis=0).max())
    if spread > FARTHEST:
        raise NotPlaced(
            f"the values spread over {spread:.3g} times the scale (at most {FARTHEST:g}); check the top of the scales"
        )
    width = np.full(len(axes), 0.03)
    starts = em.spread_starts(points, counts, max(2, min(gate.components, n // EVENTS_A_COMPONENT)), width)
    fitted = em.fit(points, counts, starts, np.repeat(np.diag((width * 1.5) ** 2)[None], len(starts), axis=0))
    chosen = _choose(gate, axes, fitted, _guide(gate, view, axes, fitted, scaled))
    modes = _modes(fitted)
    group = _group(fitted, chosen, modes)
    share = float(fitted.weights[group].sum())
    dip = _clearness(fitted, group, chosen, modes)
    evidence: dict[str, Scalar] = {
        "events": n,
        "share": round(share, 4),
        "components": len(group),
        **{f"{a.marker}_mean": off_scale(a, m) for a, m in zip(axes, fitted.means[chosen], strict=True)},
        "dip": round(dip, 3),
    }
    if dip < DOUBTFUL:
        evidence["doubt"] = (
            f"gate poorly separated from neighbouring populations (dip {percent_text(dip, DOUBTFUL)}, at least "
            f"{percent_text(DOUBTFUL)} expected)"
        )
    if not gate.prior[0] <= share <= gate.prior[1]:
        raise NotPlaced(
            f"the population contains {percent_text(share)} of its parent, expected {percent_text(gate.prior[0])} "
            f"to {percent_text(gate.prior[1])}",
            evidence,
        )
    if len(axes) == 1:
        return Placed(_between_neighbours(gate, view, axes[0], fitted, group), evidence)
    odds = _odds(fitted, group, points, counts, gate.odds)
    evidence["odds"] = round(odds, 1)
    if odds < PRESSED * gate.odds:
        evidence["doubt"] = (
            "much denser neighbouring populations at the edge of the gate; some cells of the population are lost"
        )
    return Placed(_outline(axes[0], axes[1], fitted, group, gate.mass, odds), evidence)


def _guide(gate: MixtureGate, view: View, axes: tuple[Axis, ...], fitted: em.Mixture, scaled: FloatArray) -> FloatArray:
    """Mean of each component (k,) on the marker beside the axes by which it is recognised; 0 without one."""
    marker = gate.take.highest
    if marker is None or marker in [axis.marker for axis in axes] or not view.has(marker):
        return np.zeros(len(fitted.means))
    guide = view.scaled(view.axis(marker), AT_MOST)
    logs = fitted.log_densities(scaled)
    share = np.exp(logs - logs.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    return np.asarray(share.T @ guide[: len(share)] / np.maximum(share.sum(axis=0), 1e-9))


def _choose(gate: MixtureGate, axes: tuple[Axis, ...], fitted: em.Mixture, guide: FloatArray) -> int:
    """Of the components that lie furthest in the directions asked for, the heaviest."""
    score = 2 * guide
    for i, axis in enumerate(axes):
        along = fitted.means[:, i]
        if axis.marker == gate.take.highest:
            score += along
        if axis.marker == gate.take.lowest:
            score -= along
    score[fitted.weights < max(0.01, gate.prior[0] / 2)] = -np.inf
    furthest = np.flatnonzero(score >= score.max() - ABREAST)
    return int(furthest[np.argmax(fitted.weights[furthest])])


def _density(fitted: em.Mixture, points: FloatArray) -> FloatArray:
    return np.asarray(np.exp(fitted.log_densities(points)).sum(axis=1))


def _dip(fitted: em.Mixture, start: FloatArray, stop: FloatArray) -> float:
    """How far the density falls on the way between two points: 0 no dip, 1 to nothing."""
    way = start + np.linspace(0, 1, 21)[:, None] * (stop - start)
    density = _density(fitted, way)
    return float(1 - density.min() / min(density[0], density[-1]))


def _modes(fitted: em.Mixture) -> FloatArray:
    """Where each component's mean ends when it climbs the mixture's density, (k, d).

    Modal expectation and maximisation [Li, Ray & Lindsay 2007, JMLR 8:1687].
    """
    k, d = fitted.means.shape
    inverses = np.linalg.inv(fitted.covariances)
    pulls = (inverses @ fitted.means[:, :, None])[:, :, 0]
    at = fitted.means.copy()
    for _ in range(200):
        logs = fitted.log_densities(at)
        share = np.exp(logs - logs.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        precision = (share @ inverses.reshape(k, d * d)).reshape(k, d, d)
        following = np.linalg.solve(precision, (share @ pulls)[:, :, None])[:, :, 0]
        if np.abs(following - at).max() < 1e-5:
            break
        at = following
    return at


def _group(fitted: em.Mixture, chosen: int, modes: FloatArray) -> list[int]:
    """The components that climb to the chosen one's mode, or to a high one that no dip separates from it.

    Light, wide components (dead cells between the clusters) are ignored: they are neither a bridge nor a population.
    """
    height, own = _density(fitted, modes), _own_peaks(fitted)
    home = modes[chosen]
    joined = [chosen]
    for j in range(len(modes)):
        if j == chosen or own[j] < BROAD_AND_LOW * height[chosen]:
            continue
        same = np.abs(modes[j] - home).max() < SAME_MODE
        if same or (height[j] >= HIGH * height[chosen] and _dip(fitted, home, modes[j]) < SHALLOW):
            joined.append(j)
    return sorted(joined)


def _own_peaks(fitted: em.Mixture) -> FloatArray:
    """Each component's weighted density at its own mean, (k,)."""
    return np.exp(np.diagonal(fitted.log_densities(fitted.means)))


def _clearness(fitted: em.Mixture, group: list[int], chosen: int, modes: FloatArray) -> float:
    """Dip towards the nearest other population of some weight and height: how clearly the group is separated."""
    height = _density(fitted, modes)
    weight = fitted.weights[group].sum()
    dips = [1.0]
    for j in range(len(modes)):
        same = np.abs(modes - modes[j]).max(axis=1) < SAME_MODE
        heavy = fitted.weights[same].sum() >= HEAVY * weight
        if j not in group and heavy and height[j] >= HIGH * height[chosen]:
            dips.append(_dip(fitted, modes[chosen], modes[j]))
    return min(dips)


def _odds(fitted: em.Mixture, group: list[int], points: FloatArray, counts: FloatArray, odds: float) -> float:
    """As far outwards as `odds` wish, and as the neighbours that would come along allow; at least even."""
    if odds <= 1:
        return odds
    densities = np.exp(fitted.log_densities(points))
    ours = densities[:, group].sum(axis=1)
    others = densities.sum(axis=1) - ours
    ratio = others / np.maximum(ours, 1e-300)
    order = np.argsort(ratio)
    total = ours + others
    taken = np.cumsum((counts * ours / total)[order])
    along = np.cumsum((counts * others / total)[order])
    allowed = along <= CONTAMINATION * taken
    furthest = ratio[order][allowed][-1] if allowed.any() else 1.0
    return float(min(max(furthest, 1.0), odds))


def _inside(fitted: em.Mixture, group: list[int], points: FloatArray, reach: float, odds: float) -> Mask:
    """True where the group is the likeliest and a member's Mahalanobis distance is at most `reach`."""
    densities = np.exp(fitted.log_densities(points))
    ours = densities[:, group].sum(axis=1)
    likeliest = odds * ours >= densities.sum(axis=1) - ours
    near = np.zeros(len(points), dtype=bool)
    for j in group:
        centred = points - fitted.means[j]
        distance = (centred * np.linalg.solve(fitted.covariances[j], centred.T).T).sum(axis=1)
        near |= distance <= reach**2
    return np.asarray(likeliest & near)


def _outline(x: Axis, y: Axis, fitted: em.Mixture, group: list[int], mass: float, odds: float) -> Polygon:
    """Walk out from the centre in every direction until another group takes over or the mass is inside."""
    reach = float(np.sqrt(-2 * np.log(1 - mass)))
    weights = fitted.weights[group] / fitted.weights[group].sum()
    mean = weights @ fitted.means[group]
    spread = fitted.means[group] - mean
    covariance = np.einsum("k,kij->ij", weights, fitted.covariances[group]) + (weights[:, None] * spread).T @ spread
    root = np.linalg.cholesky(covariance)
    steps = np.linspace(0.02, 2.0, 120) * reach
    angles = np.linspace(0, 2 * np.pi, DIRECTIONS, endpoint=False)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1) @ root.T
    rays = mean + steps[:, None] * directions[:, None, :]
    inside = _inside(fitted, group, rays.reshape(-1, 2), reach, odds).reshape(rays.shape[:2])
    first_out = np.where(inside.all(axis=1), len(steps), inside.argmin(axis=1))
    edge = rays[np.arange(DIRECTIONS), np.maximum(first_out - 1, 0)]
    vertices = zip(all_off_scale(x, edge[:, 0]), all_off_scale(y, edge[:, 1]), strict=True)
    return Polygon(x, y, tuple(vertices))


def _between_neighbours(gate: MixtureGate, view: View, axis: Axis, fitted: em.Mixture, group: list[int]) -> Range:
    """One axis: the interval of the group, open on the side that is asked for."""
    mean, sd = float(fitted.means[group, 0].mean()), float(np.sqrt(fitted.covariances[group, 0, 0].max()))
    others = np.delete(fitted.means[:, 0], group)
    grid = np.linspace(mean - 8 * sd, mean + 8 * sd, 2001)
    inside = _inside(fitted, group, grid[:, None], 8.0, gate.odds)
    middle = 1000
    below, above = np.flatnonzero(~inside[:middle]), np.flatnonzero(~inside[middle:])
    low = grid[below[-1]] if len(below) and (others < mean).any() else None
    high = grid[middle + above[0]] if len(above) and (others > mean).any() else None
    if gate.take.highest == axis.marker:
        high = None
    if gate.take.lowest == axis.marker:
        low = None
    ends = [None if end is None else float(end) for end in (low, high)]
    if gate.between is not None:
        bounds = [on_scale(axis, view.number(axis.marker, number)) for number in gate.between]
        for end in ends:
            if end is not None and not bounds[0] <= end <= bounds[1]:
                raise NotPlaced(f"the gate edge is {number_text(off_scale(axis, end))}, outside the allowed range")
    if ends == [None, None]:
        raise NotPlaced("the population has no neighbour from which to separate it")
    return Range(axis, *(None if end is None else off_scale(axis, end) for end in ends))
