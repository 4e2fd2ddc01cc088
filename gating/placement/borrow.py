"""`borrow`: the same gate's place on another tube: the subject's baseline, the batch's median, a named tube.

Thresholds vary less within a subject or a batch than a poor tube can show by itself
[docs/sources.md#between-centres-and-within-one].
"""

from tregate.gating.events import Scalar
from tregate.gating.geometry.shapes import Axis, Range, axes_of
from tregate.gating.placement.view import NotPlaced, Placed, ReferenceTubes, View
from tregate.gating.strategy.gates import BorrowGate


def locked(own: Placed, axes: tuple[Axis, ...], others: ReferenceTubes, population: str) -> Placed:
    """The baseline's place instead of the tube's own, which stays in the evidence beside it."""
    if others.is_baseline:
        return own
    first = others.baseline_gate(population)
    if first is None or first.shape is None or not _alike(axes_of(first.shape), axes):
        why = "the subject's baseline has no gate to lock to; the tube's own gate was used"
        return Placed(own.shape, own.evidence, own.method, f"{own.fallback}; {why}" if own.fallback else why)
    evidence: dict[str, Scalar] = {**own.evidence, "borrowed_from": "baseline", "found_by": first.method}
    if isinstance(own.shape, Range):
        evidence["own_low"], evidence["own_high"] = own.shape.low, own.shape.high
    return Placed(first.shape, evidence, "locked")


def _alike(lent: tuple[Axis, ...], own: tuple[Axis, ...]) -> bool:
    return [(a.marker, a.scale.top) for a in lent] == [(a.marker, a.scale.top) for a in own]


def place_borrow(gate: BorrowGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """Raises NotPlaced where the other tube is not there, found no place itself, or looks on other axes."""
    population = gate.population or view.population_name
    source = gate.source if gate.tube is None else f"tube {gate.tube}"
    lent = view.elsewhere(gate.source, gate.tube, population)
    if lent is None or lent.shape is None:
        raise NotPlaced(f"{population} has no gate in the {source} to borrow")
    evidence: dict[str, Scalar] = {"borrowed_from": source, "found_by": lent.method}
    if lent.fallback:
        raise NotPlaced(f"{population} of the {source} is itself a fallback ({lent.fallback})", evidence)
    borrowed = axes_of(lent.shape)
    if [a.marker for a in borrowed] != [a.marker for a in axes]:
        raise NotPlaced(
            f"the gate of the {source} uses other axes ({' x '.join(a.marker for a in borrowed)})", evidence
        )
    if [a.scale.top for a in borrowed] != [a.scale.top for a in axes]:
        raise NotPlaced(f"the {source} was recorded on another scale", evidence)
    return Placed(lent.shape, evidence)
