"""What is doubtful about a subject's figures beside the others: folds and limits of quantification."""

from collections.abc import Iterator

from tregate.gating.findings import Finding, Severity
from tregate.gating.wording import number_text
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.tubes.records import TubeFinding

_RULES = {"as_is": "used as measured", "half": "set to half the limit", "exclude": "excluded"}


def doubts_of(series: Series, analysis: Analysis) -> Iterator[TubeFinding]:
    """Folds that cannot be given, folds beyond the limit, figures below their limit of quantification.

    Folds of Treg have a cross-check of their own, `treg_fold`.
    """
    measure = f"{series.measure.label} ({series.measure.unit})"
    baseline, limit = series.baseline, analysis.fold_limit
    for subject in series.without_fold:
        yield _finding(
            subject,
            baseline,
            "fold_without_baseline",
            f"{measure}: no fold change, because the baseline is zero, below quantification or not usable.",
            series.values[baseline][subject],
            "a baseline above its limit of quantification",
        )
    for visit in series.visits if series.measure.concept != "treg" else ():
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
        yield _finding(
            subject,
            visit,
            "below_loq",
            f"{measure} is below its limit of quantification. In the summary it is {_RULES[analysis.below_loq]}.",
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
