"""Friedman's test over the visits, on the subjects who came to all of them."""

from collections.abc import Mapping

import numpy as np

from tregate.gating.wording import counted
from tregate.pipelines.visit_tests.outcome import Outcome
from tregate.pipelines.visit_tests.visit_test import VisitTest

NAME = "Friedman"


def friedman(values: Mapping[str, Mapping[str, float]], baseline: str) -> dict[str, Outcome]:
    """Each visit against the baseline by the difference of within-subject rank sums, complete cases only.

    `values`: visit -> subject -> value. The overall test is SciPy's and stands in the method. The contrast is
    normal with the variance of the rank sums under exchangeable visits, ties included: without ties
    n k (k + 1) / 6 (Siegel and Castellan 1988, 7.2).
    """
    visits = [visit for visit in values if values[visit]]
    others = [visit for visit in visits if visit != baseline]
    complete = [s for s in values.get(baseline, {}) if all(s in values[visit] for visit in visits)]
    untested = Outcome(NAME, len(complete), None, f"not tested: {counted(len(complete), 'complete case')}")
    outcomes = dict.fromkeys(values, untested)
    if baseline not in visits or len(visits) < 3 or len(complete) < 2:
        return outcomes
    from scipy import stats

    table = np.array([[values[visit][subject] for visit in visits] for subject in complete])
    ranks = np.apply_along_axis(stats.rankdata, 1, table)
    middle = (len(visits) + 1) / 2.0
    variance = 2.0 * float(np.sum((ranks - middle) ** 2)) / (len(visits) - 1)
    if variance == 0.0:
        return outcomes
    overall = stats.friedmanchisquare(*table.T)
    tied = sum(len(row) - len(np.unique(row)) > 0 for row in table)
    method = (
        "approximate (normal, assumes equal correlation of all visits); "
        f"{counted(len(complete), 'complete case')} of {len(visits)} visits; "
        f"all visits: chi2 = {overall.statistic:.4g}, p = {overall.pvalue:.4g}; "
        f"{counted(tied, 'subject')} with ties"
    )
    sums = ranks.sum(axis=0)
    base = visits.index(baseline)
    for visit in others:
        z = (sums[visits.index(visit)] - sums[base]) / np.sqrt(variance)
        p = float(2.0 * stats.norm.sf(abs(z)))
        outcomes[visit] = Outcome(NAME, len(complete), p, method)
    return outcomes


FRIEDMAN = VisitTest(
    lambda course, zeros: friedman(course.values, course.baseline),
    "Friedman's test of the complete cases, contrasts approximate; it assumes equal correlation of all visits",
    ("scipy.stats",),
)
