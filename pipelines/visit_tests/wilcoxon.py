"""Wilcoxon signed-rank test of paired changes, exact also with ties and zeros."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tregate.gating.wording import counted
from tregate.pipelines.visit_tests.course import Course
from tregate.pipelines.visit_tests.outcome import Outcome, floor_of
from tregate.pipelines.visit_tests.ranks import mean_ranks
from tregate.pipelines.visit_tests.visit_test import VisitTest, ZeroRule

Floats = NDArray[np.float64]

NAME = "Wilcoxon signed-rank"
EXACT_UP_TO = 200
"""Changed pairs; beyond, the normal approximation is as good and is named as such."""


def signed_rank(before: Sequence[float], after: Sequence[float], *, zeros: ZeroRule = "pratt") -> Outcome:
    """Two-sided test of after - before, pair by pair.

    The exact permutation distribution of the rank sum that was seen (every sign equally likely), by
    convolution: without ties and zeros that is the tabulated one. `zeros`: "pratt" ranks unchanged
    pairs and drops their ranks, "wilcox" drops them before ranking. Raises ValueError for unequal lengths.
    """
    changes = changes_of(before, after)
    if len(changes) == 0:
        return Outcome(NAME, 0, None, "not tested: 0 pairs")
    changed = changes[changes != 0.0]
    sizes = np.abs(changed)
    tied = len(sizes) - int(np.sum(np.unique(sizes, return_counts=True)[1] == 1))
    unchanged = len(changes) - len(changed)
    if len(changed) == 0:
        p, how = 1.0, "exact"
    elif len(changed) > EXACT_UP_TO:
        p, how = _normal_p(changes if zeros == "pratt" else changed), "approximate (normal)"
    else:
        ranks = mean_ranks(np.abs(changes))[changes != 0.0] if zeros == "pratt" else mean_ranks(sizes)
        p, how = _exact_p(ranks, changed > 0.0), "exact"
    parts = (
        how,
        counted(len(changes), "pair"),
        counted(unchanged, "zero") + (f" ({zeros})" if unchanged else ""),
        f"{tied} tied",
    )
    floor = floor_of(len(changed)) if how == "exact" else None
    return Outcome(NAME, len(changes), p, "; ".join(parts), floor)


def wilcoxon_at(course: Course, visit: str, zeros: ZeroRule) -> Outcome:
    """The test of the pairs of one visit, on the values."""
    pairs = course.pairs(visit)
    before = [course.values[course.baseline][subject] for subject in pairs]
    after = [course.values[visit][subject] for subject in pairs]
    return signed_rank(before, after, zeros=zeros)


def changes_of(before: Sequence[float], after: Sequence[float]) -> Floats:
    """after - before, rounded to 10 digits of the largest value, so that equal changes are equal numbers."""
    first, second = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if first.shape != second.shape:
        raise ValueError(f"{len(first)} values before and {len(second)} after are no pairs")
    largest = float(np.max(np.abs(np.concatenate([first, second])), initial=0.0))
    if largest == 0.0:
        return second - first
    return np.round((second - first) / largest, 10) * largest


def _normal_p(changes: Floats) -> float:
    """As SciPy's `wilcoxon`, whose import takes 60 MB: zeros have ranks that count for neither side (Cureton 1967)."""
    from scipy.special import ndtr

    sizes, ties = np.unique(np.abs(changes), return_counts=True)
    rose = float(np.sum(mean_ranks(np.abs(changes))[changes > 0.0]))
    zeros = float(ties[0]) if sizes[0] == 0.0 else 0.0
    tied = ties[sizes > 0.0].astype(np.float64)
    n = float(len(changes))
    middle = (n * (n + 1.0) - zeros * (zeros + 1.0)) / 4.0
    squares = n * (n + 1.0) * (2.0 * n + 1.0) - zeros * (zeros + 1.0) * (2.0 * zeros + 1.0)
    spread = np.sqrt((squares - np.sum(tied**3 - tied) / 2.0) / 24.0)
    return 2.0 * float(ndtr(-abs((rose - middle) / spread)))


def _exact_p(ranks: Floats, rose: NDArray[np.bool_]) -> float:
    doubled = np.rint(2.0 * ranks).astype(np.int64)
    chance = np.zeros(int(doubled.sum()) + 1)
    chance[0] = 1.0
    for rank in doubled:
        moved = np.zeros_like(chance)
        moved[rank:] = chance[: len(chance) - rank]
        chance = (chance + moved) / 2.0
    seen = int(doubled[rose].sum())
    return min(1.0, 2.0 * float(min(chance[: seen + 1].sum(), chance[seen:].sum())))


WILCOXON = VisitTest(
    lambda course, zeros: {visit: wilcoxon_at(course, visit, zeros) for visit in course.visits},
    "Wilcoxon signed-rank test of the complete pairs, exact",
)
