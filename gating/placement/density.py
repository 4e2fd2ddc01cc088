"""One-dimensional density on a scaled axis: binned counts, smoothed; its modes and valleys."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gating.geometry.scales import FloatArray
from gating.ordered import even_counts, median, quantiles

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
        """Gaussian smoothing; `bandwidth` in units of the scale."""
        sigma = max(bandwidth / self.step, 0.5)
        reach = int(np.ceil(4 * sigma))
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
        return np.convolve(self.counts, kernel / kernel.sum(), mode="same")


def curve(scaled: FloatArray, trim: float = 0.0005) -> Curve:
    """Bin the events between their outermost quantiles, with room on both sides."""
    ordered = np.sort(scaled[np.isfinite(scaled)])
    low, high = quantiles(ordered, [trim, 1 - trim])
    room = 0.05 * (high - low) + 0.02
    return Curve(*even_counts(ordered, low - room, high + room, BINS))


def peaks(density: FloatArray) -> npt.NDArray[np.intp]:
    """Indices of local maxima (the middle of a plateau), (n_peaks,)."""
    padded = np.concatenate([[-1.0], density, [-1.0]])
    change = np.flatnonzero(np.diff(padded))
    starts, heights = change + 1, padded[change + 1]
    rises = np.concatenate([[True], heights[1:] > heights[:-1]])
    falls = np.concatenate([heights[:-1] > heights[1:], [True]])
    ends = np.concatenate([starts[1:], [len(padded)]]) - 1
    top = rises & falls & (heights > 0)
    return np.asarray((starts[top] + ends[top]) // 2 - 1, dtype=np.intp)


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
    best: Valley | None = None
    for i in range(len(tops) - 1):
        between = slice(tops[i], tops[i + 1] + 1)
        floor = int(tops[i]) + int(np.argmin(density[between]))
        if not low <= x[floor] <= high:
            continue
        left = int(tops[: i + 1][np.argmax(density[tops[: i + 1]])])
        right = int(tops[i + 1 :][np.argmax(density[tops[i + 1 :]])])
        lower = min(density[left], density[right])
        depth = float(1 - density[floor] / lower)
        if not _is_more_than_chance(lower, float(density[floor]), bandwidth / (x[1] - x[0])):
            continue
        if best is None or depth > best.depth:
            best = Valley(_middle_of_floor(density, x, floor, lower), depth, float(x[left]), float(x[right]), bandwidth)
    return best


def _is_more_than_chance(peak: float, floor: float, bandwidth_bins: float) -> bool:
    """Whether the events about the lower mode exceed those about the floor by three Poisson errors.

    `peak` and `floor` are smoothed counts a bin; a Gaussian of that bandwidth averages 2 sqrt(pi) as many bins.
    """
    bins = 2 * np.sqrt(np.pi) * bandwidth_bins
    return bool((peak - floor) * bins > 3 * np.sqrt((peak + floor) * bins))


def _middle_of_floor(density: FloatArray, x: FloatArray, floor: int, lower_mode: float) -> float:
    """Middle of the flat bottom about the floor: steadier than the lowest bin of a nearly empty stretch."""
    level = density[floor] + 0.02 * (lower_mode - density[floor])
    left = floor
    while left > 0 and density[left - 1] <= level:
        left -= 1
    right = floor
    while right < len(density) - 1 and density[right + 1] <= level:
        right += 1
    return float((x[left] + x[right]) / 2)


def robust_sd(values: FloatArray, center: float) -> float:
    """Standard deviation from the median absolute deviation about `center`."""
    return float(1.4826 * median(np.abs(values - center)))
