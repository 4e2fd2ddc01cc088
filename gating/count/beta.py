"""The regularised incomplete beta function and its inverse, without SciPy.

Exact binomial limits need nothing else, and importing scipy.special takes three times as long as NumPy.
The density is Loader's saddle-point form (Loader 2000, "Fast and accurate computation of binomial
probabilities"), the tail Lentz' continued fraction (Didonato & Morris 1992): relative errors stay near 1e-13
for a million events.
"""

import math
from statistics import NormalDist

_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


def incomplete_beta(a: float, b: float, x: float) -> float:
    """I_x(a, b) for a, b > 0 and 0 <= x <= 1."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x < (a + 1.0) / (a + b + 2.0):
        return _kernel(a, b, x, 1.0 - x) * _continued_fraction(a, b, x) / a
    return 1.0 - _kernel(b, a, 1.0 - x, x) * _continued_fraction(b, a, 1.0 - x) / b


def inverse_incomplete_beta(a: float, b: float, probability: float) -> float:
    """x with I_x(a, b) = probability, 0 < probability < 1: Halley's steps on the logit of x, bracketed.

    Each step cubes the error, so that one smaller than a ten-thousandth of the distribution's own spread is the last.
    """
    x = _rough_inverse(a, b, probability)
    enough = 1e-4 * math.sqrt((a + b) / (a * b))
    low, high = 0.0, 1.0
    for _ in range(200):
        excess = incomplete_beta(a, b, x) - probability
        if excess > 0.0:
            high = x
        else:
            low = x
        slope = _kernel(a, b, x, 1.0 - x)
        newton = -excess / slope if slope > 0.0 else math.inf
        bend = 1.0 + 0.5 * newton * (a - (a + b) * x) if abs(newton) < 5.0 else 1.0
        step = newton / bend if bend > 0.5 else newton
        following = _shifted_logit(x, step) if abs(step) < 5.0 else math.nan
        if abs(step) < enough and 0.0 < following < 1.0:
            return following
        if not low < following < high:
            following = 0.5 * (low + high)
        if following in (x, low, high):
            return following
        x = following
    return x


def _rough_inverse(a: float, b: float, probability: float) -> float:
    """Start for Halley's steps: Abramowitz & Stegun 26.5.22, or mean and spread where a or b is below one."""
    quantile = NormalDist().inv_cdf(probability)
    mean = a / (a + b)
    if min(a, b) >= 1.0:
        by_a, by_b = 1.0 / (2.0 * a - 1.0), 1.0 / (2.0 * b - 1.0)
        cubic, harmonic = (quantile * quantile - 3.0) / 6.0, 2.0 / (by_a + by_b)
        if cubic + harmonic > 0.0:
            w = -quantile * math.sqrt(cubic + harmonic) / harmonic
            w -= (by_b - by_a) * (cubic + 5.0 / 6.0 - 2.0 / (3.0 * harmonic))
            if abs(w) < 300.0:
                x = a / (a + b * math.exp(2.0 * w))
                return min(max(x, 1e-300), 1.0 - 1e-16)
    spread = math.sqrt(mean * (1.0 - mean) / (a + b + 1.0))
    return min(max(mean + quantile * spread, 0.02 * mean), 1.0 - 0.02 * (1.0 - mean))


def _shifted_logit(x: float, step: float) -> float:
    """1 / (1 + exp(-(logit(x) + step))), without losing digits at either end."""
    factor = math.exp(step)
    return x * factor / (1.0 - x + x * factor)


def _kernel(a: float, b: float, x: float, y: float) -> float:
    """x^a y^b / B(a, b), with y = 1 - x."""
    n = a + b
    ahead = a - n * x if x <= y else n * y - b
    exponent = (
        _stirling_error(n)
        - _stirling_error(a)
        - _stirling_error(b)
        - _deviance(a, n * x, ahead)
        - _deviance(b, n * y, -ahead)
    )
    return math.exp(exponent) * math.sqrt(a * b / (n * 2.0 * math.pi))


def _stirling_error(z: float) -> float:
    """ln z! - ln(sqrt(2 pi z) (z / e)^z)."""
    if z < 16.0:
        return math.lgamma(z + 1.0) - (z + 0.5) * math.log(z) + z - _HALF_LOG_TWO_PI
    square = z * z
    series = 1 / 1260 - (1 / 1680 - (1 / 1188 - 691 / 360360 / square) / square) / square
    return (1 / 12 - (1 / 360 - series / square) / square) / z


def _deviance(observed: float, expected: float, difference: float) -> float:
    """observed ln(observed / expected) - difference, without cancellation where they are close."""
    if abs(difference) >= 0.1 * (observed + expected):
        return observed * math.log(observed / expected) - difference
    v = difference / (observed + expected)
    total = difference * v
    power = 2.0 * observed * v
    for j in range(1, 200):
        power *= v * v
        following = total + power / (2 * j + 1)
        if following == total:
            break
        total = following
    return total


def _continued_fraction(a: float, b: float, x: float) -> float:
    """Lentz' way, an even and an odd term at a time; for x below the mean every term is positive or fades."""
    tiny = 1e-300
    total = a + b
    c, d = 1.0, 1.0 / ((1.0 - total * x / (a + 1.0)) or tiny)
    fraction = d
    for m in range(1, 100_000):
        at = a + 2 * m
        even = m * (b - m) * x / ((at - 1.0) * at)
        d = 1.0 / ((1.0 + even * d) or tiny)
        c = (1.0 + even / c) or tiny
        fraction *= c * d
        odd = -(a + m) * (total + m) * x / (at * (at + 1.0))
        d = 1.0 / ((1.0 + odd * d) or tiny)
        c = (1.0 + odd / c) or tiny
        change = c * d
        fraction *= change
        if -3e-16 < change - 1.0 < 3e-16:
            break
    return fraction
