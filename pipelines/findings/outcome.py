"""What a run gave: tubes, findings, and how many of the planned values of each measure were measured, with causes."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tregate.gating.findings import Severity
from tregate.pipelines.findings.review import FindingsOfTubes, needs_review
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.tabulate.flags import empties
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.analyse_tubes import NOT_REACHED, BatchResult
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure at one visit: how many subjects are planned, and of how many there is a value."""

    table: str
    measure: str
    visit: str
    primary: bool
    planned: int
    measured: int
    causes: Mapping[str, int]
    """Why values are missing, in words -> number of subjects."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The numbers that the console, the page and --json agree on."""

    listed: int
    excluded: int
    gated: int
    failed: int
    not_started: int
    needs_review: int
    critical: int
    """Of those that need review: gated tubes with a critical finding, or with a failure after gating."""
    findings: Mapping[str, int]
    """Severity -> rows of findings.csv."""
    measures: tuple[Measured, ...]

    @property
    def used(self) -> int:
        return self.listed - self.excluded

    def no_value(self) -> tuple[str, int] | None:
        """The primary measure, and its planned values, where not one of them was measured; else None."""
        primary = [one for one in self.measures if one.primary]
        planned = sum(one.planned for one in primary)
        empty = planned and not any(one.measured for one in primary)
        return (primary[0].measure, planned) if empty else None


def outcome_of(
    results: Results,
    findings: Sequence[TubeFinding],
    gathered: BatchResult,
    analysis: Analysis,
    reviewed: Collection[int] = (),
) -> Outcome:
    """Count what became of the tubes and of the planned values.

    reviewed: positions of tubes whose findings a reader has judged; unless they failed, they need no review.
    """
    records = results.records
    used = [record for record in records if not record.excluded]
    not_started = {job.entry.file for job, outcome in gathered.done if outcome is NOT_REACHED}
    failed = {record.file for record in used if record.result is None or record.failed} - not_started
    with_failure = {record.file for record, _ in gathered.failures}
    of_tubes = FindingsOfTubes(findings)
    settled = {records[i].file for i in reviewed} - with_failure
    looked_at = [record for record in records if record.file not in not_started | settled]
    return Outcome(
        listed=len(records),
        excluded=len(records) - len(used),
        gated=len(used) - len(failed) - len(not_started),
        failed=len(failed),
        not_started=len(not_started),
        needs_review=sum(needs_review(record, of_tubes.of(record), with_failure) for record in looked_at),
        critical=sum(
            record.file not in failed
            and needs_review(record, of_tubes.of(record), with_failure)
            and (record.file in with_failure or any(_is_critical(found, record) for found in of_tubes.of(record)))
            for record in looked_at
        ),
        findings={
            severity.value: sum(found.finding.severity is severity for found in findings)
            for severity in (Severity.FAIL, Severity.WARN, Severity.INFO)
        },
        measures=measured(results, analysis),
    )


def _is_critical(found: TubeFinding, record: TubeRecord) -> bool:
    return found.finding.severity is Severity.FAIL and found.is_of(record)


def measured(results: Results, analysis: Analysis) -> tuple[Measured, ...]:
    """How many of the planned values of each measure there are, by visit."""
    declared = results.sources.declared
    primary = analysis.primary_measure or declared.definition.shown.primary
    place = None if primary is None else declared.place(primary)
    if place is not None and analysis.primary_measure is None and not _is_planned(results, place[1]):
        place = None
    there = {(record.subject, record.visit) for record in results.records}
    found = []
    for sheet, columns in declared.sheets.items():
        for column in columns:
            if (sheet, column.measure) != place and not _is_planned(results, column.measure):
                continue
            for visit in results.visits:
                values = [results.values.of(column.measure, subject, visit) for subject in results.subjects]
                causes: dict[str, int] = {}
                for subject, value in zip(results.subjects, values, strict=True):
                    if value.value is None:
                        why = cause_words(results, value.flags) if (subject, visit) in there else "no tubes"
                        causes[why] = causes.get(why, 0) + 1
                number = sum(value.value is not None for value in values)
                is_primary = (sheet, column.measure) == place
                found.append(Measured(sheet, column.measure, visit, is_primary, len(values), number, causes))
    return tuple(found)


def _is_planned(results: Results, measure: str) -> bool:
    """Whether the study has a tube of every kind that the measure is made of, those that bridge it included."""
    used = {record.tube for record in results.records if not record.excluded}
    declared, sources = results.sources.declared, results.sources.cells
    needed = [sources[cells] for cells in declared.cells_of(measure)]
    if declared.measures[measure].formula == "per":
        needed += [sources[one.bridge] for one in needed if one.bridge is not None and not one.by_beads]
    return all(one.tube in used for one in needed)


_OF_A_TUBE = re.compile(r"(missing_tube|tube_failed|excluded|several_tubes)_(.+)")
_WORDS = {"missing_tube": "no {} tube", "tube_failed": "{} tube failed", "excluded": "{} tube excluded",
          "several_tubes": "several {} tubes"}  # fmt: skip


def cause_words(results: Results, flags: Sequence[str]) -> str:
    """The first flag of an empty value that says why it is empty, in words."""
    flag = next((flag for flag in flags if empties(flag)), "no reason known")
    of_a_tube = _OF_A_TUBE.fullmatch(flag)
    if of_a_tube:
        return _WORDS[of_a_tube[1]].format(of_a_tube[2])
    name, _, cells = flag.partition(":")
    source = results.sources.cells.get(cells)
    about = f"{source.population} " if source is not None else ""
    return f"{about}{'not measured' if name == 'unmeasured' else name.replace('_', ' ')}"
