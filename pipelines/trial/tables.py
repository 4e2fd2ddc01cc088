"""The tables of a trial beside its visit tables, where the study declares what they need."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tregate.gating.findings import Severity
from tregate.pipelines.export.formats import FORMATS
from tregate.pipelines.files.table import Table
from tregate.pipelines.findings.concerned import Figure
from tregate.pipelines.statistics.summarise import Summary
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.trial.missing import missing_table
from tregate.pipelines.trial.sensitivity import sensitivity_table
from tregate.pipelines.trial.sets import AnalysisSets
from tregate.pipelines.trial.unscheduled import unscheduled_table

NAMES = ("unscheduled", "sets", "missing", "sensitivity")


def trial_tables(
    results: Results, summary: Summary, analysis: Analysis, worst: Mapping[Figure, Severity]
) -> dict[str, Table]:
    """unscheduled where there is such a visit; sets, missing and sensitivity where the study has a subjects.csv."""
    found: dict[str, Table] = {}
    if results.outside_the_plan:
        found["unscheduled"] = unscheduled_table(results)
    if not results.people:
        return found
    primary = analysis.primary_measure or results.sources.declared.definition.shown.primary
    series = next((one for one in summary.series if str(one.measure) == primary), None)
    if series is not None:
        sets = AnalysisSets(results, series, analysis, worst)
        found["sets"] = sets.table()
        visit = analysis.primary_visit_of(results.visits, results.baseline)
        if visit is not None:
            found["sensitivity"] = sensitivity_table(sets, visit)
    found["missing"] = missing_table(results, summary.series)
    return {name: found[name] for name in NAMES if name in found}


def write_trial_tables(tables: Mapping[str, Table], folder: Path, formats: Sequence[str] = ()) -> None:
    """Each as CSV, and in the formats that the visit tables have."""
    for name in NAMES:
        if name in tables:
            for ending in dict.fromkeys(("csv", *formats)):
                FORMATS[ending](tables[name], folder / f"{name}.{ending}")
