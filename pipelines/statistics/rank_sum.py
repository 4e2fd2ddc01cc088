"""Two groups: exact rank-sum test, also with ties, and the Hodges-Lehmann shift between them with its interval."""

from collections.abc import Sequence
from math import comb

import numpy as np
from numpy.typing import NDArray

from tregate.pipelines.statistics.effects import CONFIDENCE, Interval
from tregate.pipelines.visit_tests.ranks import mean_ranks

EXACT_UP_TO = 60
"""Subjects of both groups; beyond, SciPy's normal approximation."""


def rank_sum(group: Sequence[float], reference: Sequence[float]) -> tuple[float, bool]:
    """Two-sided p of the rank sum of `group` among both, and whether it is exact. Raises ValueError for no values.

    The exact distribution of the ranks that were seen, ties at their mean rank: every choice of so many subjects is
    equally likely (Hollander and Wolfe 1999, 4.1).

    Examples
    --------
    >>> rank_sum([4.0, 5.0, 6.0], [1.0, 2.0, 3.0])
    (0.1, True)
    """
    if not len(group) or not len(reference):
        raise ValueError("a group without values cannot be compared")
    if len(group) + len(reference) > EXACT_UP_TO:
        from scipy import stats

        return float(stats.mannwhitneyu(group, reference, method="asymptotic").pvalue), False
    doubled = np.rint(2.0 * mean_ranks([*group, *reference])).astype(np.int64)
    ways = _ways(doubled, len(group))
    seen = int(doubled[: len(group)].sum())
    p = 2.0 * min(ways[: seen + 1].sum(), ways[seen:].sum()) / comb(len(doubled), len(group))
    return float(min(1.0, p)), True


def shift_between(group: Sequence[float], reference: Sequence[float]) -> Interval:
    """Median of all differences group - reference, with the interval that the exact rank-sum test implies.

    Raises ValueError for no values. No interval where so few subjects reach no 95 %.

    Examples
    --------
    >>> shift_between([4.0, 5.0, 7.0, 8.0], [1.0, 2.0, 3.0, 0.0])
    Interval(estimate=4.5, low=1.0, high=8.0)
    """
    if not len(group) or not len(reference):
        raise ValueError("a group without values has no shift")
    differences = np.sort(np.subtract.outer(np.asarray(group), np.asarray(reference)).ravel())
    estimate = float(np.median(differences))
    first, both = len(group), len(group) + len(reference)
    if both > EXACT_UP_TO:
        spread = np.sqrt(first * (both - first) * (both + 1) / 12.0)
        cut = int(len(differences) / 2.0 - 1.959963984540054 * spread)
    else:
        ways = _ways(2 * np.arange(1, both + 1), first)[first * (first + 1) :: 2]
        cut = int(np.searchsorted(np.cumsum(ways) / comb(both, first), (1.0 - CONFIDENCE) / 2.0, side="left"))
    if cut < 1:
        return Interval(estimate)
    return Interval(estimate, float(differences[cut - 1]), float(differences[-cut]))


def _ways(doubled: NDArray[np.int64], chosen: int) -> NDArray[np.float64]:
    """Number of choices of `chosen` subjects with every sum of doubled ranks, (sum of all + 1,)."""
    ways = np.zeros((chosen + 1, int(doubled.sum()) + 1))
    ways[0, 0] = 1.0
    for rank in doubled:
        ways[1:, rank:] += ways[:-1, : ways.shape[1] - rank].copy()
    result: NDArray[np.float64] = ways[chosen]
    return result
