"""Several readers of the same samples: intraclass correlation, and where the spread of their values comes from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tregate.pipelines.statistics.mean_squares import Limits, sd_limits, sd_limits_of_difference

FloatArray = npt.NDArray[np.float64]
LEAST_SAMPLES = 3
Component = tuple[float, Limits]
"""SD with its 95 % interval."""


@dataclass(frozen=True, slots=True)
class Icc:
    """Intraclass correlation of one reader's value, absolute agreement: ICC(A,1)."""

    icc: float
    limits: Limits


@dataclass(frozen=True, slots=True)
class Spread:
    """SDs of a value, on the scale of the values."""

    reader: Component
    """Between readers: some read higher than others."""
    reader_by_sample: Component | None
    """Readers differ otherwise from sample to sample; without repeats this is part of `repeat`."""
    repeat: Component
    """Between repeats of one reader on one sample."""


def icc(values: FloatArray) -> Icc | None:
    """ICC(A,1) with its 95 % interval [McGraw & Wong 1996, Psychol Methods 1:30, tables 4 and 7].

    Parameters
    ----------
    values : (n_samples, n_readers) one value each

    Returns
    -------
    None below 3 samples or 2 readers, or where the samples do not differ.

    Examples
    --------
    >>> found = icc(np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7.0]]))
    >>> round(found.icc, 3), tuple(round(one, 3) for one in found.limits)
    (0.29, (0.019, 0.761))
    """
    from scipy.stats import f

    n, k = values.shape
    if n < LEAST_SAMPLES or k < 2:
        return None
    grand, rows, columns = values.mean(), values.mean(axis=1), values.mean(axis=0)
    between = k * float(((rows - grand) ** 2).sum()) / (n - 1)
    readers = n * float(((columns - grand) ** 2).sum()) / (k - 1)
    rest = float(((values - rows[:, None] - columns[None, :] + grand) ** 2).sum()) / ((n - 1) * (k - 1))
    if between <= 0 or rest <= 0:
        return None
    found = (between - rest) / (between + (k - 1) * rest + k * (readers - rest) / n)
    a, b = k * found / (n * (1 - found)), 1 + k * found * (n - 1) / (n * (1 - found))
    freedom = (a * readers + b * rest) ** 2 / ((a * readers) ** 2 / (k - 1) + (b * rest) ** 2 / ((n - 1) * (k - 1)))
    upper, lower = f.ppf(0.975, n - 1, freedom), f.ppf(0.975, freedom, n - 1)
    share = k * readers + (k * n - k - n) * rest
    low = n * (between - upper * rest) / (upper * share + n * between)
    high = n * (lower * between - rest) / (share + n * lower * between)
    return Icc(float(found), (float(low), float(high)))


def spread(values: FloatArray) -> Spread | None:
    """Components of a balanced two-way analysis of variance with random samples and readers.

    Parameters
    ----------
    values : (n_samples, n_readers, n_repeats)

    Returns
    -------
    None below 3 samples or 2 readers. Negative estimates are 0.
    """
    n, k, r = values.shape
    if n < LEAST_SAMPLES or k < 2:
        return None
    cells = values.mean(axis=2)
    grand, rows, columns = cells.mean(), cells.mean(axis=1), cells.mean(axis=0)
    readers, df_readers = n * r * float(((columns - grand) ** 2).sum()) / (k - 1), k - 1
    df_both = (n - 1) * (k - 1)
    both = r * float(((cells - rows[:, None] - columns[None, :] + grand) ** 2).sum()) / df_both
    reader = _component(readers, df_readers, both, df_both, n * r)
    if r < 2:
        return Spread(reader, None, (float(np.sqrt(both)), sd_limits(both, df_both)))
    df_repeat = n * k * (r - 1)
    repeat = float(((values - cells[:, :, None]) ** 2).sum()) / df_repeat
    by_sample = _component(both, df_both, repeat, df_repeat, r)
    return Spread(reader, by_sample, (float(np.sqrt(repeat)), sd_limits(repeat, df_repeat)))


def _component(above: float, df_above: int, below: float, df_below: int, count: float) -> Component:
    estimate = float(np.sqrt(max(above - below, 0.0) / count))
    return estimate, sd_limits_of_difference(above, df_above, below, df_below, count)
