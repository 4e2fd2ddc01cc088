"""Gaussian mixtures by expectation and maximisation on binned events; deterministic.

Bins instead of events: the cost does not grow with the tube, and the answer is as good [McLachlan & Jones
1988]. A flat component bears what is no Gaussian.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.order_statistics import distinct, quantiles

STEPS = 100
LOG_2_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class Mixture:
    """Weights (k,), means (k, d), covariances (k, d, d); the flat component's weight and density."""

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray
    flat_weight: float
    flat_density: float
    log_likelihood: float
    forms: FloatArray
    """Coefficients of the weighted log densities on the monomials, (k, 1 + d + d (d + 1) / 2)."""

    def log_densities(self, points: FloatArray) -> FloatArray:
        """Weighted log density of each component at points (n, d), shape (n, k)."""
        return np.asarray((self.forms @ monomials(points)).T)


def fit(
    points: FloatArray,
    counts: FloatArray,
    means: FloatArray,
    covariances: FloatArray,
    weights: FloatArray | None = None,
    prior: float = 0.0,
) -> Mixture:
    """Fit from starting means (k, d) and covariances (k, d, d) to bin centres (n, d) with counts (n,).

    `prior`: events' worth of belief in the starting covariances, which keeps a rare component from swelling.
    """
    k, d = means.shape
    total = counts.sum()
    volume = float(np.prod(points.max(axis=0) - points.min(axis=0) + 1e-9))
    flat_density = 1.0 / volume
    flat = 0.02
    weights = np.full(k, (1 - flat) / k) if weights is None else weights * (1 - flat)
    middle = counts @ points / total
    powers = monomials(points - middle)
    means, start = means - middle, covariances
    floor = np.diag(np.diagonal(start, axis1=1, axis2=2).min(axis=0) * 0.05**2)
    previous = -np.inf
    likelihood = previous
    for _ in range(STEPS):
        densities = np.exp(_forms(weights, means, covariances) @ powers)
        moments, sums = expectation(densities, flat * flat_density, counts, powers.T)
        likelihood = float(counts @ np.log(sums))
        mass = moments[:, 0] + 1e-9
        weights = np.maximum(mass / total, 1e-6)
        flat = min(max(1.0 - float(moments[:, 0].sum() / total), 1e-5), 0.1)
        means = moments[:, 1 : 1 + d] / mass[:, None]
        scatter = symmetric(moments[:, 1 + d :], d) - mass[:, None, None] * means[:, :, None] * means[:, None, :]
        covariances = (scatter + prior * start) / (mass + prior)[:, None, None] + floor
        if likelihood - previous < 1e-5 * abs(likelihood):
            break
        previous = likelihood
    means = means + middle
    return Mixture(weights, means, covariances, flat, flat_density, likelihood, _forms(weights, means, covariances))


