"""Repeated measures on ranks as a mixed model: bears missed visits."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tregate.pipelines.visit_tests.outcome import Outcome, counted
from tregate.pipelines.visit_tests.ranks import mean_ranks
from tregate.pipelines.visit_tests.visit_test import VisitTest

Floats = NDArray[np.float64]

NAME = "mixed model on ranks"


@dataclass(frozen=True)
class _Fit:
    estimates: Floats
    """Difference of mean rank from baseline, one a visit, in the unit of `errors`."""
    errors: Floats
    how: str


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
    fit = _fit(ranks, design, groups) if freedom >= 1 else None
    for position, visit in enumerate(others):
        pairs = len(values[visit].keys() & values[baseline].keys())
        outcomes[visit] = _outcome(fit, position, freedom, pairs, len(rows), len(subjects), tied)
    return outcomes


def _outcome(
    fit: _Fit | None, position: int, freedom: int, pairs: int, values: int, subjects: int, tied: int
) -> Outcome:
    seen = f"{counted(pairs, 'pair')}; {values} values of {counted(subjects, 'subject')}; {tied} tied"
    if fit is None or pairs < 2:
        return Outcome(NAME, pairs, None, f"not tested: {seen}")
    estimate, error = fit.estimates[position], fit.errors[position]
    if not (np.isfinite(estimate) and np.isfinite(error) and error > 0.0):
        return Outcome(NAME, pairs, None, f"not tested: no variation to test against; {seen}")
    from scipy.special import stdtr

    p = float(2.0 * stdtr(freedom, -abs(estimate / error)))
    return Outcome(
        NAME, pairs, p, f"approximate (t, {freedom} df, assumes equal correlation of all visits{fit.how}); {seen}"
    )


def _fit(ranks: Floats, design: Floats, groups: NDArray[np.int64]) -> _Fit | None:
    if np.ptp(ranks) == 0.0:
        return None
    return _random_subjects(ranks, design, groups) or _fixed_subjects(ranks, design, groups)


def _random_subjects(ranks: Floats, design: Floats, groups: NDArray[np.int64]) -> _Fit | None:
    from statsmodels.regression.mixed_linear_model import MixedLM

    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        try:
            model = MixedLM(ranks / ranks.std(), design, groups=groups)
            result = model.fit(reml=True, method=["bfgs", "lbfgs", "powell"], gtol=1e-9)
            errors = np.asarray(result.bse_fe, dtype=np.float64)[1:]
        except (np.linalg.LinAlgError, ValueError, ZeroDivisionError, FloatingPointError):
            return None
    estimates = np.asarray(result.fe_params, dtype=np.float64)[1:]
    sound = bool(result.converged) and np.all(np.isfinite(errors)) and np.all(errors > 0.0)
    alike = float(np.asarray(result.cov_re).ravel()[0]) < 1e-8
    return _Fit(estimates, errors, "; subject variance 0" if alike else "") if sound else None


def _fixed_subjects(ranks: Floats, design: Floats, groups: NDArray[np.int64]) -> _Fit | None:
    subjects = np.equal.outer(groups, np.unique(groups)).astype(np.float64)
    whole = np.hstack([design[:, 1:], subjects])
    if np.linalg.matrix_rank(whole) < whole.shape[1] or len(ranks) <= whole.shape[1]:
        return None
    solution: Floats = np.asarray(np.linalg.lstsq(whole, ranks, rcond=None)[0], dtype=np.float64)
    residual = ranks - whole @ solution
    variance = float(residual @ residual) / (len(ranks) - whole.shape[1])
    if variance < 1e-12 * float(np.var(ranks)):
        return None
    covariance = np.asarray(np.linalg.inv(whole.T @ whole), dtype=np.float64) * variance
    spread: Floats = np.sqrt(np.diag(covariance))
    visits = design.shape[1] - 1
    return _Fit(solution[:visits], spread[:visits], "; fallback: subjects as fixed effects")


MIXED_RANKS = VisitTest(
    lambda course, zeros: mixed_ranks(course.values, course.baseline),
    "mixed model on the ranks of all values, visit fixed and subject random, approximate; it assumes equal correlation "
    "of all visits",
    ("statsmodels.regression.mixed_linear_model",),
)
