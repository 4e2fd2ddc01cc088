"""Repeated-measures analysis of variance of the complete cases: uncorrected, corrected, and multivariate."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tregate.gating.wording import counted
from tregate.pipelines.time_tests.time_test import Floats, TimeOutcome, TimeTest, complete, too_few


@dataclass(frozen=True)
class Variation:
    """F of the factor time, its degrees of freedom, and how far the visits are from equal correlation."""

    f: float
    freedom: int
    """Of the visits."""
    error_freedom: int
    greenhouse_geisser: float
    huynh_feldt: float


def variation(table: Floats) -> Variation | None:
    """Of complete cases (n_subjects, n_visits); None where no error is left to test against.

    Greenhouse and Geisser (1959); Huynh and Feldt (1976), at most 1.
    """
    n, k = table.shape
    if n < 2 or k < 2:
        return None
    by_visit = table - table.mean(axis=1, keepdims=True)
    rest = by_visit - by_visit.mean(axis=0)
    error = float(np.sum(rest**2))
    if error <= 1e-12 * float(np.sum((table - table.mean()) ** 2)):
        return None
    freedom, error_freedom = k - 1, (n - 1) * (k - 1)
    f = n * float(np.sum(by_visit.mean(axis=0) ** 2)) / freedom / (error / error_freedom)
    centred = rest.T @ rest / (n - 1)
    gg = float(np.trace(centred)) ** 2 / (freedom * float(np.sum(centred**2)))
    below = freedom * (n - 1 - freedom * gg)
    hf = min(1.0, (n * freedom * gg - 2.0) / below) if below > 0.0 else 1.0
    return Variation(f, freedom, error_freedom, gg, max(gg, hf))


def _anova(name: str, epsilon: Callable[[Variation], float], note: str) -> Callable[[Floats], TimeOutcome]:
    def test(table: Floats) -> TimeOutcome:
        rows = complete(table)
        found = variation(rows)
        if found is None:
            return too_few(rows)
        from scipy.special import fdtrc

        share = epsilon(found)
        p = float(fdtrc(share * found.freedom, share * found.error_freedom, found.f))
        degrees = f"F({share * found.freedom:.4g}, {share * found.error_freedom:.4g}) = {found.f:.4g}"
        return TimeOutcome(len(rows), p, f"{name}, {note}; {degrees}; {counted(len(rows), 'complete case')}")

    return test


def hotelling(table: Floats) -> TimeOutcome:
    """Hotelling's T² of the changes from the first visit: no assumption on the correlation of visits."""
    rows = complete(table)
    n, q = len(rows), table.shape[1] - 1
    if n <= q:
        return too_few(rows, "more subjects than changes are needed")
    changes = rows[:, 1:] - rows[:, :1]
    covariance = np.atleast_2d(np.cov(changes.T))
    if np.linalg.matrix_rank(covariance) < q:
        return too_few(rows, "the changes are not independent")
    from scipy.special import fdtrc

    mean = changes.mean(axis=0)
    t2 = n * float(mean @ np.linalg.solve(covariance, mean))
    f = (n - q) / (q * (n - 1)) * t2
    p = float(fdtrc(q, n - q, f))
    method = f"Hotelling's T2; F({q}, {n - q}) = {f:.4g}; {counted(n, 'complete case')}"
    return TimeOutcome(n, p, method)


def anova_type(table: Floats) -> TimeOutcome:
    """The ANOVA-type statistic of ranks (Brunner, Domhof and Langer 2002, 7.2): F(f, infinity).

    It is F of the analysis of variance on the ranks of all values, with f = Greenhouse-Geisser x (visits - 1).
    """
    from tregate.pipelines.visit_tests.ranks import mean_ranks

    rows = complete(table)
    found = variation(mean_ranks(rows.ravel()).reshape(rows.shape)) if rows.size else None
    if found is None:
        return too_few(rows)
    from scipy.special import chdtrc

    f = found.greenhouse_geisser * found.freedom
    p = float(chdtrc(f, f * found.f))
    return TimeOutcome(
        len(rows), p, f"ANOVA-type statistic of ranks; F({f:.4g}, inf) = {found.f:.4g}; "
        f"{counted(len(rows), 'complete case')}",
    )  # fmt: skip


_NAME = "repeated-measures ANOVA"
_WORDS = f"{_NAME} of the complete cases"
RM_ANOVA = TimeTest(
    _anova(_NAME, lambda found: 1.0, "uncorrected, assumes equal correlation of all visits"),
    f"{_WORDS}, uncorrected; it assumes equal correlation of all visits",
)
GREENHOUSE_GEISSER = TimeTest(
    _anova(_NAME, lambda found: found.greenhouse_geisser, "Greenhouse-Geisser"), f"{_WORDS}, Greenhouse-Geisser"
)
HUYNH_FELDT = TimeTest(_anova(_NAME, lambda found: found.huynh_feldt, "Huynh-Feldt"), f"{_WORDS}, Huynh-Feldt")
HOTELLING = TimeTest(hotelling, "Hotelling's T2 of the complete cases, whatever the correlation of visits")
ANOVA_TYPE = TimeTest(anova_type, "rank-based ANOVA-type statistic of the complete cases, approximate")
