"""One-dimensional density on a scaled axis: binned counts, smoothed; its modes and valleys."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tregate.gating.geometry.contains import Mask
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.order_statistics import ascending_finite, even_counts, quantiles

BINS = 512


@dataclass(frozen=True, slots=True)
class Curve:
    """Counts on an even grid of the scale."""

    x: FloatArray
    """Bin centres, (BINS,)."""
    counts: FloatArray

    @property
    def step(self) -> float:
        return float(self.x[1] - self.x[0])

    def smoothed(self, bandwidth: float) -> FloatArray:
        """Gaussian smoothing; `bandwidth` in units of the scale. As many values as bins, whatever the bandwidth.

        `numpy.convolve(mode="same")` returns as many values as its longer argument, and a kernel is longer than
        the curve where a population is narrow: the full convolution is cut to the bins instead.
        """
        sigma = max(bandwidth / self.step, 0.5)
        reach = min(int(np.ceil(4 * sigma)), len(self.counts) - 1)
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
        return np.convolve(self.counts, kernel / kernel.sum(), mode="full")[reach : reach + len(self.counts)]


def curve(scaled: FloatArray, trim: float = 0.0005) -> Curve:
    """Bin the events between their outermost quantiles, with room on both sides."""
    ordered = ascending_finite(scaled)
    low, high = quantiles(ordered, [trim, 1 - trim])
    room = 0.05 * (high - low) + 0.02
    return Curve(*even_counts(ordered, low - room, high + room, BINS))


def peaks(density: FloatArray) -> npt.NDArray[np.intp]:
    """Indices of local maxima (the middle of a plateau), (n_peaks,)."""
    padded = np.empty(len(density) + 2)
    padded[0] = padded[-1] = 0.0
    padded[1:-1] = density
    change = np.diff(padded)
    steps = change.nonzero()[0]
    rises = change.take(steps) > 0
    tops = (rises[:-1] & ~rises[1:]).nonzero()[0]
    return np.asarray((steps.take(tops) + steps.take(tops + 1) - 1) // 2, dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Valley:
    """The lowest point between two modes."""

    at: float
    depth: float
    """1 - floor / lower mode."""
    left_mode: float
    right_mode: float
    bandwidth: float


def deepest_valley(density: FloatArray, x: FloatArray, low: float, high: float, bandwidth: float) -> Valley | None:
    """The valley with the largest depth whose floor lies in [low, high]."""
    tops = peaks(density)
    if len(tops) < 2:
        return None
    heights = density.take(tops)
    lower = np.minimum(np.maximum.accumulate(heights)[:-1], np.maximum.accumulate(heights[::-1])[-2::-1])
    floors = np.minimum.reduceat(density, tops)[:-1]
    depths = 1 - floors / lower
    real = _more_than_chance(lower, floors, bandwidth / (x[1] - x[0])).nonzero()[0]
    for i in real.take(np.argsort(-depths.take(real), kind="stable")):
        floor = int(tops[i]) + int(np.argmin(density[tops[i] : tops[i + 1]]))
        if low <= x[floor] <= high:
            left, right = tops[: i + 1][heights[: i + 1].argmax()], tops[i + 1 :][heights[i + 1 :].argmax()]
            at = _middle_of_floor(density, x, floor, float(lower[i]))
            return Valley(at, float(depths[i]), float(x[left]), float(x[right]), bandwidth)
    return None


def _more_than_chance(peak: FloatArray, floor: FloatArray, bandwidth_bins: float) -> Mask:
    """Whether the events about the lower mode exceed those about the floor by three Poisson errors.

    `peak` and `floor` are smoothed counts a bin; a Gaussian of that bandwidth averages 2 sqrt(pi) as many bins.
    """
    bins = 2 * np.sqrt(np.pi) * bandwidth_bins
    return np.asarray((peak - floor) * bins > 3 * np.sqrt((peak + floor) * bins))


def _middle_of_floor(density: FloatArray, x: FloatArray, floor: int, lower_mode: float) -> float:
    """Middle of the flat bottom about the floor: steadier than the lowest bin of a nearly empty stretch."""
    level = density[floor] + 0.02 * (lower_mode - density[floor])
    above = (density > level).nonzero()[0]
    beyond = int(np.searchsorted(above, floor))
    left = above[beyond - 1] + 1 if beyond > 0 else 0
    right = above[beyond] - 1 if beyond < len(above) else len(density) - 1
    return float((x[left] + x[right]) / 2)
