"""The counts of the pairs of one visit with their exposure: a Poisson model whose dispersion is estimated."""

import numpy as np

from tregate.pipelines.visit_tests.course import LEAST, Course
from tregate.pipelines.visit_tests.outcome import Outcome, counted
from tregate.pipelines.visit_tests.visit_test import VisitTest, each_visit

NAME = "quasi-Poisson of the pairs"


def count_model(course: Course, visit: str) -> Outcome:
    """Rate of events at the visit against the baseline: Poisson with dispersion estimated, subjects as blocks.

    The exposure is the blood analysed (of a percentage the parent events): events / value. Given the sum of the two
    counts of a subject, the model is a binomial one with the logarithm of the ratio of exposures as offset; its
    dispersion is Pearson's (at least 1), its t has pairs - 1 degrees of freedom
    (McCullagh and Nelder 1989, 4.5 and 6.4).
    """
    base, pairs = course.values[course.baseline], []
    for subject in course.pairs(visit):
        now, before = course.one_event.get((subject, visit)), course.one_event.get((subject, course.baseline))
        if now and before:
            pairs.append((course.values[visit][subject] / now, base[subject] / before, np.log(before / now)))
    counts = np.array([pair for pair in pairs if pair[0] + pair[1] > 0.0])
    how = f"{counted(len(counts), 'pair')} with counted events"
    if len(counts) < LEAST or not counts[:, 0].any() or not counts[:, 1].any():
        return Outcome(NAME, len(counts), None, f"not tested: {how}")
    import statsmodels.api as sm
    from scipy.special import stdtr

    model = sm.GLM(counts[:, :2], np.ones((len(counts), 1)), family=sm.families.Binomial(), offset=counts[:, 2])
    fit = model.fit(scale=1.0)
    totals, shares = counts[:, 0] + counts[:, 1], np.asarray(fit.fittedvalues)
    pearson = (counts[:, 0] - totals * shares) ** 2 / (totals * shares * (1.0 - shares))
    dispersion = float(pearson.sum()) / (len(counts) - 1)
    t = float(fit.params[0]) / (float(fit.bse[0]) * np.sqrt(max(1.0, dispersion)))
    p = float(2.0 * stdtr(len(counts) - 1, -abs(t)))
    told = f"rate ratio {np.exp(fit.params[0]):.4g}, dispersion {dispersion:.3g}"
    return Outcome(NAME, len(counts), p, f"approximate (t, {len(counts) - 1} df); {how}; {told}")


COUNT_MODEL = VisitTest(
    each_visit(count_model),
    "quasi-Poisson model of the pairs' events, with the blood analysed as exposure",
    ("statsmodels.api",),
)
