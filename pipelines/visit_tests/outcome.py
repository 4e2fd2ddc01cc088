"""Outcome: what a test says about one visit of one measure, and the stars it earns."""

from dataclasses import dataclass

STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))


LEAST_PAIRS_FOR_STARS = 6
"""Below, an exact two-sided test of the pairs cannot give p < 0.05: 2/2^5 = 0.0625."""


@dataclass(frozen=True)
class Outcome:
    """One comparison with the baseline. `p_value` None: not tested, and `method` says why."""

    test: str
    pairs: int
    p_value: float | None
    method: str
    """Exact or approximate, the number of pairs, zeros, ties."""
    p_floor: float | None = None
    """Smallest two-sided p that the exact signed-rank test of these pairs can give; None for every other test."""

    starred: bool = True
    """Whether it may earn stars: a test outside the declared families is descriptive."""
    unadjusted: float | None = None
    """p before it was adjusted; None where `p_value` is not adjusted."""

    @property
    def stars(self) -> str:
        """* p < 0.05, ** p < 0.01, *** p < 0.001, by the test's own p; none below six pairs or outside the families."""
        if self.p_value is None or not self.starred or self.pairs < LEAST_PAIRS_FOR_STARS:
            return ""
        return next((stars for limit, stars in STARS if self.p_value < limit), "")


def floor_of(changed_pairs: int) -> float:
    """2 / 2^n: all of n changed pairs in one direction, two-sided; 1 where no pair changed."""
    return min(1.0, 2.0 ** (1 - changed_pairs))
