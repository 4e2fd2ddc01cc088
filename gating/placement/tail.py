"""`tail`: the mode of the negatives plus so many robust standard deviations.

The spread is taken from the events below the mode, which no positive population reaches.
"""

import numpy as np

from tregate.gating.geometry.shapes import Axis
from tregate.gating.order_statistics import median
from tregate.gating.placement.density import curve, peaks
from tregate.gating.placement.valley import AT_LEAST, AT_MOST, limits, threshold
from tregate.gating.placement.view import NotPlaced, Placed, View, off_scale
from tregate.gating.strategy.gates import TailGate
from tregate.gating.wording import number_text


def place_tail(gate: TailGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """Raises NotPlaced below 50 events, or where the threshold leaves `between`."""
    axis = axes[0]
    n = len(view)
    if n < AT_LEAST:
        raise NotPlaced(f"too few events ({n}, at least {AT_LEAST} required)", {"events": n})
    scaled = view.scaled(axis, AT_MOST)
    binned = curve(scaled)
    density = binned.smoothed(0.02 * max(1.0, (1000 / len(scaled)) ** 0.2))
    tops = peaks(density)
    if gate.mode == "lowest":
        tops = tops[density[tops] >= 0.1 * density.max()]
        mode = float(binned.x[tops[0]])
    else:
        mode = float(binned.x[np.argmax(density)])
    below = scaled.compress(scaled <= mode)
    sd = 1.4826 * median(mode - below)
    at = mode + gate.spread * sd
    evidence = {"events": n, "mode": off_scale(axis, mode), "robust_sd": round(sd, 4)}
    low, high = limits(gate, view, axis)
    if not low <= at <= high:
        raise NotPlaced(
            f"the upper end of the {axis.marker} negatives is {number_text(off_scale(axis, at))}, "
            "outside the allowed range",
            evidence,
        )
    return Placed(threshold(gate, axis, at), evidence)
