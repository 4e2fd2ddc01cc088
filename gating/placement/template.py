"""`template`: a polygon drawn in the strategy, moved by as much as the landmarks of the sample."""

import numpy as np

from tregate.gating.geometry.scaled import to_linear, to_scaled
from tregate.gating.geometry.shapes import Axis, Polygon
from tregate.gating.placement.view import NotPlaced, Placed, View, on_scale
from tregate.gating.strategy.gates import TemplateGate


def place_template(gate: TemplateGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """Shift on the scaled axes by the mean move of the landmarks.

    Raises NotPlaced where a landmark holds too few events, or has moved further than is plausible.
    """
    moves = []
    evidence: dict[str, float | str] = {}
    for name, drawn in gate.landmarks.items():
        landmark = view if name == "parent" else view.of(name)
        if len(landmark) < gate.at_least:
            raise NotPlaced(
                f"the landmark {name} contains too few events ({len(landmark)}, at least {gate.at_least} required)"
            )
        now = [float(np.median(landmark.scaled(axis, 20_000))) for axis in axes]
        then = [on_scale(a, view.number(a.marker, d)) for a, d in zip(axes, drawn, strict=True)]
        moves.append(np.subtract(now, then))
    move = np.mean(moves, axis=0)
    for axis, step in zip(axes, move, strict=True):
        evidence[f"{axis.marker}_move"] = round(float(step), 4)
    if np.abs(move).max() > gate.reach:
        raise NotPlaced("the landmarks moved more than is plausible", evidence)
    columns = []
    for i, axis in enumerate(axes):
        drawn_here = np.array([view.number(axis.marker, vertex[i]) for vertex in gate.vertices])
        columns.append(to_linear(axis.scale, to_scaled(axis.scale, drawn_here) + move[i]))
    vertices = tuple((float(f"{a:.6g}"), float(f"{b:.6g}")) for a, b in zip(*columns, strict=True))
    return Placed(Polygon(axes[0], axes[1], vertices), evidence)
