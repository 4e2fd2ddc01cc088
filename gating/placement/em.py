"""Gaussian mixtures by expectation and maximisation on binned events; deterministic.

Bins instead of events: the cost does not grow with the tube, and the answer is as good [McLachlan & Jones
1988]. A flat component bears what is no Gaussian.
"""

from dataclasses import dataclass

import numpy as np

from gating.geometry.scales import FloatArray

STEPS = 100


@dataclass(frozen=True, slots=True)
class Mixture:
    """Weights (k,), means (k, d), covariances (k, d, d); the flat component's weight and density."""

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray
    flat_weight: float
    flat_density: float
    log_likelihood: float

    def log_densities(self, points: FloatArray) -> FloatArray:
        """Weighted log density of each component at points (n, d), shape (n, k)."""
        return _log_gaussians(points, self.means, self.covariances) + np.log(self.weights)


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
    k = len(means)
    total = counts.sum()
    volume = float(np.prod(points.max(axis=0) - points.min(axis=0) + 1e-9))
    flat_density = 1.0 / volume
    flat = 0.02
    weights = np.full(k, (1 - flat) / k) if weights is None else weights * (1 - flat)
    means, start, covariances = means.copy(), covariances, covariances.copy()
    floor = np.diag(np.diagonal(start, axis1=1, axis2=2).min(axis=0) * 0.05**2)
    previous = -np.inf
    likelihood = previous
    for _ in range(STEPS):
        logs = _log_gaussians(points, means, covariances) + np.log(weights)
        peak = logs.max(axis=1)
        dens = np.exp(logs - peak[:, None])
        flat_part = flat * flat_density * np.exp(-peak)
        sums = dens.sum(axis=1) + flat_part
        likelihood = float(counts @ (np.log(sums) + peak))
        share = dens / sums[:, None] * counts[:, None]
        mass = share.sum(axis=0) + 1e-9
        weights = np.maximum(mass / total, 1e-6)
        flat = min(max(float((flat_part / sums * counts).sum() / total), 1e-5), 0.1)
        means = (share.T @ points) / mass[:, None]
        for j in range(k):
            centred = points - means[j]
            scatter = (share[:, j, None] * centred).T @ centred
            covariances[j] = (scatter + prior * start[j]) / (mass[j] + prior) + floor
        if likelihood - previous < 1e-5 * abs(likelihood):
            break
        previous = likelihood
    return Mixture(weights, means, covariances, flat, flat_density, likelihood)


def _log_gaussians(points: FloatArray, means: FloatArray, covariances: FloatArray) -> FloatArray:
    d = points.shape[1]
    out = np.empty((len(points), len(means)))
    for j, (mean, covariance) in enumerate(zip(means, covariances, strict=True)):
        lower = np.linalg.cholesky(covariance)
        z = np.linalg.solve(lower, (points - mean).T)
        out[:, j] = -0.5 * (z * z).sum(axis=0) - np.log(np.diag(lower)).sum() - 0.5 * d * np.log(2 * np.pi)
    return out


def binned(scaled: FloatArray, bins: int) -> tuple[FloatArray, FloatArray]:
    """Bin events (n, d) between their outer quantiles: centres (m, d) and counts (m,) of filled bins."""
    low, high = np.quantile(scaled, [0.001, 0.999], axis=0)
    high = np.where(high > low, high, low + 1e-6)
    index = np.clip(((scaled - low) / (high - low) * bins).astype(np.int64), 0, bins - 1)
    flat = np.ravel_multi_index(tuple(index.T), (bins,) * scaled.shape[1])
    filled, counts = np.unique(flat, return_counts=True)
    cells = np.stack(np.unravel_index(filled, (bins,) * scaled.shape[1]), axis=1)
    return low + (cells + 0.5) / bins * (high - low), counts.astype(np.float64)


def spread_starts(points: FloatArray, counts: FloatArray, k: int, width: FloatArray) -> FloatArray:
    """k starting means (k, d): density peaks, each the highest that is not near an earlier one."""
    scaled = points / width
    density = np.zeros(len(points))
    for start in range(0, len(points), 512):
        chunk = scaled[start : start + 512]
        distance = ((chunk[:, None, :] - scaled[None, :, :]) ** 2).sum(axis=2)
        density[start : start + 512] = np.exp(-0.5 * distance) @ counts
    score = np.sqrt(density)
    chosen: list[int] = []
    for _ in range(k):
        best = int(np.argmax(score))
        chosen.append(best)
        distance = ((scaled - scaled[best]) ** 2).sum(axis=1)
        score = score * (1 - np.exp(-distance / 8))
    return points[chosen]
