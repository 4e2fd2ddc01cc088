"""Values that are intensities: a marker on a population, by the tube that counts the population."""

from typing import TYPE_CHECKING

from tregate.gating.count.estimates import Estimate
from tregate.gating.count.terms import NO_TERMS, Terms
from tregate.gating.count.uncertainty import relative_counting
from tregate.gating.intensities import BELOW_LOQ, NOT_MEASURED, Intensity
from tregate.pipelines.study.measure_declarations import PERCENTAGES, Measure
from tregate.pipelines.tabulate.averaged import averaged
from tregate.pipelines.tabulate.value import Origin, Place, Value
from tregate.pipelines.tubes.records import TubeRecord

if TYPE_CHECKING:
    from tregate.pipelines.tabulate.values import Values


def intensity(values: "Values", measure: str, place: Place) -> Value:
    """The declared statistic of a marker on the measure's cells, with its limits."""
    declared = values.sources.declared.measures[measure]
    cells = values.cells[measure]
    source = values.sources.cells[cells]
    records, why_not = values.tubes_of(cells, place)
    if not records:
        return Value(None, flags=(why_not,))

    def one(record: TubeRecord) -> Value:
        return _in_tube(record, measure, cells, source.population, declared)

    settings = {value.settings for value in map(one, records) if value.value is not None}
    if len(settings) > 1:
        return Value(None, flags=(f"settings_changed:{measure}",))
    return averaged(values, measure, cells, records, one, lambda _: 1.0)


def _in_tube(record: TubeRecord, measure: str, cells: str, population: str, declared: Measure) -> Value:
    found = _measured(record, population, declared)
    if found is None:
        return Value(None, flags=(f"{NOT_MEASURED}:{cells}",))
    origin = Origin(cells, population, record, by_beads=False, marker=found.marker)
    flags = tuple(f"{flag}:{cells if flag in (BELOW_LOQ, NOT_MEASURED) else measure}" for flag in found.flags)
    value, low, high = _statistic(found, declared)
    limits = None if low is None or high is None else (low, high)
    settings = "" if declared.statistic == "standardised" else found.settings
    settings_matter = None if declared.statistic in PERCENTAGES else settings
    terms = NO_TERMS if value is None or limits is None else Terms(relative_counting(Estimate(value, *limits)))
    return Value(value, limits, found.events, flags, (origin,), terms, settings=settings_matter)


def _measured(record: TubeRecord, population: str, declared: Measure) -> Intensity | None:
    listed = () if record.result is None else record.result.intensities
    negative = declared.negative or declared.standard or ""
    wanted = (population, declared.intensity, declared.standard or "", negative, declared.split or "")
    return next((o for o in listed if (o.population, o.marker, o.standard, o.negative, o.split) == wanted), None)


def _statistic(found: Intensity, declared: Measure) -> tuple[float | None, float | None, float | None]:
    """Value and 95 % confidence limits."""
    if declared.statistic == "standardised":
        return found.standardised, found.standardised_low, found.standardised_high
    if declared.statistic == "percent_positive":
        return found.percent_positive, found.positive_low, found.positive_high
    if declared.statistic == "percent_negative":
        return _rest(found.percent_positive), _rest(found.positive_high), _rest(found.positive_low)
    return found.median, found.low, found.high


def _rest(percentage: float | None) -> float | None:
    return None if percentage is None else 100.0 - percentage
