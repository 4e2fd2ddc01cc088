"""Binned densities of a pair of channels before and after compensation: all that a picture of the pair needs."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tregate.gating.controls.estimate import Estimated, Pair
from tregate.gating.controls.groups import Groups
from tregate.gating.geometry.scaled import FloatArray

BINS = 56


@dataclass(frozen=True, slots=True)
class PairPicture:
    """Positive and negative events of a control, on a scale that is linear about zero and logarithmic beyond."""

    pair: Pair
    before: npt.NDArray[np.uint32] = field(repr=False)
    """(BINS, BINS): own channel to the right, the other upwards."""
    after: npt.NDArray[np.uint32] = field(repr=False)


def pair_pictures(estimated: Estimated) -> tuple[PairPicture, ...]:
    """One per entry of the matrix, in its order."""
    inverse = np.asarray(np.linalg.inv(estimated.matrix), dtype=np.float64)
    found = {one.name: one.groups for one in estimated.controls if one.used and one.groups is not None}
    return tuple(
        PairPicture(
            pair,
            _binned(found[pair.control], pair, np.eye(len(inverse))),
            _binned(found[pair.control], pair, inverse),
        )
        for pair in estimated.pairs
    )


def _binned(groups: Groups, pair: Pair, inverse: FloatArray) -> npt.NDArray[np.uint32]:
    raw = np.concatenate([groups.negative, groups.positive])
    shown = raw @ inverse
    scaled, edges = [], []
    for channel in (pair.own, pair.into):
        unit = 3 * max(float(groups.width[channel]), 1e-9)
        whole = np.concatenate([np.arcsinh(raw[:, channel] / unit), np.arcsinh(shown[:, channel] / unit)])
        low, high = np.quantile(np.arcsinh(raw[:, channel] / unit), [0.001, 0.999])
        low, high = min(low, float(np.quantile(whole, 0.002)), -1.0), max(high, 1.0)
        scaled.append(np.clip(np.arcsinh(shown[:, channel] / unit), low, high))
        edges.append(np.linspace(low, high, BINS + 1))
    return np.asarray(np.histogram2d(scaled[0], scaled[1], bins=edges)[0], dtype=np.uint32)
