"""`control`: a quantile of the same population in a control tube (FMO, isotype).

It finds where the stain's absence ends; it does not find a bright subset [docs/sources.md#thresholds-and-controls].
"""

import numpy as np

from tregate.gating.events import Scalar
from tregate.gating.geometry.shapes import Axis
from tregate.gating.placement.valley import AT_MOST, limits, threshold
from tregate.gating.placement.view import NotPlaced, Placed, View, off_scale, on_scale
from tregate.gating.reference_gates import control_name
from tregate.gating.strategy.gates import ControlGate
from tregate.gating.wording import number_text


def place_control(gate: ControlGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """Raises NotPlaced without a control tube, with too few events in it, or where it leaves `between`."""
    axis = axes[0]
    name = control_name(gate.tube, axis.marker)
    control = view.in_control(name)
    if control is None:
        raise NotPlaced(f"there is no control tube {name} for this visit or batch")
    n = len(control)
    evidence: dict[str, Scalar] = {"control": name, "control_events": n}
    if n < gate.at_least:
        raise NotPlaced(
            f"the control {name} contains too few events ({n}, at least {gate.at_least} required)", evidence
        )
    seen = control.axis(axis.marker)
    scaled = control.scaled(seen, AT_MOST)
    to_here = axis.scale.top / seen.scale.top
    at = on_scale(axis, to_here * off_scale(seen, float(np.quantile(scaled, gate.quantile))))
    evidence["control_median"] = float(f"{to_here * off_scale(seen, float(np.median(scaled))):.6g}")
    low, high = limits(gate, view, axis)
    if not low <= at <= high:
        raise NotPlaced(
            f"the threshold by {name} is {number_text(off_scale(axis, at))}, outside the allowed range", evidence
        )
    return Placed(threshold(gate, axis, at), evidence)
