"""Binned densities of a gate's parent: all that a picture of the gate needs, whatever the number of events."""

import numpy as np
import numpy.typing as npt

from tregate.gating.events import Density
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.geometry.scales import LinearScale
from tregate.gating.geometry.shapes import Axis, Shape, axes_of
from tregate.gating.placement.view import View
from tregate.gating.units import PopulationName

BINS = 128
AT_MOST = 20_000
"""Events of the parent that a method and a picture share; asked for twice, they are scaled once."""
BINNED = 10_000
"""Events that are binned, about; a picture of more looks the same."""
FOR_ENDS = 2_500
"""Events, about, whose outermost thousandths are the ends of the view: finding them costs more than binning."""

Ends = tuple[float, float]


def bin_parent(population: str, parent: str, shape: Shape, view: View, show: str | None) -> Density:
    """Bin the parent's events on the first two axes of the gate; one-axis gates take `show` (or side scatter)."""
    axes = axes_of(shape)
    x = axes[0]
    y = axes[1] if len(axes) > 1 else _second(x, view, show)
    every = max(1, min(len(view), AT_MOST) // BINNED)
    xs = view.scaled(x, AT_MOST, every)
    x_ends, y_ends = _ends(x, xs), (0.0, 1.0)
    if y is None:
        columns = _bins(xs[~np.isnan(xs)], x_ends)
        counts = np.bincount(columns, minlength=BINS)[:, None]
    else:
        ys = view.scaled(y, AT_MOST, every)
        y_ends = _ends(y, ys)
        there = ~(np.isnan(xs) | np.isnan(ys))
        if not there.all():
            xs, ys = xs[there], ys[there]
        # row by row of the picture, as it will be read
        flat = _bins(ys, y_ends) * BINS + _bins(xs, x_ends)
        counts = np.bincount(flat, minlength=BINS * BINS).reshape(BINS, BINS).T
    return Density(PopulationName(population), PopulationName(parent), x, y, x_ends, y_ends, counts.astype(np.uint32))


def _second(x: Axis, view: View, show: str | None) -> Axis | None:
    for marker in (show, "SSC-A", "FSC-A"):
        if marker is not None and marker != x.marker and view.has(marker):
            return view.axis(marker)
    return None


def _bins(values: FloatArray, ends: Ends) -> npt.NDArray[np.intp]:
    """Bin of each value between the ends, the outermost for values beyond them."""
    places = values - ends[0]
    places *= BINS / (ends[1] - ends[0])
    np.maximum(places, 0, out=places)
    np.minimum(places, BINS - 1, out=places)
    return places.astype(np.intp)


def _ends(axis: Axis, scaled: FloatArray) -> Ends:
    """What the events cover; on a decade scale zero and the bright end are always in view."""
    some = scaled[:: max(1, len(scaled) // FOR_ENDS)]
    finite = some[np.isfinite(some)]
    low, high = _outermost(finite) if len(finite) else (0.0, 1.0)
    if isinstance(axis.scale, LinearScale):
        low, high = min(low, 0.0), max(high, low + 1e-9)
        margin = 0.03 * (high - low)
        return low - margin, high + margin
    return min(low, 0.2) - 0.03, max(high, low + 0.2, 0.9) + 0.03


def _outermost(finite: FloatArray) -> tuple[float, float]:
    """The values that a thousandth of all is below, and above; one partition costs far less than quantiles."""
    few = len(finite) // 1000
    ordered = np.partition(finite, (few, len(finite) - 1 - few))
    return float(ordered[few]), float(ordered[len(finite) - 1 - few])
