"""Visit tables -> summary.csv: figures, folds, tests, and what is doubtful about them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tregate.pipelines.files.table import Table
from tregate.pipelines.statistics.compare import compare
from tregate.pipelines.statistics.comparisons import comparisons_of
from tregate.pipelines.statistics.families import by_families, family_of
from tregate.pipelines.statistics.fold_findings import cells_with_fold_window, doubts_of
from tregate.pipelines.statistics.mean_cells import cells_of_summary
from tregate.pipelines.statistics.measures import measures_of
from tregate.pipelines.statistics.notes import notes_of
from tregate.pipelines.statistics.plausibility import implausible
from tregate.pipelines.statistics.series import Incomparable, Loqs, Series, series_of
from tregate.pipelines.statistics.summary_by_group import summary_by_group
from tregate.pipelines.statistics.summary_rows import COLUMNS, row_of
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.analysis_declarations import CellLayout
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.subjects import Subjects
from tregate.pipelines.tubes.records import TubeFinding


@dataclass(frozen=True)
class Summary:
    """summary.csv, what is doubtful about it, and what is printed beside it."""

    table: Table
    findings: tuple[TubeFinding, ...]
    notes: tuple[str, ...]
    """Sentences for the foot of a table: tests, analysis sets, rules, the primary endpoint."""
    comparisons: Table
    """comparisons.csv: spans of visits, responders, arms."""
    series: tuple[Series, ...]
    """What the summary was made of, one a measure, for figures."""
    cell: CellLayout = "mean_sd"
    """What a cell of table1.md and of the page shows."""
    by_group: Table = field(default_factory=lambda: Table("summary_by_group", (), ()))
    """summary_by_group.csv: the summary of each arm, site and stratum."""
    subjects: Subjects = field(default_factory=dict)
    """Arms, sites and strata, for figures."""
    plan_changed: bool = False
    """Whether another plan was used before in the same folder."""
    primary_visit: str = ""
    """ "" where the baseline is the only visit."""


def summarise(
    tables: Sequence[Table],
    visits: Sequence[str],
    baseline: str,
    analysis: Analysis,
    declared: Declared,
    *,
    primary_subjects: Collection[str] | None = None,
    loqs: Loqs | None = None,
    one_events: Loqs | None = None,
    incomparable: Incomparable | None = None,
    subjects: Subjects | None = None,
) -> Summary:
    """Summarise every declared measure of the visit tables (each with `subject` and `visit`) at every planned visit.

    `primary_subjects`: who counts in the test at the primary visit (None: everybody).
    `loqs`: limits of quantification of single figures, for the rule `below_loq`.
    `subjects`: arms, sites and strata, where they are known.
    `one_events`: what one event adds to single figures, for folds and tests of counts as counts.
    `incomparable`: intensities that have no ratio to the baseline, and why.
    Raises ValueError where the baseline is no planned visit or a subject has two rows of one visit.
    """
    if baseline not in visits:
        raise ValueError(f"baseline {baseline!r} is not a planned visit ({', '.join(visits)})")
    if analysis.primary_measure is None:
        analysis = analysis.model_copy(update={"primary_measure": declared.definition.shown.primary})
    every = tuple(
        series_of(
            table,
            measure,
            visits,
            baseline,
            exclude=analysis.exclude_subjects,
            below_loq=analysis.below_loq,
            loqs=loqs,
            one_events=one_events,
            incomparable=incomparable,
        )
        for table in tables
        for measure in measures_of(table, declared)
    )
    compared = by_families(every, [compare(series, analysis, primary_subjects) for series in every], analysis)
    families = family_of(analysis, visits, baseline)
    rows = [
        row_of(s, visit, tested) | {"family": families.get((str(s.measure), visit))}
        for s, tested in zip(every, compared, strict=True)
        for visit in visits
    ]
    summary = Table.from_records("summary", COLUMNS, rows)
    windowed = cells_with_fold_window(declared)
    findings = [found for series in every for found in doubts_of(series, analysis, windowed)]
    findings += implausible(cells_of_summary(summary), declared)
    notes = notes_of(every, [one.outcomes for one in compared], analysis, primary_subjects)
    people, primary = subjects or {}, analysis.primary_visit_of(visits, baseline) or ""
    comparisons = comparisons_of(every, analysis, people)
    groups = summary_by_group(every, analysis, primary_subjects, people)
    return Summary(
        summary, tuple(findings), notes, comparisons, every, analysis.cell, groups, people, primary_visit=primary
    )
