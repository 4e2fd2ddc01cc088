"""The densest cluster of some events: its mean and covariance, whatever lies around it."""

import math

import numpy as np

from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.order_statistics import medians, robust_sds
from tregate.gating.placement import em

WITHIN = 0.95
"""Part of a Gaussian's events inside the ellipse that trims stragglers."""
LIMITS = {2: -2 * math.log(1 - WITHIN), 3: 7.814727903251179}
"""Dimensions -> squared Mahalanobis distance of that ellipse: quantile of chi-square."""
ROUNDS = 15
LEAST_EVENTS = 20


def robust_core(points: FloatArray, rounds: int = ROUNDS) -> tuple[FloatArray, FloatArray]:
    """Mean (d,) and covariance (d, d) of the densest cluster of points (n, d), d of 2 or 3, without stragglers.

    Starts from medians and MADs; each of at most `rounds` rounds keeps what lies within the 95 % ellipse and corrects
    the covariance for the tails that were cut: of a Gaussian's variance, chi-square with d + 2 degrees of freedom.
    """
    columns = np.ascontiguousarray(points.T)
    center = medians(columns)
    covariance = np.diag((robust_sds(columns, center) + 1e-4) ** 2)
    d, before = points.shape[1], 0
    limit = LIMITS[d]
    lost = (limit / 2) ** (d / 2) * math.exp(-limit / 2) / math.gamma(d / 2 + 1)
    correction = WITHIN / (WITHIN - lost)
    monomials = em.monomials(points)
    for _ in range(rounds):
        core = em.squared_distances(center, covariance) @ monomials <= limit
        n = int(np.count_nonzero(core))
        if n < LEAST_EVENTS:
            break
        moments = monomials @ core
        center = moments[1 : 1 + d] / n
        scatter = em.symmetric(moments[None, 1 + d :], d)[0] / n - np.outer(center, center)
        covariance = scatter * (n / (n - 1) * correction) + np.eye(d) * 1e-8
        if n == before:
            break
        before = n
    return center, covariance
