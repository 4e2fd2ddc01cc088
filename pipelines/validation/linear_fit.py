"""A straight line through a dilution series, and whether the levels depart from it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Limits = tuple[float, float]


@dataclass(frozen=True, slots=True)
class LinearFit:
    """Least squares, with 95 % intervals."""

    slope: float
    slope_limits: Limits
    intercept: float
    intercept_limits: Limits
    lack_of_fit_f: float | None
    lack_of_fit_df: tuple[int, int]
    lack_of_fit_p: float | None
    """None where no level was measured twice, or repeats do not differ."""
    deviations: tuple[tuple[float, float], ...]
    """(level, mean of the level less the line, in % of the line)."""


def linear_fit(x: FloatArray, y: FloatArray) -> LinearFit:
    """The line with a test of lack of fit against the spread of repeats [Draper & Smith 1998, Applied Regression, 2.1].

    Parameters
    ----------
    x : (n,) expected values, at least 3 levels
    y : (n,) found values

    Examples
    --------
    >>> fit = linear_fit(np.array([0, 0, 1, 1, 2, 2.0]), np.array([0.1, -0.1, 1.1, 0.9, 2.1, 1.9]))
    >>> round(fit.slope, 6), abs(round(fit.intercept, 6)), round(fit.lack_of_fit_p, 3)
    (1.0, 0.0, 1.0)
    """
    from scipy.stats import f, t

    n = len(x)
    middle = x - x.mean()
    squares = float((middle**2).sum())
    slope = float((middle * y).sum()) / squares
    intercept = float(y.mean()) - slope * float(x.mean())
    residuals = y - intercept - slope * x
    left = float((residuals**2).sum())
    spread = np.sqrt(left / (n - 2))
    quantile = float(t.ppf(0.975, n - 2))
    of_slope = quantile * spread / np.sqrt(squares)
    of_intercept = quantile * spread * np.sqrt(1 / n + float(x.mean()) ** 2 / squares)
    levels, code = np.unique(x, return_inverse=True)
    means = np.bincount(code, weights=y) / np.bincount(code)
    pure = float(((y - means[code]) ** 2).sum())
    df = (len(levels) - 2, n - len(levels))
    ratio = None if df[1] < 1 or pure <= 0 else float(((left - pure) / df[0]) / (pure / df[1]))
    line = intercept + slope * levels
    deviations = tuple(
        (float(level), 100 * float(mean - at) / float(at))
        for level, mean, at in zip(levels, means, line, strict=True)
        if at > 0 and level > 0
    )
    return LinearFit(
        slope, (slope - float(of_slope), slope + float(of_slope)),
        intercept, (intercept - float(of_intercept), intercept + float(of_intercept)),
        ratio, df, None if ratio is None else float(f.sf(max(ratio, 0.0), *df)),
        deviations or ((float(levels[-1]), 0.0),),
    )  # fmt: skip
