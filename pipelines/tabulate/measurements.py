"""Measurements: the values of a study with what is doubtful about them, one per measure, subject and visit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tregate.gating.count.estimates import Estimate
from tregate.gating.count.terms import NO_TERMS, Terms
from tregate.pipelines.tabulate.flags import doubts_about
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tabulate.value import Origin


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measure of one subject at one visit."""

    measure: str
    subject: str
    visit: str
    value: float | None
    """In the measure's unit; None is "not measurable", and `flags` say why."""
    low: float | None = None
    high: float | None = None
    """95 % confidence limits; None where the measure has none."""
    events: int | None = None
    """Events that decide whether the value can be quantified."""
    flags: tuple[str, ...] = ()
    """Of the counts, and of the checks that doubt them."""
    origins: tuple[Origin, ...] = ()
    """Provenance: the tubes and populations that were counted."""
    terms: Terms = NO_TERMS
    """What the limits are made of."""
    settings: str | None = None
    """As `Value.settings`."""
    replicates: int = 1
    """As `Value.replicates`."""
    replicates_cv: float | None = None
    """As `Value.replicates_cv`."""

    @property
    def estimate(self) -> Estimate | None:
        """Value and limits, where it has both."""
        known = self.value is not None and self.low is not None and self.high is not None
        return Estimate(self.value, self.low, self.high, self.terms) if known else None  # type: ignore[arg-type]


Measurements = Mapping[tuple[str, str, str], Measurement]
"""(measure, subject, visit) -> measurement."""


def measurements_of(results: Results) -> Measurements:
    """Every measure of every sheet, at every planned visit of every subject, and where subjects came outside the plan.

    Values are computed once.
    """
    listed = (column.measure for columns in results.sources.declared.sheets.values() for column in columns)
    planned = dict.fromkeys((*results.visits, results.baseline))
    places = [(subject, visit) for subject in results.subjects for visit in planned]
    return {
        (measure, subject, visit): _measurement(results, measure, subject, visit)
        for measure in dict.fromkeys(listed)
        for subject, visit in (*places, *results.outside_the_plan)
    }


def measurement(results: Results, measure: str, subject: str, visit: str) -> Measurement:
    """One measure at any visit, planned or not."""
    return _measurement(results, measure, subject, visit)


def _measurement(results: Results, measure: str, subject: str, visit: str) -> Measurement:
    value = results.values.of(measure, subject, visit)
    low, high = value.limits or (None, None)
    flags = (*value.flags, *(flag for origin in value.origins for flag in _flags_of(results, origin, measure)))
    return Measurement(
        measure, subject, visit, value.value, low, high, value.events, tuple(dict.fromkeys(flags)), value.origins,
        value.terms, value.settings, value.replicates, value.replicates_cv,
    )  # fmt: skip


def _flags_of(results: Results, origin: Origin, measure: str) -> Iterator[str]:
    """What doubts one count; of a concentration that is bridged through it with the name of the measure too."""
    declared = results.sources.declared.measures[measure]
    bridged = declared.formula == "per" and origin.cells != declared.cells
    for flag in doubts_of(results, origin):
        yield flag
        name, _, about = flag.partition(":")
        if bridged and about:
            yield f"{name}:{measure}"


def doubts_of(results: Results, origin: Origin) -> Iterator[str]:
    """Checks that doubt one count, with the name of its cells where they speak of the population."""
    found = doubts_about(
        results.doubts,
        origin.record,
        origin.population,
        concentration=origin.by_own_beads,
        per_ul=origin.per_ul,
        of=origin.of,
        marker=origin.marker,
    )
    return (f"{name}:{origin.cells}" if special else name for name, special in found)
