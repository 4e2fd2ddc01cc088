"""Models of repeated values of subjects: visit fixed, subject random (REML), or fixed where that fit fails."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class VisitFit:
    """Differences from the baseline and their covariance, in one unit."""

    estimates: Floats
    """(n_visits - 1,)."""
    covariance: Floats
    """(n_visits - 1, n_visits - 1)."""
    how: str
    """"" or what is particular about the fit."""


def fit_visits(values: Floats, design: Floats, groups: NDArray[np.int64]) -> VisitFit | None:
    """Values (n,) on the design (n, n_visits: intercept, then one column a visit) with a subject each (`groups`).

    REML by statsmodels; None where the values do not differ, or neither model can be fitted.
    """
    if np.ptp(values) == 0.0:
        return None
    return _random_subjects(values, design, groups) or _fixed_subjects(values, design, groups)


def _random_subjects(values: Floats, design: Floats, groups: NDArray[np.int64]) -> VisitFit | None:
    from statsmodels.regression.mixed_linear_model import MixedLM

    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        try:
            model = MixedLM(values / values.std(), design, groups=groups)
            result = model.fit(reml=True, method=["bfgs", "lbfgs", "powell"], gtol=1e-9)
            errors = np.asarray(result.bse_fe, dtype=np.float64)[1:]
            covariance = np.asarray(result.cov_params(), dtype=np.float64)[1 : design.shape[1], 1 : design.shape[1]]
        except (np.linalg.LinAlgError, ValueError, ZeroDivisionError, FloatingPointError):
            return None
    estimates = np.asarray(result.fe_params, dtype=np.float64)[1:]
    sound = bool(result.converged) and np.all(np.isfinite(errors)) and np.all(errors > 0.0)
    alike = float(np.asarray(result.cov_re).ravel()[0]) < 1e-8
    return VisitFit(estimates, covariance, "; subject variance 0" if alike else "") if sound else None


def _fixed_subjects(values: Floats, design: Floats, groups: NDArray[np.int64]) -> VisitFit | None:
    subjects = np.equal.outer(groups, np.unique(groups)).astype(np.float64)
    whole = np.hstack([design[:, 1:], subjects])
    if np.linalg.matrix_rank(whole) < whole.shape[1] or len(values) <= whole.shape[1]:
        return None
    solution: Floats = np.asarray(np.linalg.lstsq(whole, values, rcond=None)[0], dtype=np.float64)
    residual = values - whole @ solution
    variance = float(residual @ residual) / (len(values) - whole.shape[1])
    if variance < 1e-12 * float(np.var(values)):
        return None
    covariance = np.asarray(np.linalg.inv(whole.T @ whole), dtype=np.float64) * variance
    visits = design.shape[1] - 1
    return VisitFit(solution[:visits], covariance[:visits, :visits], "; fallback: subjects as fixed effects")
