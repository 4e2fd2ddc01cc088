"""Fold changes beyond their limit, as findings of the tubes of both visits: the tables have one row per measure."""

from collections.abc import Iterator, Sequence

from tregate.gating.findings import Finding, Severity
from tregate.gating.wording import number_text
from tregate.pipelines.statistics.fold_findings import CHECK, beyond_limit, cells_with_fold_window
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding


def fold_marks(results: Results, every: Sequence[Series], analysis: Analysis) -> Iterator[TubeFinding]:
    """One finding per tube that the two values of a fold change beyond its limit come from."""
    windowed = cells_with_fold_window(results.sources.declared)
    for series in every:
        if windowed.isdisjoint(series.measure.cells):
            yield from _of_measure(results, series, analysis.fold_limit)


def _of_measure(results: Results, series: Series, limit: float) -> Iterator[TubeFinding]:
    within = f"{1.0 / limit:.3g} to {limit:.3g}"
    for subject, visit, fold in beyond_limit(series, limit):
        message = (
            f"{series.measure.label}: the fold change of {visit} against {series.baseline} is {number_text(fold)} "
            f"(expected {within}). Review the gates of both visits."
        )
        for place in (series.baseline, visit):
            for origin in results.values.of(series.measure.name, subject, place).origins:
                record = origin.record
                finding = Finding(CHECK, Severity.WARN, message, str(origin.population), fold, within)
                yield TubeFinding(record.subject, record.visit, record.tube, record.file, finding)
