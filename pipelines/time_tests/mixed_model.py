"""A mixed model of the visits: subject random, visit fixed; it bears missed visits."""

import numpy as np

from tregate.gating.wording import counted
from tregate.pipelines.time_tests.time_test import Floats, TimeOutcome, TimeTest, too_few
from tregate.pipelines.visit_tests.subject_models import fit_visits


def mixed_model(table: Floats) -> TimeOutcome:
    """Wald's F of all visits, with values - subjects - visits + 1 degrees of freedom.

    Of complete data it is the uncorrected repeated-measures analysis of variance.
    """
    there = ~np.isnan(table)
    kept = table[there.any(axis=1)]
    seen = ~np.isnan(kept)
    columns = np.flatnonzero(seen.any(axis=0))
    if len(columns) < 2 or columns[0] != 0:
        return too_few(table, "a visit without values")
    subject, visit = np.nonzero(seen)
    freedom = len(subject) - len(kept) - (len(columns) - 1)
    values = kept[seen]
    design = np.column_stack([np.ones(len(values)), *((visit == column).astype(np.float64) for column in columns[1:])])
    fit = fit_visits(values, design, subject) if freedom >= 1 else None
    how = f"{counted(len(values), 'value')} of {counted(len(kept), 'subject')}"
    if fit is None:
        return TimeOutcome(len(kept), None, f"not tested: {how}")
    from scipy.special import fdtrc

    q = len(fit.estimates)
    f = float(fit.estimates @ np.linalg.solve(fit.covariance, fit.estimates)) / q
    p = float(fdtrc(q, freedom, f))
    return TimeOutcome(
        len(kept),
        p,
        f"mixed model, assumes equal correlation of all visits{fit.how}; F({q}, {freedom}) = {f:.4g}; {how}",
    )


MIXED_MODEL = TimeTest(
    mixed_model,
    "mixed model, visit fixed and subject random; it assumes equal correlation of all visits",
    only_complete=False,
    libraries=("statsmodels.regression.mixed_linear_model",),
)
