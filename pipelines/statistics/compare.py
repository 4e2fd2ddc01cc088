"""Each visit of a measure against the baseline, as the analysis declares."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from tregate.gating.wording import counted
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.visit_tests.holm import adjusted, holm
from tregate.pipelines.visit_tests.registry import TESTS
from tregate.pipelines.visit_tests.sign_flips import MaxT, how_flipped, max_t
from tregate.pipelines.visit_tests.visit_test import ByVisit
from tregate.pipelines.visit_tests.wilcoxon import wilcoxon_at


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
    measure = str(series.measure)
    of_primary = of_subjects(series, primary_subjects)
    at_primary = TESTS[analysis.test_of(measure, primary=True)].run(of_primary, analysis.zeros) if primary else {}
    later = TESTS[analysis.test_of(measure, primary=False)].run(series, analysis.zeros) if others != [primary] else {}
    outcomes = {visit: (at_primary if visit == primary else later).get(visit) for visit in others}
    tested = {visit: outcome for visit, outcome in outcomes.items() if outcome is not None}
    together = max_t({visit: series.log_changes(visit) for visit in others})
    alone = {primary} if measure == analysis.primary_measure else set()
    family = {visit: outcome for visit, outcome in tested.items() if visit not in alone}
    if analysis.adjust == "holm":
        tested |= holm(family)
    elif analysis.adjust == "max_t":
        of_family = max_t({visit: series.log_changes(visit) for visit in family})
        how = f"max-t over {counted(len(of_family.adjusted), 'visit')}, {how_flipped(of_family.exact)}"
        tested |= adjusted(family, of_family.adjusted, how)
    signed = {visit: wilcoxon_at(of_primary if visit == primary else series, visit, analysis.zeros) for visit in others}
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
