"""Values made of other measures: ratio, difference, sum."""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from tregate.gating.count.estimates import Estimate
from tregate.gating.count.ratios import WITHIN_A_TUBE, less, ratio, total
from tregate.pipelines.study.measure_declarations import Measure
from tregate.pipelines.tabulate.flags import lineage
from tregate.pipelines.tabulate.value import Origin, Place, Value

if TYPE_CHECKING:
    from tregate.pipelines.tabulate.values import Values


def arithmetic(values: "Values", measure: str, place: Place) -> Value:
    """The declared ratio, difference or sum; no value where a part has none, or a ratio has nothing to divide by.

    It carries the flags and origins of its parts. It has confidence limits where every part has them: what parts of
    one bead tube share (beads, preparation, pairs) cancels in their ratio.
    """
    declared = values.sources.declared.measures[measure]
    parts = [part if isinstance(part, float | int) else values.of(part, *place) for part in declared.operands]
    made_of = [part for part in parts if isinstance(part, Value)]
    flags = tuple(flag for part in made_of for flag in part.flags)
    origins = tuple({origin.key: origin for part in made_of for origin in part.origins}.values())
    events = _least_events(values, measure, place)
    numbers = [part.value if isinstance(part, Value) else float(part) for part in parts]
    known = [number for number in numbers if number is not None]
    if declared.formula == "ratio" and _within_a_tube(parts):
        origins = tuple(_as_of_a_ratio(origin, origins) for origin in origins)
    if len(known) < len(numbers):
        return Value(None, None, events, flags, origins)
    value, why_not = _result(declared, measure, known)
    estimate = None if value is None else _estimate(declared, parts)
    if estimate is None:
        return Value(value, None, events, (*flags, *why_not), origins)
    limits = tuple(sorted((declared.times * estimate.low, declared.times * estimate.high)))
    return Value(value, (limits[0], limits[1]), events, (*flags, *why_not), origins, estimate.terms)


def _estimate(declared: Measure, parts: Sequence[Value | float]) -> Estimate | None:
    """The result with its limits, before `times`; None where a part has none."""
    estimates = [part.estimate if isinstance(part, Value) else Estimate(part, part, part) for part in parts]
    known = [estimate for estimate in estimates if estimate is not None]
    if len(known) < len(estimates):
        return None
    if declared.formula == "sum":
        return total(known)
    if declared.formula == "difference":
        return less(known[0], total(known[1:]))
    if declared.formula != "ratio":
        raise _no_arithmetic(declared)
    return ratio(known[0], known[1], WITHIN_A_TUBE if _within_a_tube(parts) else ())


def _within_a_tube(parts: Sequence[Value | float]) -> bool:
    """Whether all parts follow the cells/µL of one tube, so that its beads and volumes cancel in their ratio."""
    tubes = [
        {origin.record.tube for origin in part.origins if origin.by_own_beads}
        for part in parts
        if isinstance(part, Value)
    ]
    return len(tubes) == len(parts) and all(len(tube) == 1 and tube == tubes[0] for tube in tubes)


def _as_of_a_ratio(origin: Origin, origins: Sequence[Origin]) -> Origin:
    """Neither beads concern it, nor gates above the cells that hold all cells of its tube in the ratio."""
    if not origin.by_own_beads:
        return replace(origin, per_ul=False)
    lines = [lineage(one.record, one.population) for one in origins if one.record is origin.record and one.by_own_beads]
    shared = frozenset.intersection(*lines)
    of = next((name for name in shared if lineage(origin.record, name) == shared), None)
    return replace(origin, per_ul=False, of=of)


def _result(declared: Measure, measure: str, numbers: list[float]) -> tuple[float | None, tuple[str, ...]]:
    if declared.formula == "sum":
        return sum(numbers), ()
    if declared.formula == "difference":
        return numbers[0] - sum(numbers[1:]), ()
    if declared.formula != "ratio":
        raise _no_arithmetic(declared)
    above, below = numbers
    if below <= 0.0:
        return None, (declared.empty_flag or f"denominator_not_positive:{measure}",)
    ratio = declared.times * above / below
    return (ratio, ()) if isfinite(ratio) else (None, (f"not_finite:{measure}",))


def _no_arithmetic(declared: Measure) -> NotImplementedError:
    """A formula that was added to the declarations and not here."""
    return NotImplementedError(f"`{declared.formula}` has no arithmetic")


def _least_events(values: "Values", measure: str, place: Place) -> int | None:
    """Events of the cells that decide whether the value can be quantified: the fewest; None where unknown."""
    cells = values.sources.declared.quantified_by(measure)
    events = [values.events_of(one, place) for one in cells]
    known = [one for one in events if one is not None]
    return min(known) if known and len(known) == len(events) else None
