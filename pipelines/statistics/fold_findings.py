"""What is doubtful about a subject's figures beside the others: folds and limits of quantification."""

from collections.abc import Collection, Iterator

from tregate.gating.findings import Finding, Severity
from tregate.gating.wording import number_text
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.plausible_declarations import Fold
from tregate.pipelines.tubes.records import TubeFinding

_RULES = {"as_is": "used as counted", "censor": "used as counted", "exclude": "excluded"}


def cells_with_fold_window(declared: Declared) -> frozenset[str]:
    """Cells whose fold changes have a declared limit of their own, and a cross-check that looks at it."""
    measures = (measure for relation in declared.relations(Fold) for measure in relation.fold)
    return frozenset(cells for measure in measures for cells in declared.quantified_by(measure))


def doubts_of(series: Series, analysis: Analysis, windowed: Collection[str] = ()) -> Iterator[TubeFinding]:
    """Folds that cannot be given, folds beyond the limit, figures below their limit of quantification.

    `windowed`: cells whose fold changes have a cross-check of their own.
    """
    measure = f"{series.measure.label} ({series.measure.unit})" if series.measure.unit else series.measure.label
    baseline, limit = series.baseline, analysis.fold_limit
    for subject in series.without_fold:
        yield _finding(
            subject,
            baseline,
            "fold_without_baseline",
            f"{measure}: no fold change, because the baseline is zero and no events are known.",
            series.values[baseline][subject],
            "a baseline above 0",
        )
    for visit in series.visits if not set(windowed).intersection(series.measure.cells) else ():
        for subject, fold in series.folds[visit].items():
            if not 1.0 / limit <= fold <= limit:
                yield _finding(
                    subject,
                    visit,
                    "fold_beyond_limit",
                    f"{measure} is {number_text(fold)} times the baseline. Review the gates of both visits.",
                    fold,
                    f"{1.0 / limit:.3g} to {limit:.3g}",
                )
    for subject, visit in sorted(series.below_loq):
        rule = "set to the laboratory's limit" if (subject, visit) in series.censored else _RULES[analysis.below_loq]
        yield _finding(
            subject,
            visit,
            "below_loq",
            f"{measure} is below its limit of quantification. In the summary it is {rule}.",
            series.values[visit].get(subject),
            "at least its limit of quantification",
            Severity.INFO,
        )


def _finding(
    subject: str,
    visit: str,
    check: str,
    message: str,
    value: float | None,
    limit: str,
    severity: Severity = Severity.WARN,
) -> TubeFinding:
    return TubeFinding(subject, visit, "", "", Finding(check, severity, message, value=value, limit=limit))
