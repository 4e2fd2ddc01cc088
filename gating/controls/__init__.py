"""Single-stain controls -> a spillover matrix with an interval for every entry, and a verdict on every control."""

from tregate.gating.controls.assigned import Label
from tregate.gating.controls.compensated import seem_compensated
from tregate.gating.controls.estimate import Estimated, Pair, estimate
from tregate.gating.controls.residual import Contradiction, contradictions
from tregate.gating.controls.tube import ControlTube, control_tube
from tregate.gating.controls.verdicts import Judged, Verdict

__all__ = [
    "Contradiction",
    "ControlTube",
    "Estimated",
    "Judged",
    "Label",
    "Pair",
    "Verdict",
    "contradictions",
    "control_tube",
    "estimate",
    "seem_compensated",
]
