"""What a matrix leaves of the spillover that controls show: does a file's own matrix contradict them?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tregate.gating.controls.estimate import Estimated
from tregate.gating.events import Spillover
from tregate.gating.units import Channel

RESIDUAL = 0.01
"""Residual slope, beyond the interval of the controls, from which a matrix contradicts them."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One entry of a matrix beside that of the controls."""

    own: Channel
    into: Channel
    stated: float
    slope: float
    low: float
    high: float
    residual: float
    """Slope that the stated matrix leaves on the control."""
    contradicts: bool
    """Whether the residual is above 0.01 even at the nearer limit."""


def contradictions(
    estimated: Estimated, stated: Spillover, wanted: Sequence[Channel] | None = None
) -> tuple[Contradiction, ...]:
    """Every entry that both have, in the order of the controls' channels. `wanted`: only between these channels."""
    shared = [name for name in (estimated.channels[i] for i in estimated.included) if name in stated.channels]
    if wanted is not None:
        shared = [name for name in shared if name in wanted]
    if len(shared) < 2:
        return ()
    mine = [estimated.channels.index(name) for name in shared]
    theirs = [stated.channels.index(name) for name in shared]
    matrix = np.asarray(stated.matrix, dtype=np.float64)[np.ix_(theirs, theirs)]
    left = estimated.matrix[np.ix_(mine, mine)] @ np.linalg.inv(matrix)
    left = left / np.diag(left)[:, None]
    limits = {(pair.own, pair.into): pair for pair in estimated.pairs}
    found = []
    for a, own in enumerate(mine):
        for b, into in enumerate(mine):
            pair = limits.get((own, into))
            if pair is None:
                continue
            half = max(pair.high - pair.slope, pair.slope - pair.low)
            residual = float(left[a, b])
            found.append(
                Contradiction(
                    shared[a], shared[b], float(matrix[a, b]), pair.slope, pair.low, pair.high, residual,
                    abs(residual) - half > RESIDUAL,
                )
            )  # fmt: skip
    return tuple(found)
