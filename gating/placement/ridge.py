"""The ridge of single cells: where the pulse width, or area per height, of one cell lies at each area.

In slices of equally many events the densest value is the mode of single cells; slices that pairs fill are left
out, and a smooth, rising line joins the rest, since a larger cell has a longer pulse.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.order_statistics import median

Mask = npt.NDArray[np.bool_]

SLICES = 12
LEAST_IN_SLICE = 100
JUMP = 1.2
"""Mode of a slice, of the line through the smaller cells, from which pairs fill the slice and not single cells."""
LEAST_SD = 0.005


@dataclass(frozen=True, slots=True)
class Ridge:
    """Pulse width (or area per height) of a single cell as a function of its area."""

    areas: FloatArray
    """Centres of the slices, ascending, (n,)."""
    values: FloatArray
    """The ridge there, rising, (n,)."""
    sd: float
    """Relative robust SD of single cells about it, of the values below it."""

    def at(self, area: FloatArray) -> FloatArray:
        """The ridge at areas (m,); constant beyond the outermost slices."""
        return np.interp(area, self.areas, self.values)


def find_ridge(area: FloatArray, stretch: FloatArray) -> Ridge:
    """The ridge of events (n,), n at least 10, with areas above 0.

    stretch: width of the pulse, or its area per height. Both are linear intensities. Fewer than
    200 events make one slice.

    >>> import numpy as np
    >>> area = np.linspace(1000.0, 2000.0, 240)
    >>> ridge = find_ridge(area, np.full(240, 3.0))
    >>> ridge.at(np.array([1500.0]))
    array([3.])
    """
    order = np.argsort(area)
    area, stretch = area.take(order), stretch.take(order)
    centers, modes = [], []
    for areas, stretches in _slices(area, stretch):
        centers.append(median(areas))
        modes.append(half_sample_mode(np.sort(stretches)))
    places, ridge = np.array(centers), np.array(modes)
    single = _slices_of_single_cells(ridge)
    places, ridge = places[single], _smoothed(_rising(ridge[single]))
    relative = np.sort(stretch / np.interp(area, places, ridge))
    middle = half_sample_mode(relative)
    below = relative[: np.searchsorted(relative, middle, "right")]
    return Ridge(places, ridge * middle, max(1.4826 * median(middle - below) / middle, LEAST_SD))


def _slices(areas: FloatArray, stretches: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Slices of equally many events, of events with ascending areas; equal areas lie in one slice."""
    ends = np.linspace(0, len(areas), max(1, min(SLICES, len(areas) // LEAST_IN_SLICE)) + 1).astype(np.intp)
    for low, high in pairwise([*areas[ends[:-1]], np.inf]):
        if low < high:
            inside = slice(*np.searchsorted(areas, [low, high]))
            yield areas[inside], stretches[inside]


def _slices_of_single_cells(modes: FloatArray) -> npt.NDArray[np.bool_]:
    """Slices whose mode does not jump above the median of the smaller cells' modes by more than a cell's growth."""
    single = np.ones(len(modes), dtype=bool)
    for i in range(len(modes) // 2, len(modes)):
        single[i] = modes[i] <= JUMP * median(modes[:i][single[:i]])
    return single


def _rising(values: FloatArray) -> FloatArray:
    """The nearest rising values in least squares: neighbours that fall are pooled [Ayer et al. 1955]."""
    levels: list[float] = []
    sizes: list[int] = []
    for value in values:
        levels.append(float(value))
        sizes.append(1)
        while len(levels) > 1 and levels[-2] > levels[-1]:
            size = sizes[-2] + sizes[-1]
            levels[-2] = (levels[-2] * sizes[-2] + levels[-1] * sizes[-1]) / size
            sizes[-2] = size
            del levels[-1], sizes[-1]
    return np.repeat(np.array(levels), sizes)


def _smoothed(values: FloatArray) -> FloatArray:
    """Mean of each value and its neighbours, a quarter, a half and a quarter; stays rising."""
    padded = np.concatenate([values[:1], values, values[-1:]])
    return 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]


def half_sample_mode(ordered: FloatArray) -> float:
    """Mode of ascending values by repeatedly taking the densest half: steady beside a second mode.

    [Bickel & Fruehwirth 2006]
    """
    while len(ordered) > 4:
        half = (len(ordered) + 1) // 2
        widths = ordered[half - 1 :] - ordered[: len(ordered) - half + 1]
        start = int(widths.argmin())
        ordered = ordered[start : start + half]
    return float((ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2)
