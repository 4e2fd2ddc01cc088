"""Each visit of a measure against the baseline, as the analysis declares."""

from collections.abc import Callable, Collection, Mapping

from tregate.pipelines.statistics.friedman import friedman
from tregate.pipelines.statistics.holm import holm
from tregate.pipelines.statistics.mixed_ranks import mixed_ranks
from tregate.pipelines.statistics.outcome import Outcome
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.statistics.wilcoxon import signed_rank
from tregate.pipelines.study.analysis import Analysis, TestName

ByVisit = Mapping[str, Outcome]


def compare(series: Series, analysis: Analysis, primary_subjects: Collection[str] | None) -> ByVisit:
    """Outcome of every visit but the baseline.

    The primary visit is tested on the primary subjects (None: on all), the others on everybody who came.
    """
    primary = analysis.primary_visit_of(series.visits, series.baseline)
    others = [visit for visit in series.visits if visit != series.baseline]
    at_primary = _run(analysis.primary_test, _of(series, primary_subjects), analysis) if primary else {}
    later = _run(analysis.later_test, series, analysis) if others != [primary] else {}
    outcomes = {visit: (at_primary if visit == primary else later).get(visit) for visit in others}
    tested = {visit: outcome for visit, outcome in outcomes.items() if outcome is not None}
    if analysis.adjust == "none":
        return tested
    alone = {primary} if str(series.measure) == analysis.primary_measure else set()
    return tested | holm({visit: outcome for visit, outcome in tested.items() if visit not in alone})


def _of(series: Series, subjects: Collection[str] | None) -> Series:
    if subjects is None:
        return series
    kept = {
        visit: {subject: value for subject, value in values.items() if subject in subjects}
        for visit, values in series.values.items()
    }
    return Series(series.measure, series.visits, series.baseline, kept, series.below_loq)


def _run(test: TestName, series: Series, analysis: Analysis) -> ByVisit:
    return _TESTS[test](series, analysis)


def _wilcoxon(series: Series, analysis: Analysis) -> ByVisit:
    outcomes = {}
    for visit in series.visits:
        pairs = series.pairs(visit)
        before = [series.values[series.baseline][subject] for subject in pairs]
        after = [series.values[visit][subject] for subject in pairs]
        outcomes[visit] = signed_rank(before, after, zeros=analysis.zeros)
    return outcomes


_TESTS: dict[TestName, Callable[[Series, Analysis], ByVisit]] = {
    "wilcoxon": _wilcoxon,
    "mixed_ranks": lambda series, _: mixed_ranks(series.values, series.baseline),
    "friedman": lambda series, _: friedman(series.values, series.baseline),
    "none": lambda series, _: {},
}
