"""Binned densities of a gate's parent: all that a picture of the gate needs, whatever the number of events."""

import numpy as np
import numpy.typing as npt

from tregate.gating.events import Density
from tregate.gating.geometry.scales import FloatArray, LinearScale
from tregate.gating.geometry.shapes import Axis, Shape, axes_of
from tregate.gating.placement.view import View
from tregate.gating.units import PopulationName

BINS = 128
AT_MOST = 20_000
"""Events that are binned; a picture of more looks the same."""
FOR_EDGES = 2_500
"""Events, about, whose outermost thousandths are the ends of the view: finding them costs more than binning."""


def bin_parent(population: str, parent: str, shape: Shape, view: View, show: str | None) -> Density:
    """Bin the parent's events on the first two axes of the gate; one-axis gates take `show` (or side scatter)."""
    axes = axes_of(shape)
    x = axes[0]
    y = axes[1] if len(axes) > 1 else _second(x, view, show)
    xs = view.scaled(x, AT_MOST)
    x_edges = _edges(x, xs)
    if y is None:
        counts, y_edges = np.bincount(_bins(xs[~np.isnan(xs)], x_edges), minlength=BINS)[:, None], np.array([0.0, 1.0])
    else:
        ys = view.scaled(y, AT_MOST)
        y_edges = _edges(y, ys)
        there = ~(np.isnan(xs) | np.isnan(ys))
        if not there.all():
            xs, ys = xs[there], ys[there]
        flat = _bins(xs, x_edges) * BINS + _bins(ys, y_edges)
        counts = np.bincount(flat, minlength=BINS * BINS).reshape(BINS, BINS)
    return Density(PopulationName(population), PopulationName(parent), x, y, x_edges, y_edges, counts.astype(np.uint32))


def _second(x: Axis, view: View, show: str | None) -> Axis | None:
    for marker in (show, "SSC-A", "FSC-A"):
        if marker is not None and marker != x.marker and view.has(marker):
            return view.axis(marker)
    return None


def _bins(values: FloatArray, edges: FloatArray) -> npt.NDArray[np.intp]:
    """Bin of each value between even edges, the outermost for values beyond them."""
    places = values - edges[0]
    places *= BINS / (edges[-1] - edges[0])
    return np.asarray(np.clip(places, 0, BINS - 1, out=places), dtype=np.intp)


def _edges(axis: Axis, scaled: FloatArray) -> FloatArray:
    """Even edges over what the events cover; on a decade scale zero and the bright end are always in view."""
    some = scaled[:: max(1, len(scaled) // FOR_EDGES)]
    finite = some[np.isfinite(some)]
    low, high = _outermost(finite) if len(finite) else (0.0, 1.0)
    if isinstance(axis.scale, LinearScale):
        low, high = min(float(low), 0.0), max(float(high), float(low) + 1e-9)
        margin = 0.03 * (high - low)
        return np.linspace(low - margin, high + margin, BINS + 1)
    low, high = min(float(low), 0.2), max(float(high), float(low) + 0.2, 0.9)
    return np.linspace(low - 0.03, high + 0.03, BINS + 1)


def _outermost(finite: FloatArray) -> tuple[float, float]:
    """The values that a thousandth of all is below, and above; one partition costs far less than quantiles."""
    few = len(finite) // 1000
    ordered = np.partition(finite, (few, len(finite) - 1 - few))
    return float(ordered[few]), float(ordered[len(finite) - 1 - few])
