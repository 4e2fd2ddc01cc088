"""What is printed beside the visit table."""

from collections.abc import Collection, Iterator, Sequence

from tregate.gating.wording import counted, p_text
from tregate.pipelines.statistics.scaled import SCALES
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.study.analysis import Analysis, family_places
from tregate.pipelines.time_tests.registry import TIME_TESTS
from tregate.pipelines.visit_tests.outcome import Outcome
from tregate.pipelines.visit_tests.registry import TESTS
from tregate.pipelines.visit_tests.visit_test import ByVisit

_LOQ = {
    "as_is": "Values below their limit of quantification are flagged and used as counted.",
    "censor": "Values below the laboratory's own limit of quantification are known only to be below it: GMR is that of "
    "a censored likelihood, and elsewhere the limit stands for them. Other counts are used as counted.",
    "exclude": "Values below their limit of quantification are flagged and excluded.",
}
_FAMILY = {
    "holm": "adjusted by Holm",
    "bonferroni": "adjusted by Bonferroni",
    "max_t": "adjusted by max-t sign flips",
    "fixed_sequence": "tested in this order, each while those before it are significant",
    "none": "unadjusted",
}
_ADJUSTED = {
    "none": "unadjusted",
    "holm": "adjusted by Holm over the visits of a measure",
    "max_t": "adjusted by max-t sign flips over the visits of a measure",
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
            f"{primary} against {baseline}: {TESTS[analysis.primary_test].words}."
            + (undeclared if analysis.primary_visit is None else "")
        )
    if any(visit not in (primary, baseline) for visit in visits):
        notes.append(f"Other visits against {baseline}: {TESTS[analysis.later_test].words}.")
    notes += _declared(analysis, visits, baseline)
    notes.append(
        "* p < 0.05, ** p < 0.01, *** p < 0.001, "
        + ("adjusted within families" if analysis.families else _ADJUSTED[analysis.adjust])
        + ", by the test's own p and none below 6 pairs. The smallest attainable p (2/2^n) is that of the exact "
        "signed-rank test."
    )
    notes.append(
        "Fold changes and tests use the same pairs: every subject with a value at both visits. GMR is the geometric "
        "mean ratio with its 95 % t interval on logs; half an event is added to each count."
    )
    notes.append(
        "No mean, fold change or star below 3 subjects. Each cell has its own n. Missing values are not imputed."
    )
    if analysis.below_loq == "exclude" and (out := sum(len(series.left_out) for series in every)):
        notes.append(
            f"{counted(out, 'value')} below the limit of quantification excluded. Small values are then missing "
            "because they are small, so means are too high."
        )
    notes.append(_LOQ[analysis.below_loq])
    notes += _beside_the_visit_tables(every)
    subjects = sorted({s for series in every for values in series.values.values() for s in values})
    if primary_subjects is not None and (aside := [s for s in subjects if s not in primary_subjects]):
        notes.append(f"Excluded from the test at {primary}, as declared: {', '.join(aside)}.")
    if analysis.exclude_subjects:
        notes.append(f"Excluded from summary and figures: {', '.join(analysis.exclude_subjects)}.")
    return tuple(notes)


def _beside_the_visit_tables(every: Sequence[Series]) -> Iterator[str]:
    """Where summary and figures have other values than the visit tables, and why."""
    folded = [series for series in every if series.measure.fold_column]
    if low := sum(len(series.low_baselines.intersection(*_later(series))) for series in folded):
        yield (
            f"{counted(low, 'baseline value')} below the limit of quantification: the visit tables have no such fold "
            "change. Summary and figures use it (n_baseline_below_loq, dashed lines), since leaving out low baselines "
            "biases the mean."
        )
    if other := sum(len(series.other_settings) for series in every):
        yield (
            f"{counted(other, 'intensity value')} measured with other settings than the subject's baseline: "
            "in the visit tables only, not in summary and figures."
        )


def _later(series: Series) -> tuple[set[str]]:
    """Subjects with a fold change after the baseline."""
    return ({s for visit in series.visits if visit != series.baseline for s in series.folds[visit]},)


def _declared(analysis: Analysis, visits: Sequence[str], baseline: str) -> Iterator[str]:
    """Tests of single measures, families, and spans."""
    for measure, test in analysis.tests_of.items():
        yield f"{measure} at every visit: {TESTS[test].words}."
    alone = (analysis.primary_measure, analysis.primary_visit_of(visits, baseline))
    for name, family in analysis.families.items():
        places = [place for place in family_places(family, visits, baseline) if place != alone]
        of = ", ".join(family.measures)
        yield f"Family {name}: {counted(len(places), 'test')} of {of}, {_FAMILY[family.adjust]}."
    if analysis.families:
        yield "The primary endpoint stands alone. Tests outside the families are descriptive and earn no stars."
    for name, span in analysis.spans.items():
        tested = ", ".join(span.visits)
        first = span.baseline or baseline
        yield f"Factor time, {name} ({first}, {tested}), of {SCALES[span.scale]}: {TIME_TESTS[span.test].words}."


def _endpoint(series: Series, outcome: Outcome, visit: str) -> str:
    label, unit = series.measure.label, series.measure.unit
    measure = f"{label} ({unit})" if unit else label
    what = f"Primary endpoint, {measure} at {visit} against {series.baseline}"
    if outcome.p_value is None:
        return f"{what}: {outcome.method}."
    floor = "" if outcome.p_floor is None else f"; smallest attainable {p_text(outcome.p_floor)}"
    stars = f" {outcome.stars}" if outcome.stars else ""
    return f"{what}: {outcome.test}, {p_text(outcome.p_value)} ({outcome.method}{floor}){stars}."
