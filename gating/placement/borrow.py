"""`borrow`: the same gate's place on another tube: the subject's baseline, the batch's median, a named tube.

Thresholds vary less within a subject or a batch than a poor tube can tell by itself [domain.md §8, §13].
"""

from gating.events import Scalar
from gating.geometry.shapes import Axis, axes_of
from gating.placement.view import NotPlaced, Placed, View
from gating.strategy.gates import BorrowGate


def place_borrow(gate: BorrowGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """Raises NotPlaced where the other tube is not there, found no place itself, or looks on other axes."""
    population = gate.population or view.population_name
    source = gate.source if gate.tube is None else f"tube {gate.tube}"
    lent = view.elsewhere(gate.source, gate.tube, population)
    if lent is None or lent.shape is None:
        raise NotPlaced(f"{population} has no place to borrow from the {source}")
    evidence: dict[str, Scalar] = {"borrowed_from": source, "found_by": lent.method}
    if lent.fallback:
        raise NotPlaced(f"{population} of the {source} is itself a fallback ({lent.fallback})", evidence)
    borrowed = axes_of(lent.shape)
    if [a.marker for a in borrowed] != [a.marker for a in axes]:
        raise NotPlaced(f"the gate of the {source} is on {' x '.join(a.marker for a in borrowed)}", evidence)
    if borrowed != axes:
        raise NotPlaced(f"the {source} was recorded on another scale", evidence)
    return Placed(lent.shape, evidence)
