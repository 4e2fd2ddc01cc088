"""Limits of blank and detection from blanks and low specimens."""

from collections.abc import Sequence

import numpy as np

LEAST_BLANKS = 4
Z = 1.6448536269514722
"""95 % point of the normal distribution."""


def limit_of_blank(blanks: Sequence[float]) -> float | None:
    """95 % point of blanks, by ranks: value at rank 0.5 + 0.95 n [Linnet & Kondratovich 2004, Clin Chem 50:732].

    None below 4 blanks. Below 10 the highest blank is the 95 % point.

    >>> limit_of_blank([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1])
    1.09
    """
    if len(blanks) < LEAST_BLANKS:
        return None
    ordered = np.sort(np.asarray(blanks, dtype=np.float64))
    rank = min(0.5 + 0.95 * len(ordered), float(len(ordered)))
    return round(float(np.interp(rank, np.arange(1, len(ordered) + 1), ordered)), 12)


def limit_of_detection(lob: float, low: Sequence[Sequence[float]]) -> float | None:
    """LoB + c SD of low specimens, c = 1.645 / (1 - 1 / (4 (n - k))) [Linnet & Kondratovich 2004].

    `low`: values of each of k low specimens, n in all; their SDs are pooled. None without a repeat.

    >>> round(limit_of_detection(1.0, [[2.0, 3.0, 2.5], [2.0, 2.4]]), 4)
    1.789
    """
    repeated = [np.asarray(values, dtype=np.float64) for values in low if len(values) > 1]
    freedom = sum(len(values) - 1 for values in repeated)
    if not freedom:
        return None
    pooled = sum(float(((values - values.mean()) ** 2).sum()) for values in repeated) / freedom
    return lob + Z / (1 - 1 / (4 * freedom)) * float(np.sqrt(pooled))
