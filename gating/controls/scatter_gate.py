"""The main cells (or beads) of a control in scatter: debris, doublets and events at the edge of the scale excluded."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.order_statistics import median, robust_sd

Mask = npt.NDArray[np.bool_]

REACH = 2.5
"""Robust standard deviations about the centre that belong to the main population, along each axis of the ellipse."""
PAIRS = 4.0
"""Robust standard deviations of forward area over height beyond which an event is taken for two particles."""
ROUNDS = 8
BINS = 40
LEAST = 20
"""Events below which no centre is looked for: all are kept."""


@dataclass(frozen=True, slots=True)
class ScatterGate:
    """An ellipse in the logarithms of forward and side scatter."""

    center: FloatArray
    """(2,)"""
    inverse: FloatArray
    """(2, 2) inverse covariance."""

    def contains(self, scatter: FloatArray) -> Mask:
        """Which events (n, 2) of forward and side scatter lie inside, (n,)."""
        away = _log(scatter) - self.center
        return np.asarray(np.einsum("ni,ij,nj->n", away, self.inverse, away) <= REACH**2)


def scatter_gate(scatter: FloatArray, chosen: Mask) -> ScatterGate | None:
    """The densest population of the chosen events (n,) in forward and side scatter (n, 2); None for too few events."""
    at = _log(scatter[chosen & (scatter > 0).all(axis=1)])
    if len(at) < LEAST:
        return None
    center, spread = _densest(at), np.array([robust_sd(at[:, i]) or 1e-3 for i in range(2)])
    covariance = np.diag(np.minimum(spread, 0.35) ** 2)
    for _ in range(ROUNDS):
        away = at - center
        near = np.einsum("ni,ij,nj->n", away, np.linalg.inv(covariance), away) <= REACH**2
        if np.count_nonzero(near) < LEAST:
            break
        center = np.median(at[near], axis=0)
        # a normal population cut at REACH has 0.83 of its variance left in two dimensions
        covariance = np.cov(at[near].T) / _LEFT + np.eye(2) * 1e-6
    return ScatterGate(center, np.asarray(np.linalg.inv(covariance)))


_LEFT = 1 - (REACH**2 / 2) * np.exp(-(REACH**2) / 2) / (1 - np.exp(-(REACH**2) / 2))


def single(area: FloatArray, height: FloatArray, chosen: Mask) -> Mask:
    """Events whose forward area over height is that of one particle, (n,); `chosen` are looked at for the usual."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(height > 0, area / height, np.nan)
    seen = ratio[chosen & np.isfinite(ratio)]
    if len(seen) < LEAST:
        return np.ones(len(area), dtype=bool)
    middle = median(seen)
    return np.asarray(np.abs(ratio - middle) <= PAIRS * max(robust_sd(seen), 1e-3 * middle))


def _densest(at: FloatArray) -> FloatArray:
    """Centre of the fullest bin of events (n, 2), each bin counted with its neighbours."""
    ends = [np.quantile(at[:, i], [0.005, 0.995]) for i in range(2)]
    edges = [np.linspace(float(low) - 1e-6, float(high) + 1e-6, BINS + 1) for low, high in ends]
    counts, *_ = np.histogram2d(at[:, 0], at[:, 1], bins=edges)
    padded = np.pad(counts, 2)
    around = np.sum([padded[i : i + BINS, j : j + BINS] for i in range(5) for j in range(5)], axis=0)
    i, j = divmod(int(np.argmax(around)), BINS)
    return np.array([edges[0][i : i + 2].mean(), edges[1][j : j + 2].mean()])


def _log(scatter: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.maximum(scatter, 1e-9)))
