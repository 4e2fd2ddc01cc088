"""Agreement of two methods on the same samples: bias and limits, Passing-Bablok's line, concordance."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

CONFIDENCE = 0.95
LEAST_FOR_A_LINE = 30
"""Pairs below which no line is fitted."""
Limits = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bias:
    """Mean difference and limits of agreement, each with a 95 % confidence interval."""

    bias: float
    bias_limits: Limits
    low: float
    low_limits: Limits
    high: float
    high_limits: Limits


def bias_of(differences: FloatArray, subjects: npt.NDArray[np.intp]) -> Bias | None:
    """Bias and limits of agreement [Bland & Altman 1999, Stat Methods Med Res 8:135]; None below 3 subjects.

    Parameters
    ----------
    differences : (n,) method less reference, on the scale of the comparison
    subjects : (n,) number of each pair's subject. Several pairs of a subject count as a cluster: intervals take their
        standard errors from the sums of the residuals of subjects, with (subjects - 1) degrees of freedom.

    Examples
    --------
    >>> found = bias_of(np.array([1.0, 2.0, 3.0, 2.0]), np.arange(4))
    >>> round(found.bias, 3), round(found.low, 3), round(found.high, 3)
    (2.0, 0.4, 3.6)
    """
    from scipy.stats import norm, t

    n, m = len(differences), len(np.unique(subjects))
    if m < 3:
        return None
    bias = float(differences.mean())
    residuals = differences - bias
    sums = np.bincount(np.unique(subjects, return_inverse=True)[1], weights=residuals)
    error = float(np.sqrt((sums**2).sum() * m / (m - 1))) / n
    spread = float(np.sqrt((residuals**2).sum() / (n - 1)))
    quantile = float(t.ppf((1 + CONFIDENCE) / 2, m - 1))
    z = float(norm.ppf((1 + CONFIDENCE) / 2))
    of_limit = quantile * spread * float(np.sqrt(1 / m + z**2 / (2 * (m - 1))))
    low, high = bias - z * spread, bias + z * spread
    return Bias(
        bias,
        (bias - quantile * error, bias + quantile * error),
        low,
        (low - of_limit, low + of_limit),
        high,
        (high - of_limit, high + of_limit),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """method = intercept + slope x reference, each with a 95 % confidence interval."""

    slope: float
    slope_limits: Limits
    intercept: float
    intercept_limits: Limits


def passing_bablok(reference: FloatArray, method: FloatArray) -> Line | None:
    """Passing & Bablok's line [1983, J Clin Chem Clin Biochem 21:709]; None where the slopes leave none.

    Limits are the slopes of the paper's two ranks; R's mcr takes those half a rank further in (docs/sources.md).

    Parameters
    ----------
    reference, method : (n,) values of the two methods on the same samples

    Examples
    --------
    >>> x = np.arange(1.0, 41.0)
    >>> line = passing_bablok(x, 2 * x + 1)
    >>> round(line.slope, 6), round(line.intercept, 6)
    (2.0, 1.0)
    """
    from scipy.stats import norm

    n = len(reference)
    first, second = np.triu_indices(n, 1)
    dx, dy = reference[second] - reference[first], method[second] - method[first]
    moved = (dx != 0) | (dy != 0)
    dx, dy = dx[moved], dy[moved]
    with np.errstate(divide="ignore"):
        slopes = np.where(dx == 0, np.copysign(np.inf, dy), dy / np.where(dx == 0, 1.0, dx))
    slopes = np.sort(slopes[slopes != -1])
    number, shift = len(slopes), int((slopes < -1).sum())
    if number == 0:
        return None
    z = float(norm.ppf((1 + CONFIDENCE) / 2))
    lower = round((number - z * np.sqrt(n * (n - 1) * (2 * n + 5) / 18)) / 2)
    upper = number - lower + 1
    if lower < 1 or upper + shift > number:
        return None
    middle = (slopes[(number - 1) // 2 + shift], slopes[number // 2 + shift])
    slope = float(middle[0] if number % 2 else (middle[0] + middle[1]) / 2)
    low, high = float(slopes[lower + shift - 1]), float(slopes[upper + shift - 1])
    if not np.isfinite([slope, low, high]).all():
        return None
    at = [float(np.median(method - b * reference)) for b in (slope, high, low)]
    return Line(slope, (low, high), at[0], (at[1], at[2]))


@dataclass(frozen=True, slots=True)
class Concordance:
    """Lin's concordance correlation coefficient with a 95 % confidence interval."""

    ccc: float
    limits: Limits


def concordance(reference: FloatArray, method: FloatArray) -> Concordance | None:
    """Lin's coefficient, interval by Fisher's z [1989, Biometrics 45:255; 2000, 56:324]; None where it has none.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    >>> round(concordance(x, x + np.array([0.1, -0.1, 0.1, -0.1, 0.1])).ccc, 4)
    0.9975
    """
    from scipy.stats import norm

    n = len(reference)
    x, y = float(reference.var()), float(method.var())
    if n < 4 or x == 0 or y == 0:
        return None
    shared = float(((reference - reference.mean()) * (method - method.mean())).mean())
    apart = float(reference.mean() - method.mean())
    c, r, u2 = 2 * shared / (x + y + apart**2), shared / float(np.sqrt(x * y)), apart**2 / float(np.sqrt(x * y))
    if not 0 < abs(r) < 1 or abs(c) >= 1:
        return None
    rest = 1 - c**2
    variance = (1 - r**2) * c**2 / (rest * r**2) + 2 * c**3 * (1 - c) * u2 / (r * rest**2)
    variance = (variance - c**4 * u2**2 / (2 * r**2 * rest**2)) / (n - 2)
    if variance <= 0:
        return None
    half = float(norm.ppf((1 + CONFIDENCE) / 2)) * float(np.sqrt(variance))
    z = float(np.arctanh(c))
    return Concordance(c, (float(np.tanh(z - half)), float(np.tanh(z + half))))
