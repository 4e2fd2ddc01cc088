"""One figure of one subject and visit: a concentration or a percentage, or the reason why there is none."""

from collections.abc import Iterable
from dataclasses import dataclass

from tregate.gating.count import flags as count_flags
from tregate.gating.count import percent
from tregate.gating.count.estimates import Estimate, PopulationCount
from tregate.pipelines.tabulate.bridge import across_tubes
from tregate.pipelines.tabulate.flags import NO_PREPARATION_CV, OF_A_POPULATION, doubts_about
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeRecord


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % limits; `estimate` is None where it cannot be measured, and `flags` say why."""

    estimate: Estimate | None
    events: int | None = None
    """Events it rests on, by which it is quantifiable or not."""
    flags: tuple[str, ...] = ()

    @property
    def value(self) -> float | None:
        return None if self.estimate is None else self.estimate.value


def concentration(results: Results, measure: str, subject: str, visit: str) -> Figure:
    """Cells/µL of a measure: by the tube's own beads, else bridged through the bead tube."""
    source = results.sources.figures[measure]
    record, count, reasons = _counted(results, measure, subject, visit)
    if record is None or count is None:
        return Figure(None, None, reasons)
    if source.by_beads:
        marks = (*reasons, *_doubts(results, record, measure, by_beads=True))
        if count.cells_per_ul is None:
            return Figure(None, count.events, (*marks, *_told(count.flags, measure)))
        return Figure(count.cells_per_ul, count.events, (*marks, *_undeclared(record)))
    marks = (*reasons, *_doubts(results, record, measure, by_beads=False))
    if source.bridge is None or source.of is None:
        return Figure(None, count.events, (*marks, f"no_bridge:{measure}"))
    through = concentration(results, source.bridge, subject, visit)
    parent = record.count(source.of)
    estimate, why_not = across_tubes(count, parent, through.estimate)
    return Figure(estimate, count.events, (*marks, *through.flags, *_told(why_not, measure)))


def share(results: Results, measure: str, subject: str, visit: str) -> Figure:
    """Percent of the measure's `of` population, within one tube, with exact limits; needs no beads."""
    source = results.sources.figures[measure]
    record, count, reasons = _counted(results, measure, subject, visit)
    if record is None or count is None or source.of is None:
        return Figure(None, None, reasons)
    marks = (*reasons, *_doubts(results, record, measure, by_beads=False))
    parent = record.count(source.of)
    if count.events is None or parent is None or parent.events is None:
        return Figure(None, None, (*marks, f"{count_flags.UNMEASURED}:{measure}"))
    estimate = percent(count.events, parent.events)
    if estimate is None:
        marks = (*marks, f"{count_flags.PARENT_EMPTY}:{measure}")
    return Figure(estimate, count.events, marks)


def _counted(
    results: Results, measure: str, subject: str, visit: str
) -> tuple[TubeRecord | None, PopulationCount | None, tuple[str, ...]]:
    """The measure's tube and count, with the flags that its row of counts.csv has."""
    source = results.sources.figures[measure]
    if source.tube is None:
        return None, None, (f"not_in_study:{measure}",)
    record, why_not = results.usable(subject, visit, source.tube)
    if record is None:
        return None, None, (why_not,)
    count = record.count(source.population)
    if count is None:
        return record, None, (f"{count_flags.UNMEASURED}:{measure}",)
    bands = (flag for flag in count.flags if flag != count_flags.PARENT_EMPTY and flag in OF_A_POPULATION)
    return record, count, _told(bands, measure)


def _told(flags: Iterable[str], measure: str) -> tuple[str, ...]:
    """Flags of a population with the measure's name, flags of the tube as they are."""
    return tuple(f"{flag}:{measure}" if flag in OF_A_POPULATION else flag for flag in flags)


def _doubts(results: Results, record: TubeRecord, measure: str, *, by_beads: bool) -> tuple[str, ...]:
    population = results.sources.figures[measure].population
    found = doubts_about(results, record, population, concentration=by_beads)
    return tuple(f"{name}:{measure}" if special else name for name, special in found)


def _undeclared(record: TubeRecord) -> tuple[str, ...]:
    declared = record.beads is None or record.beads.preparation_cv_percent > 0
    return () if declared else (NO_PREPARATION_CV,)
