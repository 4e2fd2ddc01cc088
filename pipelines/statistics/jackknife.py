"""The error of a statistic whose samples come in clusters: several visits of one subject."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

GROUPS = 20
"""Subjects are left out in at most so many groups."""


def half_width(
    statistic: Callable[[npt.NDArray[np.bool_]], float | None], subjects: npt.NDArray[np.intp], confidence: float
) -> float | None:
    """Half of the interval of a statistic by the delete-one-group jackknife [Shao & Tu 1995, ch. 2.3].

    None where no subject has several samples, where there are fewer than 3, or where a part has no such statistic.

    Parameters
    ----------
    statistic : its value over the samples that are True, (n,)
    subjects : (n,) number of each sample's subject

    Examples
    --------
    >>> x = np.array([1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0])
    >>> round(half_width(lambda kept: float(x[kept].mean()), np.repeat(np.arange(4), 2), 0.95), 4)
    2.0543
    """
    from scipy.stats import t

    of, number = np.unique(subjects, return_inverse=True)
    if len(of) == len(subjects) or len(of) < 3:
        return None
    groups = min(len(of), GROUPS)
    found = [statistic(number % groups != group) for group in range(groups)]
    values = np.array([value for value in found if value is not None], dtype=np.float64)
    if len(values) < groups or not np.isfinite(values).all():
        return None
    error = float(np.sqrt((groups - 1) / groups * ((values - values.mean()) ** 2).sum()))
    return float(t.ppf((1 + confidence) / 2, groups - 1)) * error
