"""Repeated measures on ranks as a mixed model: bears missed visits."""

from collections.abc import Mapping

import numpy as np

from tregate.gating.wording import counted
from tregate.pipelines.visit_tests.outcome import Outcome
from tregate.pipelines.visit_tests.ranks import mean_ranks
from tregate.pipelines.visit_tests.subject_models import VisitFit, fit_visits
from tregate.pipelines.visit_tests.visit_test import VisitTest

NAME = "mixed model on ranks"


def mixed_ranks(values: Mapping[str, Mapping[str, float]], baseline: str) -> dict[str, Outcome]:
    """Each visit against the baseline: visit fixed, subject random, on the ranks of all values together.

    `values`: visit -> subject -> value. REML by statsmodels; the contrast's t has the within-subject
    degrees of freedom (values - subjects - visits + 1), so that complete data give the repeated-measures
    analysis of variance on ranks exactly (Conover and Iman 1981). Where the fit fails, subjects are fixed
    effects instead, and the method says so.
    """
    present = [visit for visit in values if values[visit]]
    others = [visit for visit in present if visit != baseline]
    outcomes = {visit: Outcome(NAME, 0, None, "not tested: 0 pairs") for visit in values if visit not in others}
    if baseline not in present or not others:
        return {visit: Outcome(NAME, 0, None, "not tested: 0 pairs") for visit in values}
    rows = [(visit, subject, value) for visit in present for subject, value in values[visit].items()]
    subjects = sorted({subject for _, subject, _ in rows})
    freedom = len(rows) - len(subjects) - len(others)
    ranks = mean_ranks([value for *_, value in rows])
    tied = len(ranks) - int(np.sum(np.unique(ranks, return_counts=True)[1] == 1))
    design = np.array([[1.0, *(float(visit == other) for other in others)] for visit, *_ in rows])
    groups = np.array([subjects.index(subject) for _, subject, _ in rows])
    fit = fit_visits(ranks, design, groups) if freedom >= 1 else None
    for position, visit in enumerate(others):
        pairs = len(values[visit].keys() & values[baseline].keys())
        outcomes[visit] = _outcome(fit, position, freedom, pairs, len(rows), len(subjects), tied)
    return outcomes


def _outcome(
    fit: VisitFit | None, position: int, freedom: int, pairs: int, values: int, subjects: int, tied: int
) -> Outcome:
    seen = f"{counted(pairs, 'pair')}; {values} values of {counted(subjects, 'subject')}; {tied} tied"
    if fit is None or pairs < 2:
        return Outcome(NAME, pairs, None, f"not tested: {seen}")
    estimate, error = fit.estimates[position], np.sqrt(fit.covariance[position, position])
    if not (np.isfinite(estimate) and np.isfinite(error) and error > 0.0):
        return Outcome(NAME, pairs, None, f"not tested: no variation to test against; {seen}")
    from scipy.special import stdtr

    p = float(2.0 * stdtr(freedom, -abs(estimate / error)))
    return Outcome(
        NAME, pairs, p, f"approximate (t, {freedom} df, assumes equal correlation of all visits{fit.how}); {seen}"
    )


MIXED_RANKS = VisitTest(
    lambda course, zeros: mixed_ranks(course.values, course.baseline),
    "mixed model on the ranks of all values, visit fixed and subject random, approximate; it assumes equal correlation "
    "of all visits",
    ("statsmodels.regression.mixed_linear_model",),
)
