"""`reference`: a quantile (or the robust spread) of another population that is negative on the axis."""

import numpy as np

from tregate.gating.events import Scalar
from tregate.gating.geometry.shapes import Axis
from tregate.gating.placement.density import robust_sd
from tregate.gating.placement.valley import AT_MOST, limits, threshold
from tregate.gating.placement.view import NotPlaced, Placed, View, off_scale
from tregate.gating.strategy.gates import ReferenceGate
from tregate.gating.wording import number_text


def place_reference(gate: ReferenceGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """Raises NotPlaced where the reference holds too few events or the threshold leaves `between`."""
    axis = axes[0]
    reference = view.of(gate.of)
    n = len(reference)
    if n < gate.at_least:
        raise NotPlaced(
            f"the reference {gate.of} contains too few events ({n}, at least {gate.at_least} required)",
            {"reference_events": n},
        )
    scaled = reference.scaled(axis, AT_MOST)
    median = float(np.median(scaled))
    sd = robust_sd(scaled.compress(scaled <= median), median)
    at = float(np.quantile(scaled, gate.quantile)) if gate.spread is None else median + gate.spread * sd
    evidence: dict[str, Scalar] = {
        "reference": gate.of,
        "reference_events": n,
        "reference_median": off_scale(axis, median),
        "reference_sd": round(sd, 4),
    }
    low, high = limits(gate, view, axis)
    if not low <= at <= high:
        raise NotPlaced(
            f"the threshold on {axis.marker} by {gate.of} is {number_text(off_scale(axis, at))}, "
            "outside the allowed range",
            evidence,
        )
    return Placed(threshold(gate, axis, at), evidence)
