"""How a gate finds its place. One file a method; the registry says which kind is which."""

from collections.abc import Callable
from typing import Any

from tregate.gating.geometry.shapes import Axis, Range
from tregate.gating.placement.backgate import place_backgate
from tregate.gating.placement.beads import place_beads, place_doublets
from tregate.gating.placement.borrow import place_borrow
from tregate.gating.placement.control import place_control
from tregate.gating.placement.diagonal import place_diagonal
from tregate.gating.placement.fixed import place_box, place_ellipse, place_polygon, place_quadric, place_range
from tregate.gating.placement.learned import place_learned
from tregate.gating.placement.mixture import place_mixture
from tregate.gating.placement.reference import place_reference
from tregate.gating.placement.singlets import place_singlets
from tregate.gating.placement.split import place_split
from tregate.gating.placement.steady import place_steady
from tregate.gating.placement.tail import place_tail
from tregate.gating.placement.template import place_template
from tregate.gating.placement.valley import place_valley
from tregate.gating.placement.view import NotPlaced, Placed, View
from tregate.gating.strategy.gates import Gate

__all__ = ["FIXED", "PLACES", "NotPlaced", "Placed", "View", "place"]

Method = Callable[[Any, View, tuple[Axis, ...]], Placed]

FIXED: dict[str, Method] = {
    "range": place_range,
    "box": place_box,
    "polygon": place_polygon,
    "ellipse": place_ellipse,
    "quadric": place_quadric,
}
"""Kinds whose place the strategy states; they look at no event."""

PLACES: dict[str, Method] = FIXED | {
    "valley": place_valley,
    "tail": place_tail,
    "reference": place_reference,
    "split": place_split,
    "mixture": place_mixture,
    "backgate": place_backgate,
    "diagonal": place_diagonal,
    "learned": place_learned,
    "template": place_template,
    "singlets": place_singlets,
    "beads": place_beads,
    "doublets": place_doublets,
    "steady": place_steady,
    "control": place_control,
    "borrow": place_borrow,
}


def place(gate: Gate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """Find the gate's place on the parent's events, by its method or else by its `otherwise`.

    Raises NotPlaced where neither finds one.
    """
    method = "fixed" if gate.kind in FIXED else gate.kind
    try:
        placed = PLACES[gate.kind](gate, view, axes)
    except NotPlaced as reason:
        otherwise = getattr(gate, "otherwise", None)
        if otherwise is None:
            raise
        if isinstance(otherwise, float):
            at = view.number(axes[0].marker, otherwise)
            above = getattr(gate, "keep", "above") == "above"
            shape = Range(axes[0], at, None) if above else Range(axes[0], None, at)
            used = Placed(shape, {}, "fixed")
        else:
            used = place(otherwise, view, axes)
        why = f"{gate.kind}: {reason.reason}; used {used.method} instead"
        fallback = f"{why}; {used.fallback}" if used.fallback else why
        return Placed(used.shape, {**reason.evidence, **used.evidence}, used.method, fallback)
    return Placed(placed.shape, placed.evidence, method)
