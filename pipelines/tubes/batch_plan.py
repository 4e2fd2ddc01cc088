"""Which tubes are gated a second time because a gate borrows the batch's place: planned from the strategy."""

from tregate.gating.strategy.gates import BorrowGate
from tregate.gating.strategy.model import Model
from tregate.gating.strategy.schema import Strategy
from tregate.gating.tube import TubeResult


def batch_borrowers(strategy: Strategy) -> frozenset[str]:
    """Populations a gate of which borrows from the batch, as its method or as a fallback of it."""
    return frozenset(
        name
        for name, population in strategy.populations.items()
        if any(_borrows(gate) for _, gate in population.choices())
    )


def waits_for_batch(strategy: Strategy, first: TubeResult) -> bool:
    """Whether a tube must be gated again once the batch's places are known.

    In the first pass the batch has no place to give. A borrower that was placed without a fallback then did not
    need it, and gating again would place it the same. Of a gate locked at the baseline the tube's own
    place is only evidence and its fallback is not seen: such tubes are always gated again.
    """
    borrowers = batch_borrowers(strategy)
    if not borrowers:
        return False
    placed = {str(gate.population) for gate in first.gates if gate.shape is not None and not gate.fallback}
    return bool(borrowers.intersection(strategy.lock_at_baseline)) or not borrowers <= placed


def _borrows(gate: object) -> bool:
    while isinstance(gate, Model):
        if isinstance(gate, BorrowGate) and gate.source == "batch":
            return True
        gate = getattr(gate, "otherwise", None)
    return False
