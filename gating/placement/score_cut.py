"""Where a learned score is cut on one tube: at the valley of its own scores, or where training learned to.

Scores are log odds. A deep valley between the two groups says itself where the place is. Where there is none, the
place that gave the right count on the training tubes is a linear function of how the scores are distributed.
"""

import math
from dataclasses import dataclass

import numpy as np

from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.strategy.learned_model import Cut

REACH = 14.0
STEP = 0.05
SEARCHED = 4.0
"""A valley is looked for between minus and plus this score."""
SMOOTHINGS = (1.2, 0.8, 0.5)
"""Bandwidths, coarse to fine: a valley that shows only when little is smoothed is noise."""
SHALLOW = 0.25
"""Depth below which there is no valley."""
DEEP = (0.7, 0.9)
"""Depth from which the valley is used beside the learned place, and alone, unless the model states its own."""
FARTHEST = 5.0
"""Largest learned cut, to either side."""
SHARES_ABOVE = (-6.0, -4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0, 6.0)
"""Scores above which the tube's share of events is given to the learned place."""
FEW = 3.0
"""Events' worth added to each share, so that none is zero."""


@dataclass(frozen=True, slots=True)
class ScoreValley:
    """The lowest point of the scores' density."""

    at: float
    depth: float
    """1 - floor / lower mode."""


def valley(scores: FloatArray) -> ScoreValley | None:
    """The valley between -SEARCHED and SEARCHED that shows at every smoothing; None where there is none."""
    edges = np.linspace(-REACH, REACH, round(2 * REACH / STEP) + 1)
    counts = np.histogram(np.clip(scores, -REACH, REACH), edges)[0].astype(np.float64)
    x = (edges[1:] + edges[:-1]) / 2
    at: float | None = None
    depth = 0.0
    for bandwidth in SMOOTHINGS:
        reach = int(np.ceil(4 * bandwidth / STEP))
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * STEP / bandwidth) ** 2)
        density = np.convolve(counts, kernel / kernel.sum(), mode="full")[reach:-reach]
        within = (np.abs(x) <= SEARCHED if at is None else np.abs(x - at) <= bandwidth).nonzero()[0]
        lowest = int(within[np.argmin(density[within])])
        here = 1 - density[lowest] / max(min(density[: lowest + 1].max(), density[lowest:].max()), 1e-9)
        if at is None and (here < SHALLOW or lowest in (within[0], within[-1])):
            return None
        if here >= SHALLOW:
            at, depth = float(x[lowest]), float(here)
    return None if at is None else ScoreValley(at, depth)


def described(scores: FloatArray, found: ScoreValley | None) -> FloatArray:
    """What the learned place knows of a tube's scores: the valley, shares above fixed scores, the expected errors."""
    at, depth = (0.0, 0.0) if found is None else (found.at, found.depth)
    against = _odds_against(scores)
    twice = against * against
    shares = [np.log(((1 / (1 + twice * math.exp(2 * k))).sum() + FEW) / len(scores)) for k in SHARES_ABOVE]
    p = 1 / (1 + against)
    return np.array([at * depth, depth, *shares, min((p * (1 - p)).sum() / max(p.sum(), 1e-9), 1.0)])


def cut_at(
    scores: FloatArray, learned: Cut | None, deep: tuple[float, float] = DEEP
) -> tuple[float, ScoreValley | None, float]:
    """The cut, the valley where there is one, and the weight that the valley was given (0 to 1)."""
    found = valley(scores)
    weight = 0.0 if found is None else float(np.clip((found.depth - deep[0]) / (deep[1] - deep[0]), 0.0, 1.0))
    place = 0.0
    if learned is not None:
        place = learned.intercept
        for w, value in zip(learned.weights, described(scores, found), strict=True):
            place += w * float(value)
        place = min(max(place, -FARTHEST), FARTHEST)
    at = place if found is None else weight * found.at + (1 - weight) * place
    return float(f"{at:.6g}"), found, weight


def unsure(scores: FloatArray, cut: float) -> float:
    """Expected share of misclassified events, of those in the gate: sum of p (1 - p) over the count."""
    p = 1 / (1 + _odds_against(scores) * math.exp(cut))
    return float(min((p * (1 - p)).sum() / max(np.count_nonzero(scores >= cut), 1), 9.99))


def _odds_against(scores: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-np.clip(scores, -40, 40)))
