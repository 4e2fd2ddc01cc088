"""Whether the primary measure can have a value at all, as far as stains and bead loads of the tubes show."""

import re
from collections.abc import Iterator, Mapping, Sequence

from tregate.gating.errors import Problem
from tregate.gating.events import Prepared
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Marker
from tregate.pipelines.study.load_study import Study, shown
from tregate.pipelines.tubes.tube_tasks import Job

Seen = Sequence[tuple[Job, Prepared | str]]
"""Each job with its tube before gating, or with why it cannot be gated."""

_CAUSES_SHOWN = 2
_FURTHER = re.compile(r" \(needed for [^)]*\)")


def without_primary(study: Study, seen: Seen) -> Problem | None:
    """That no tube of the study can give the primary measure, with the most frequent causes; else None.

    A study without the kind of tube that the table definition's own primary measure needs has none to warn of.
    """
    declared = study.table_sources.declared
    primary = study.analysis.primary_measure or declared.definition.shown.primary
    if primary is None:
        return None
    _, measure = declared.place(primary)
    for tube, population, beads in _needed(study, measure):
        of_kind = [(job, state) for job, state in seen if job.entry.tube == tube]
        if not of_kind and study.analysis.primary_measure is None:
            return None
        reasons = [_reason(job, state, population, beads) for job, state in of_kind]
        if all(reasons):
            numbers = sorted({why: reasons.count(why) for why in reasons}.items(), key=lambda cause: -cause[1])
            more = [f"{len(numbers) - _CAUSES_SHOWN} more causes"] if len(numbers) > _CAUSES_SHOWN else []
            shown_causes = [f"{n} tube{'' if n == 1 else 's'}: {why}" for why, n in numbers[:_CAUSES_SHOWN]]
            message = (
                f"no {tube or 'tube'}{' tube' if tube else ''} can give {population}, so "
                f"{declared.heading(measure, comma=False)} would be empty "
                f"({'; '.join([*shown_causes, *more]) or 'none is listed'})."
            )
            return Problem(shown(study.samples_file), None, message, "A run would end with exit code 1.")
    return None


def _needed(study: Study, measure: str) -> Iterator[tuple[str, str, bool]]:
    """(kind of tube, population, whether it must have beads) of all that the measure is made of."""
    declared, sources = study.table_sources.declared, study.table_sources.cells
    per_ul = declared.measures[measure].formula == "per"
    for cells in declared.cells_of(measure):
        source = sources[cells]
        yield source.tube or "", source.population, per_ul and source.by_beads
        if per_ul and not source.by_beads and source.bridge is not None:
            bridge = sources[source.bridge]
            yield bridge.tube or "", bridge.population, True


def _reason(job: Job, state: Prepared | str, population: str, beads: bool) -> str:
    """Why the tube cannot give the population, "" where nothing is known against it."""
    if isinstance(state, str):
        return _FURTHER.sub("", state.partition(". ")[0]).rstrip(".")
    if beads and job.order.counted_by is None:
        return "no bead load is declared"
    return foreseen(state, job.order.strategy).get(population, "")


def foreseen(prepared: Prepared, strategy: Strategy) -> Mapping[str, str]:
    """Populations that cannot be measured whatever the events are, with the first cause: the walk of the engine."""
    bound, constant, missing = prepared.binding.channels, prepared.constant, prepared.binding.missing
    lost: dict[str, str] = {}
    for name in strategy.gating_order:
        population = strategy.populations[name]
        if population.is_cleaning:
            continue  # is skipped
        left_out = [one for one in population.none_of if not strategy.populations[one].optional]
        needed = [population.parent or "", *population.all_of, *population.any_of, *left_out]
        above = next((lost[one] for one in needed if one in lost), "")
        choices = [[Marker(axis) for axis in axes] for axes, _ in population.choices()]
        if above:
            lost[name] = above
        elif choices and not any(all(axis in bound and axis not in constant for axis in axes) for axes in choices):
            axis = next(axis for axis in choices[0] if axis not in bound or axis in constant)
            lost[name] = missing.get(axis, f"{axis} has one value for all events")
    return lost