def expectation(
    densities: FloatArray, flat: float, counts: FloatArray, powers: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The expectation step of every mixture here; what is maximised from its moments is each method's own.

    densities: weighted densities of k components at n bins, (k, n) or, from s starts at once, (k, s, n); they are
    overwritten. flat: density of the background. counts: events per bin, (n,). powers: m functions of the bins, (n, m).
    Returns the moments of the events that each component is credited with, (k, m) or (k, s, m), and the mixture's
    density, (n,) or (s, n) [Dempster, Laird & Rubin 1977, J R Stat Soc B 39:1].

    >>> moments, _ = expectation(np.array([[0.2, 0.1], [0.2, 0.3]]), 0.0, np.array([10.0, 20.0]), np.ones((2, 1)))
    >>> moments.round(9).tolist()
    [[10.0], [20.0]]
    """
    sums = densities.sum(axis=0) + flat
    densities *= counts / sums
    return densities @ powers, sums


# A Gaussian's log density is a polynomial of second degree: its coefficients times the monomials of a point. One
# matrix product then evaluates all components at all points, and another gathers all their moments.


@lru_cache
def _triangle(d: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns of the upper triangle."""
    return np.triu_indices(d)


@lru_cache
def _minus_halves(d: int) -> FloatArray:
    """What each element of the upper triangle of a precision counts for in a log density."""
    rows, columns = _triangle(d)
    return np.where(rows == columns, -0.5, -1.0)


def monomials(points: FloatArray) -> FloatArray:
    """1, x_i and x_i x_j (i <= j) of points (n, d), a row each, (1 + d + d (d + 1) / 2, n)."""
    rows, columns = _triangle(points.shape[1])
    return np.concatenate([np.ones((1, len(points))), points.T, (points[:, rows] * points[:, columns]).T])


def _forms(weights: FloatArray, means: FloatArray, covariances: FloatArray) -> FloatArray:
    """Coefficients of the weighted log densities of k Gaussians on the monomials, (k, 1 + d + d (d + 1) / 2)."""
    d = means.shape[1]
    rows, columns = _triangle(d)
    precisions = np.linalg.inv(covariances)
    pull = (precisions @ means[:, :, None])[:, :, 0]
    constant = np.log(weights) - 0.5 * ((pull * means).sum(axis=1) + np.log(np.linalg.det(covariances)) + d * LOG_2_PI)
    return np.concatenate([constant[:, None], pull, _minus_halves(d) * precisions[:, rows, columns]], axis=1)


def squared_distances(mean: FloatArray, covariance: FloatArray) -> FloatArray:
    """Coefficients of the squared Mahalanobis distance from a mean (d,) on the monomials, (1 + d + d (d + 1) / 2,).

    >>> float(squared_distances(np.array([1.0]), np.array([[4.0]])) @ monomials(np.array([[3.0]]))[:, 0])
    1.0
    """
    precision = np.linalg.inv(covariance)
    pull = precision @ mean
    rows, columns = _triangle(len(mean))
    return np.concatenate([[pull @ mean], -2.0 * pull, -2.0 * _minus_halves(len(mean)) * precision[rows, columns]])


def symmetric(triangles: FloatArray, d: int) -> FloatArray:
    """Upper triangles (k, d (d + 1) / 2) as matrices (k, d, d)."""
    rows, columns = _triangle(d)
    full = np.empty((len(triangles), d, d))
    full[:, rows, columns] = triangles
    full[:, columns, rows] = triangles
    return full


def binned(scaled: FloatArray, bins: int) -> tuple[FloatArray, FloatArray]:
    """Bin events (n, d) between their outer quantiles: centres (m, d) and counts (m,) of filled bins."""
    columns = np.ascontiguousarray(scaled.T)
    low, high = quantiles(np.sort(columns, axis=1), [0.001, 0.999])
    high = np.where(high > low, high, low + 1e-6)
    index = ((columns - low[:, None]) / (high - low)[:, None] * bins).astype(np.int64).clip(0, bins - 1)
    grid = (bins,) * len(columns)
    counts = np.bincount(np.ravel_multi_index(tuple(index), grid), minlength=bins ** len(columns))
    filled = np.flatnonzero(counts)
    cells = np.stack(np.unravel_index(filled, grid), axis=1)
    return low + (cells + 0.5) / bins * (high - low), counts[filled].astype(np.float64)


def spread_starts(points: FloatArray, counts: FloatArray, k: int, width: FloatArray) -> FloatArray:
    """k starting means (k, d): density peaks, each the highest that is not near an earlier one."""
    scaled = points / width
    density = _smoothed(scaled, counts)
    score = np.sqrt(density)
    chosen: list[int] = []
    for _ in range(k):
        best = int(np.argmax(score))
        chosen.append(best)
        distance = ((scaled - scaled[best]) ** 2).sum(axis=1)
        score = score * (1 - np.exp(-distance / 8))
    return points[chosen]


def _smoothed(points: FloatArray, counts: FloatArray) -> FloatArray:
    """Gaussian kernel density of unit width at bin centres (n, d) of an even grid, (n,): one axis after another."""
    grids = [distinct(column) for column in points.T]
    places = tuple(np.searchsorted(grid, column) for grid, column in zip(grids, points.T, strict=True))
    density = np.zeros([len(grid) for grid in grids])
    density[places] = counts
    for axis, grid in enumerate(grids):
        kernel = np.exp(-0.5 * (grid[:, None] - grid[None, :]) ** 2)
        density = np.moveaxis(np.tensordot(kernel, density, axes=(1, axis)), 0, axis)
    return np.asarray(density[places])
