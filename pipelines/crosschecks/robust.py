"""Robust location and spread of a few tubes."""

import math
from collections.abc import Sequence

import numpy as np

from tregate.gating.order_statistics import median as median_of
from tregate.gating.order_statistics import robust_sd


def median(values: Sequence[float]) -> float:
    return median_of(np.asarray(values, dtype=float)) if len(values) else math.nan


def minus_median(values: Sequence[float]) -> list[float]:
    """Each value less the median of all."""
    middle = median(values)
    return [value - middle for value in values]


def spread(values: Sequence[float], floor: float) -> float:
    """1.4826 x median absolute deviation, at least `floor`: a tight batch must not make every tube odd."""
    data = np.asarray(values, dtype=float)
    return max(floor, robust_sd(data))


def median_polish_residuals(values: Sequence[float], rows: Sequence[str], columns: Sequence[str]) -> list[float]:
    """What is left of each value after its row's and column's medians [Tukey's median polish]."""
    left = np.asarray(values, dtype=float) - median(values)
    groups = [
        np.flatnonzero(np.asarray(labels) == label) for labels in (rows, columns) for label in dict.fromkeys(labels)
    ]
    for _ in range(10):
        for members in groups:
            if len(members) > 1:
                left[members] -= median_of(left[members])
    return [float(value) for value in left]


def minus_medians(values: Sequence[float], labels: Sequence[str], at_least: int) -> list[float]:
    """Each value less the median of its label's; of all values, where the label has fewer than `at_least`."""
    data = np.asarray(values, dtype=float)
    names = np.asarray(labels)
    left = data - median_of(data)
    for label in dict.fromkeys(labels):
        members = np.flatnonzero(names == label)
        if len(members) >= at_least:
            left[members] = data[members] - median_of(data[members])
    return [float(value) for value in left]
