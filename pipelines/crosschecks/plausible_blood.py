"""Concentrations that can be blood: of each person within wide windows, of the study as a whole within narrow ones.

The windows are declared by the table definition (`blood:` of `plausible:`); docs/limits.md has the sources.
"""

from collections.abc import Iterator

from tregate.gating.findings import Finding, Severity
from tregate.gating.wording import number_text
from tregate.pipelines.crosschecks.blood import counting_record, source_of, tubes_with_beads
from tregate.pipelines.crosschecks.per_tube import at_tube, beads_of
from tregate.pipelines.crosschecks.robust import median
from tregate.pipelines.crosschecks.visits import usable
from tregate.pipelines.plausible.blood import Blood
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.study.samples import HAEMATOLOGY_COLUMN
from tregate.pipelines.tabulate.flags import OF_BLOOD as CHECK
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

LEAST_SUBJECTS = 3


def plausible_blood(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A study whose median no blood has fails in every row; else each figure outside a person's window is flagged."""
    wrong = _study(results)
    if wrong:
        yield from _everywhere(results, wrong)
        return
    declared = results.sources.declared
    for relation in declared.relations(Blood):
        source = source_of(results, relation.blood)
        if source is None:
            continue
        low, high = (declared.limit(limit) for limit in relation.person)
        for place in ((subject, visit) for subject in results.subjects for visit in results.visits):
            value = results.values.of(relation.blood, *place).value
            if value is None or low <= value <= high:
                continue
            record = counting_record(results, source, place)
            count = None if record is None else record.count(source.population)
            if record is None or count is None:
                continue
            if (count.parent_events or 0) < limits.least_events:
                continue  # too few events to say anything
            yield at_tube(
                record, CHECK, Severity.WARN,
                f"{source.population} is {number_text(value)} cells/µL, expected {low:g} to {high:g} in blood. "
                f"{advice(record)}; a true extreme is left as it is.",
                population=source.population, value=value, limit=f"{low:g} to {high:g}", of_setup=True,
            )  # fmt: skip


Wrong = tuple[str, float, float, float]
"""Measure, median, low, high."""


def _everywhere(results: Results, wrong: list[Wrong]) -> Iterator[TubeFinding]:
    """The finding on the concentrations of every tube with beads."""
    measure, middle, low, high = wrong[0]
    message = (
        f"Median {results.sources.declared.short(measure)} at {results.baseline} is {number_text(middle)} cells/µL, "
        f"expected {low:g} to {high:g} in blood ({len(wrong)} measures outside)."
    )
    for tube in tubes_with_beads(results):
        record = next((record for record in usable(results) if record.tube == tube), None)
        beads = "" if record is None else beads_of(record)
        what = f"{message} {advice(record)} of all tubes, or set limits under `checks:`."
        yield TubeFinding("", "", tube, "", Finding(CHECK, Severity.FAIL, what, beads, middle, f"{low:g} to {high:g}"))


def advice(record: TubeRecord | None) -> str:
    """What to check of the tube: the columns that it is counted by."""
    counted_by = None if record is None else record.counted_by
    if counted_by is None:
        return "Check beads/µL, volumes and dilution"
    if counted_by.haematology_per_ul is not None:
        return f"Check `{HAEMATOLOGY_COLUMN}` (cells/µL, not 10^9/L)"
    if counted_by.beads_per_ul is None and counted_by.beads_per_tube is None:
        return "Check `volume_ul` (or $VOL), `total_volume_ul`, `blood_volume_ul` and `dilution`"
    return "Check beads/µL, volumes and dilution"


def _study(results: Results) -> list[Wrong]:
    """What the baseline's median cannot be; a third of what is judged must agree on it."""
    declared = results.sources.declared
    judged, wrong = 0, []
    for relation in declared.relations(Blood):
        source = source_of(results, relation.blood)
        if source is None or not source.by_beads:
            continue
        found = (results.values.of(relation.blood, subject, results.baseline).value for subject in results.subjects)
        values = [value for value in found if value is not None]
        if len(values) < LEAST_SUBJECTS:
            continue
        judged += 1
        low, high = (declared.limit(limit) for limit in relation.study)
        middle = median(values)
        if not low <= middle <= high:
            wrong.append((relation.blood, middle, low, high))
    return wrong if 3 * len(wrong) >= judged else []
