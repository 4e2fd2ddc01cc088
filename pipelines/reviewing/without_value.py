"""Tubes that give no value as their gates are now: whoever confirms one has to say why."""

from tregate.gating.strategy.schema import Strategy
from tregate.gating.tube import TubeResult
from tregate.pipelines.reviewing.desk import Desk
from tregate.pipelines.reviewing.priority import primary_populations
from tregate.pipelines.tubes.leaves import leaves, why_unmeasured
from tregate.pipelines.tubes.records import TubeRecord


class WithoutValueError(Exception):
    """The tube gives no value, and no reason was given why it is right so."""


def refuse_unreasoned(desk: Desk, record: TubeRecord, population: str) -> None:
    """Raise WithoutValueError for a confirmation without reason: of a whole tube, or of the gate at which it is lost.

    population: the gate that is confirmed; "" for the whole tube.
    """
    strategy = desk.study.strategies.get(record.tube)
    if record.result is None or strategy is None:
        return
    lost = _lost(desk, record, record.result, strategy)
    if lost and (not population or population in _where_lost(record.result, lost, strategy)):
        why = why_unmeasured(record.result, lost, strategy)
        raise WithoutValueError(f"{record.subject} {record.visit} {record.tube} gives no value: {why}")


def _lost(desk: Desk, record: TubeRecord, result: TubeResult, strategy: Strategy) -> tuple[str, ...]:
    """Populations that the primary endpoint reads and that were not measured; else all, where none was measured."""
    events = {str(count.population): count.events for count in result.counts}
    primary = primary_populations(desk.results, desk.study.analysis).get(record.tube, ())
    lost = tuple(one for one in primary if one in strategy.populations and events.get(one) is None)
    read = leaves(desk.results.sources, record.tube, strategy)
    return lost or (read if all(events.get(one) is None for one in read) else ())


def _where_lost(result: TubeResult, lost: tuple[str, ...], strategy: Strategy) -> set[str]:
    """Of each lost population the nearest gate that has a place: behind it nothing could be measured."""
    placed = {str(gate.population) for gate in result.gates if gate.shape is not None}
    nearest = (next((one for one in strategy.lineage(name) if one in placed), "") for name in lost)
    return {one for one in nearest if one}
