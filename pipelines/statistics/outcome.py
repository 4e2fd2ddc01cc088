"""Outcome: what a test says about one visit of one measure, and the stars it earns."""

from dataclasses import dataclass

STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))


@dataclass(frozen=True)
class Outcome:
    """One comparison with the baseline. `p_value` None: not tested, and `method` says why."""

    test: str
    pairs: int
    p_value: float | None
    method: str
    """Exact or approximate, the number of pairs, zeros, ties."""
    p_floor: float | None = None
    """Smallest two-sided p that an exact paired test of these pairs can give."""

    @property
    def beyond_floor(self) -> bool:
        """Whether an approximate p claims more than an exact test of the pairs could."""
        return self.p_value is not None and self.p_floor is not None and self.p_value < self.p_floor

    @property
    def stars(self) -> str:
        """* p < 0.05, ** p < 0.01, *** p < 0.001, and never more than the floor allows."""
        if self.p_value is None:
            return ""
        deciding = max(self.p_value, self.p_floor or 0.0)
        return next((stars for limit, stars in STARS if deciding < limit), "")


def floor_of(changed_pairs: int) -> float:
    """2 / 2^n: all of n changed pairs in one direction, two-sided; 1 where no pair changed."""
    return min(1.0, 2.0 ** (1 - changed_pairs))


def counted(number: int, noun: str) -> str:
    """ "1 pair", "8 pairs"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
