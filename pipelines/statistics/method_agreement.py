"""Agreement of two methods on the same samples: bias and limits, Passing-Bablok's line, concordance."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tregate.pipelines.statistics.jackknife import half_width

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


def passing_bablok(
    reference: FloatArray, method: FloatArray, subjects: npt.NDArray[np.intp] | None = None
) -> Line | None:
    """Passing & Bablok's line [1983, J Clin Chem Clin Biochem 21:709]; None where the slopes leave none.

    Limits are the slopes of the paper's two ranks; R's mcr takes those half a rank further in (docs/sources.md).

    Parameters
    ----------
    reference, method : (n,) values of the two methods on the same samples
    subjects : (n,) number of each sample's subject. The paper's limits hold for independent samples: where a subject
        has several, the interval is at least as wide as that by leaving out subjects (`jackknife`).

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
    line = Line(slope, (low, high), at[0], (at[1], at[2]))
    return line if subjects is None else _over_subjects(line, reference, method, subjects)


def _over_subjects(line: Line, reference: FloatArray, method: FloatArray, subjects: npt.NDArray[np.intp]) -> Line:
    """The line with intervals that hold where the samples of one subject go together."""

    def part(kept: npt.NDArray[np.bool_]) -> Line | None:
        return passing_bablok(reference[kept], method[kept])

    of_slope = half_width(lambda kept: None if (one := part(kept)) is None else one.slope, subjects, CONFIDENCE)
    of_intercept = half_width(lambda kept: None if (one := part(kept)) is None else one.intercept, subjects, CONFIDENCE)
    return replace(
        line,
        slope_limits=_widened(line.slope, line.slope_limits, of_slope),
        intercept_limits=_widened(line.intercept, line.intercept_limits, of_intercept),
    )


def _widened(value: float, limits: Limits, half: float | None) -> Limits:
    return limits if half is None else (min(limits[0], value - half), max(limits[1], value + half))


@dataclass(frozen=True, slots=True)
class Concordance:
    """Lin's concordance correlation coefficient with a 95 % confidence interval."""

    ccc: float
    limits: Limits


def concordance(
    reference: FloatArray, method: FloatArray, subjects: npt.NDArray[np.intp] | None = None
) -> Concordance | None:
    """Lin's coefficient, interval by Fisher's z [1989, Biometrics 45:255; 2000, 56:324]; None where it has none.

    `subjects`: (n,) number of each sample's subject, where some have several: the interval of z is then at least as
    wide as that by leaving out subjects.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    >>> round(concordance(x, x + np.array([0.1, -0.1, 0.1, -0.1, 0.1])).ccc, 4)
    0.9975
    """
    from scipy.stats import norm

    n = len(reference)
    if n < 4:
        return None
    x, y = float(reference.var()), float(method.var())
    if x == 0 or y == 0:
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
    if subjects is not None:
        half = max(half, half_width(lambda kept: _z_of(reference[kept], method[kept]), subjects, CONFIDENCE) or 0.0)
    return Concordance(c, (float(np.tanh(z - half)), float(np.tanh(z + half))))


def _z_of(reference: FloatArray, method: FloatArray) -> float | None:
    found = concordance(reference, method)
    return None if found is None else float(np.arctanh(found.ccc))
