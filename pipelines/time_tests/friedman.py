"""Friedman's test of the complete cases over all visits."""

import numpy as np

from tregate.gating.wording import counted
from tregate.pipelines.time_tests.time_test import Floats, TimeOutcome, TimeTest, complete, too_few


def friedman(table: Floats) -> TimeOutcome:
    """SciPy's, from three visits and three subjects on."""
    rows = complete(table)
    if rows.shape[1] < 3 or len(rows) < 3 or not np.any(np.ptp(rows, axis=1)):
        return too_few(rows)
    from scipy.stats import friedmanchisquare

    found = friedmanchisquare(*rows.T)
    method = f"Friedman; chi2({rows.shape[1] - 1}) = {found.statistic:.4g}; {counted(len(rows), 'complete case')}"
    return TimeOutcome(len(rows), float(found.pvalue), method)


FRIEDMAN = TimeTest(friedman, "Friedman's test of the complete cases", libraries=("scipy.stats",))
