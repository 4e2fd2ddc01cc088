"""Tests of the pairs of one visit on the scale of log ratios: paired t, sign flips, and counts with their exposure."""

import numpy as np

from tregate.pipelines.statistics.describe import LEAST
from tregate.pipelines.statistics.outcome import Outcome, counted
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.statistics.sign_flips import DRAWN, sign_flip

T_NAME, FLIP_NAME, COUNT_NAME = "paired t on logs", "sign-flip on logs", "quasi-Poisson of the pairs"


def paired_t(series: Series, visit: str) -> Outcome:
    """Student's t of log ratios: the test to the geometric mean ratio and its interval."""
    logs = np.array(list(series.log_changes(visit).values()))
    if len(logs) < LEAST or float(logs.std()) == 0.0:
        return Outcome(T_NAME, len(logs), None, f"not tested: {counted(len(logs), 'pair')} that differ")
    from scipy.special import stdtr

    t = float(logs.mean() / (logs.std(ddof=1) / np.sqrt(len(logs))))
    p = float(2.0 * stdtr(len(logs) - 1, -abs(t)))
    return Outcome(T_NAME, len(logs), p, f"approximate (t, {len(logs) - 1} df); {counted(len(logs), 'pair')}")


def flipped(series: Series, visit: str) -> Outcome:
    """Sign-flip test of the mean log ratio."""
    logs = tuple(series.log_changes(visit).values())
    if not logs:
        return Outcome(FLIP_NAME, 0, None, "not tested: 0 pairs")
    p, exact = sign_flip(logs)
    return Outcome(FLIP_NAME, len(logs), p, f"{how_flipped(exact)}; {counted(len(logs), 'pair')}")


def count_model(series: Series, visit: str) -> Outcome:
    """Rate of events at the visit against the baseline: Poisson with dispersion estimated, subjects as blocks.

    The exposure is the blood analysed (of a percentage the parent events): events / value. Given the sum of the two
    counts of a subject, the model is a binomial one with the logarithm of the ratio of exposures as offset; its
    dispersion is Pearson's (at least 1), its t has pairs - 1 degrees of freedom
    (McCullagh and Nelder 1989, 4.5 and 6.4).
    """
    base, pairs = series.values[series.baseline], []
    for subject in series.pairs(visit):
        now, before = series.one_event.get((subject, visit)), series.one_event.get((subject, series.baseline))
        if now and before:
            pairs.append((series.values[visit][subject] / now, base[subject] / before, np.log(before / now)))
    counts = np.array([pair for pair in pairs if pair[0] + pair[1] > 0.0])
    how = f"{counted(len(counts), 'pair')} with counted events"
    if len(counts) < LEAST or not counts[:, 0].any() or not counts[:, 1].any():
        return Outcome(COUNT_NAME, len(counts), None, f"not tested: {how}")
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
    return Outcome(COUNT_NAME, len(counts), p, f"approximate (t, {len(counts) - 1} df); {how}; {told}")


def how_flipped(exact: bool) -> str:
    """How many flips a p rests on."""
    return "exact (all flips)" if exact else f"{DRAWN} flips drawn, fixed seed"
