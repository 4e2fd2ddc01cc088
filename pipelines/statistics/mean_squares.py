"""Confidence intervals of standard deviations that are made of mean squares of an analysis of variance."""

import numpy as np

CONFIDENCE = 0.95
Limits = tuple[float, float]


def sd_limits(mean_square: float, freedom: float) -> Limits:
    """Exact 95 % interval of the SD behind one mean square, by chi-square.

    >>> low, high = sd_limits(1.0, 10)
    >>> round(low, 3), round(high, 3)
    (0.699, 1.755)
    """
    from scipy.stats import chi2

    tail = (1 - CONFIDENCE) / 2
    return tuple(float(np.sqrt(freedom * mean_square / chi2.ppf(p, freedom))) for p in (1 - tail, tail))  # type: ignore[return-value]


def sd_limits_of_difference(above: float, df_above: int, below: float, df_below: int, count: float) -> Limits:
    """95 % interval of sqrt((above - below) / count), for a variance component between two mean squares.

    Modified large-sample limits [Burdick & Graybill 1992, Confidence Intervals on Variance Components, 3.3]; a negative
    limit of the variance is 0.

    Parameters
    ----------
    above, below : mean squares, `above` with the component in it; df_above, df_below : their degrees of freedom
    count : how often the component is in `above`
    """
    from scipy.stats import chi2, f

    tail = (1 - CONFIDENCE) / 2

    def limit(side: float) -> float:
        """`side` 1 - tail: the lower limit of the variance; tail: the upper one."""
        own = chi2.ppf(side, df_above) / df_above
        other = chi2.ppf(1 - side, df_below) / df_below
        g, h = 1 - 1 / own, 1 / other - 1
        both = f.ppf(side, df_above, df_below)
        cross = ((both - 1) ** 2 - g**2 * both**2 - h**2) / both
        spread = (g * above) ** 2 + (h * below) ** 2 + cross * above * below
        sign = -1.0 if side > 0.5 else 1.0
        return float(above - below + sign * np.sqrt(max(spread, 0.0))) / count

    return float(np.sqrt(max(limit(1 - tail), 0.0))), float(np.sqrt(max(limit(tail), 0.0)))
