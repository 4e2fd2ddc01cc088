"""Each visit of a measure against the baseline, as the analysis declares."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from tregate.pipelines.statistics.friedman import friedman
from tregate.pipelines.statistics.holm import holm
from tregate.pipelines.statistics.mixed_ranks import mixed_ranks
from tregate.pipelines.statistics.outcome import Outcome, counted
from tregate.pipelines.statistics.paired import count_model, flipped, how_flipped, paired_t
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.statistics.sign_flips import MaxT, max_t
from tregate.pipelines.statistics.wilcoxon import signed_rank
from tregate.pipelines.study.analysis import Analysis, TestName

ByVisit = Mapping[str, Outcome]


@dataclass(frozen=True)
class Comparison:
    """A measure compared with its baseline."""

    outcomes: ByVisit
    """Every visit that is tested; the baseline is not."""
    together: MaxT
    """All visits at once: adjusted p of each, and one p of any change."""
    exact: Mapping[str, float]
    """p of the exact signed-rank test of every visit, beside whatever test was declared."""


def compare(series: Series, analysis: Analysis, primary_subjects: Collection[str] | None) -> Comparison:
    """Outcome of every visit but the baseline.

    The primary visit is tested on the primary subjects (None: on all), the others on everybody who came.
    """
    primary = analysis.primary_visit_of(series.visits, series.baseline)
    others = [visit for visit in series.visits if visit != series.baseline]
    of_primary = of_subjects(series, primary_subjects)
    at_primary = _run(analysis.primary_test, of_primary, analysis) if primary else {}
    later = _run(analysis.later_test, series, analysis) if others != [primary] else {}
    outcomes = {visit: (at_primary if visit == primary else later).get(visit) for visit in others}
    tested = {visit: outcome for visit, outcome in outcomes.items() if outcome is not None}
    together = max_t({visit: series.log_changes(visit) for visit in others})
    alone = {primary} if str(series.measure) == analysis.primary_measure else set()
    family = {visit: outcome for visit, outcome in tested.items() if visit not in alone}
    if analysis.adjust == "holm":
        tested |= holm(family)
    elif analysis.adjust == "max_t":
        tested |= _adjusted(family, max_t({visit: series.log_changes(visit) for visit in family}))
    signed = {visit: _wilcoxon_at(of_primary if visit == primary else series, visit, analysis) for visit in others}
    exact = {visit: one.p_value for visit, one in signed.items() if one.p_value is not None and one.p_floor is not None}
    return Comparison(tested, together, exact)


def of_subjects(series: Series, subjects: Collection[str] | None) -> Series:
    """The same measure of some subjects; None: of all."""
    if subjects is None:
        return series
    kept = {
        visit: {subject: value for subject, value in values.items() if subject in subjects}
        for visit, values in series.values.items()
    }
    return replace(series, values=kept)


def _run(test: TestName, series: Series, analysis: Analysis) -> ByVisit:
    return _TESTS[test](series, analysis)


def _adjusted(family: ByVisit, together: MaxT) -> ByVisit:
    """The family with the p of max-t; a visit without one has none."""
    note = f"; max-t over {counted(len(together.adjusted), 'visit')}, {how_flipped(together.exact)}, unadjusted p = "
    return {
        visit: replace(
            outcome,
            p_value=together.adjusted[visit],
            method=f"{outcome.method}{note}{outcome.p_value:.6g}",
        )
        for visit, outcome in family.items()
        if outcome.p_value is not None and visit in together.adjusted
    }


def _wilcoxon_at(series: Series, visit: str, analysis: Analysis) -> Outcome:
    pairs = series.pairs(visit)
    before = [series.values[series.baseline][subject] for subject in pairs]
    after = [series.values[visit][subject] for subject in pairs]
    return signed_rank(before, after, zeros=analysis.zeros)


def _each(test: Callable[[Series, str], Outcome]) -> Callable[[Series, Analysis], ByVisit]:
    return lambda series, _: {visit: test(series, visit) for visit in series.visits}


_TESTS: dict[TestName, Callable[[Series, Analysis], ByVisit]] = {
    "wilcoxon": lambda series, analysis: {v: _wilcoxon_at(series, v, analysis) for v in series.visits},
    "paired_t": _each(paired_t),
    "sign_flip": _each(flipped),
    "count_model": _each(count_model),
    "mixed_ranks": lambda series, _: mixed_ranks(series.values, series.baseline),
    "friedman": lambda series, _: friedman(series.values, series.baseline),
    "none": lambda series, _: {},
}
