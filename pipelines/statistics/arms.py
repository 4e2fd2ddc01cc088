"""Arms compared: values adjusted for the baseline, changes by ranks, and all visits together by permuted arms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, exp

import numpy as np
from numpy.typing import NDArray

from tregate.pipelines.statistics.effects import CONFIDENCE, Interval
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.study.subjects import Subjects
from tregate.pipelines.visit_tests.course import LEAST
from tregate.pipelines.visit_tests.sign_flips import SEED

PERMUTED = 9999
"""Permutations drawn beside the seen one, where all of them are more than that."""


@dataclass(frozen=True)
class Adjusted:
    """Ratio of two arms at a visit, adjusted for the baseline."""

    ratio: Interval
    p_value: float
    freedom: int


def ancova(
    series: Series, visit: str, subjects: Subjects, arm: str, reference: str, covariates: Sequence[str] = ()
) -> Adjusted | None:
    """Log value at the visit on arm, log baseline and covariates; ordinary least squares by statsmodels.

    `covariates`: "site" or "stratum", as factors. None below three subjects in an arm, or where the model has no
    residual degree of freedom.
    """
    now, before = series.log_values(visit), series.log_values(series.baseline)
    both = [s for s in now if s in before and s in subjects and subjects[s].arm in (arm, reference)]
    treated = [subjects[s].arm == arm for s in both]
    if min(sum(treated), len(both) - sum(treated)) < LEAST:
        return None
    columns = [np.ones(len(both)), np.array(treated, dtype=np.float64), np.array([before[s] for s in both])]
    for covariate in covariates:
        levels = [getattr(subjects[s], covariate) for s in both]
        columns += [np.array([level == one for level in levels], dtype=np.float64) for one in sorted(set(levels))[1:]]
    design = np.column_stack(columns)
    if np.linalg.matrix_rank(design) < design.shape[1] or len(both) <= design.shape[1]:
        return None
    from statsmodels.regression.linear_model import OLS

    fit = OLS(np.array([now[s] for s in both]), design).fit()
    low, high = fit.conf_int(alpha=1.0 - CONFIDENCE)[1]
    if not np.isfinite(fit.pvalues[1]):
        return None
    ratio = Interval(exp(fit.params[1]), exp(low), exp(high))
    return Adjusted(ratio, float(fit.pvalues[1]), int(fit.df_resid))


def arm_by_visit(
    changes: Mapping[str, Mapping[str, float]], arm_of: Mapping[str, bool]
) -> tuple[dict[str, float], float | None]:
    """Adjusted p of each visit and one p of any difference: max-t over the visits, arms permuted among subjects.

    `changes`: visit -> subject -> log change; `arm_of`: subject -> whether in the arm (else in the reference). A
    subject keeps all its visits, so that their correlation stays (Westfall and Young 1993, 2.3). Each visit's pooled t
    is compared by its own p. All choices of the arm's subjects, or `PERMUTED` drawn ones with a fixed seed.
    """
    subjects = sorted({s for of in changes.values() for s in of if s in arm_of})
    seen = np.array([arm_of[s] for s in subjects], dtype=np.float64)
    tested = [visit for visit, of in changes.items() if _enough([arm_of[s] for s in of if s in arm_of])]
    if not tested:
        return {}, None
    table = np.array([[changes[visit].get(s, 0.0) for visit in tested] for s in subjects])
    there = np.array([[float(s in changes[visit]) for visit in tested] for s in subjects])
    sizes = _sizes(_labels(seen), table, there)
    largest = sizes.max(axis=1)
    adjusted = {
        visit: float(np.mean(largest >= size * (1.0 - 1e-9))) for visit, size in zip(tested, sizes[0], strict=True)
    }
    return adjusted, min(adjusted.values())


def _enough(in_arm: Sequence[bool]) -> bool:
    return min(sum(in_arm), len(in_arm) - sum(in_arm)) >= LEAST


def _labels(seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n_permutations, n_subjects) of 1 in the arm and 0 in the reference, the seen one first."""
    size, many = int(seen.sum()), len(seen)
    if comb(many, size) <= PERMUTED + 1:
        chosen = [list(one) for one in combinations(range(many), size)]
        labels = np.zeros((len(chosen), many))
        for row, one in enumerate(chosen):
            labels[row, one] = 1.0
        first = int(np.flatnonzero((labels == seen).all(axis=1))[0])
        return np.vstack([labels[first], np.delete(labels, first, axis=0)])
    drawn = np.random.default_rng(SEED).permuted(np.tile(seen, (PERMUTED, 1)), axis=1)
    return np.vstack([seen, drawn])


def _sizes(labels: NDArray[np.float64], table: NDArray[np.float64], there: NDArray[np.float64]) -> NDArray[np.float64]:
    """-log p of every permutation's pooled t at every visit, (n_permutations, n_visits)."""
    from scipy.special import stdtr

    n = there.sum(axis=0)
    first = labels @ there
    second = n - first
    total, squares = table.sum(axis=0), (table**2).sum(axis=0)
    sums = labels @ table
    with np.errstate(divide="ignore", invalid="ignore"):
        means, others = sums / first, (total - sums) / second
        rest = np.maximum(squares - first * means**2 - second * others**2, 1e-12 * squares)
        t = np.abs(means - others) / np.sqrt(rest / (n - 2.0) * (1.0 / first + 1.0 / second))
        sizes = -np.log(np.maximum(2.0 * stdtr(n - 2.0, -t), 1e-300))
    return np.where(np.isfinite(sizes), sizes, 0.0)
