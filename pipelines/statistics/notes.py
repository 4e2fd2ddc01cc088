"""What is printed beside the visit table."""

from collections.abc import Collection, Sequence

from tregate.gating.wording import p_text
from tregate.pipelines.statistics.compare import ByVisit
from tregate.pipelines.statistics.outcome import Outcome, counted
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.study.analysis import Analysis

_TESTS = {
    "wilcoxon": "Wilcoxon signed-rank test of the complete pairs, exact",
    "mixed_ranks": "mixed model on the ranks of all values, visit fixed and subject random, approximate",
    "friedman": "Friedman's test of the complete cases, contrasts approximate",
    "none": "not tested",
}
_LOQ = {
    "as_is": "Values below their limit of quantification are flagged and used as measured.",
    "half": "Values below their limit of quantification are flagged and set to half the limit.",
    "exclude": "Values below their limit of quantification are flagged and excluded.",
}


def notes_of(
    every: Sequence[Series],
    outcomes: Sequence[ByVisit],
    analysis: Analysis,
    primary_subjects: Collection[str] | None,
) -> tuple[str, ...]:
    """Sentences: the primary endpoint first, then tests, stars, sets and rules."""
    if not every:
        return ()
    visits, baseline = every[0].visits, every[0].baseline
    primary = analysis.primary_visit_of(visits, baseline)
    notes = [
        _endpoint(series, tested[primary], primary)
        for series, tested in zip(every, outcomes, strict=True)
        if str(series.measure) == analysis.primary_measure and primary is not None and primary in tested
    ]
    if primary is not None:
        undeclared = " study.yaml declares no primary visit, so it is the first after the baseline."
        notes.append(
            f"{primary} against {baseline}: {_TESTS[analysis.primary_test]}."
            + (undeclared if analysis.primary_visit is None else "")
        )
    if any(visit not in (primary, baseline) for visit in visits):
        notes.append(f"Other visits against {baseline}: {_TESTS[analysis.later_test]}.")
    notes.append(
        "* p < 0.05, ** p < 0.01, *** p < 0.001, "
        + ("unadjusted" if analysis.adjust == "none" else "adjusted by Holm over the visits of a measure")
        + ". Smallest attainable p is the smallest two-sided p that an exact test of those pairs can give "
        "(2/2^n); it limits the stars."
    )
    beyond = sum(outcome.beyond_floor for tested in outcomes for outcome in tested.values())
    if beyond:
        notes.append(
            f"{counted(beyond, 'approximate p-value')} below the smallest p that an exact test of the pairs can give; "
            "report the smallest attainable p instead."
        )
    notes.append(
        "Fold changes are calculated per subject, then averaged. Each cell has its own n. Missing values are "
        "not imputed."
    )
    notes.append(_LOQ[analysis.below_loq])
    subjects = sorted({s for series in every for values in series.values.values() for s in values})
    if primary_subjects is not None and (aside := [s for s in subjects if s not in primary_subjects]):
        notes.append(f"Excluded from the test at {primary}, as declared: {', '.join(aside)}.")
    if analysis.exclude_subjects:
        notes.append(f"Excluded from summary and figures: {', '.join(analysis.exclude_subjects)}.")
    return tuple(notes)


def _endpoint(series: Series, outcome: Outcome, visit: str) -> str:
    measure = f"{series.measure.label} ({series.measure.unit})"
    what = f"Primary endpoint, {measure} at {visit} against {series.baseline}"
    if outcome.p_value is None:
        return f"{what}: {outcome.method}."
    return (
        f"{what}: {outcome.test}, {p_text(outcome.p_value)} ({outcome.method}; smallest attainable "
        f"{p_text(outcome.p_floor or 0.0)}){' ' + outcome.stars if outcome.stars else ''}."
    )
