"""The regularised incomplete beta function and its inverse, without SciPy.

Exact binomial limits need nothing else, and importing scipy.special takes three times as long as NumPy.
The density is Loader's saddle-point form (Loader 2000, "Fast and accurate computation of binomial
probabilities"), the tail Lentz' continued fraction (Didonato & Morris 1992): relative errors stay near 1e-13
for a million events.
"""

import math

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
    """x with I_x(a, b) = probability, 0 < probability < 1: Newton's steps on the logit of x, bracketed."""
    mean = a / (a + b)
    spread = math.sqrt(mean * (1.0 - mean) / (a + b + 1.0))
    x = min(max(mean + _rough_normal_quantile(probability) * spread, 0.02 * mean), 1.0 - 0.02 * (1.0 - mean))
    low, high = 0.0, 1.0
    for _ in range(200):
        excess = incomplete_beta(a, b, x) - probability
        if excess > 0.0:
            high = x
        else:
            low = x
        slope = _kernel(a, b, x, 1.0 - x)
        step = -excess / slope if slope > 0.0 else math.inf
        if abs(step) < 1e-14:
            return x
        following = _shifted_logit(x, step) if abs(step) < 5.0 else math.nan
        if not low < following < high:
            following = 0.5 * (low + high)
        if following in (x, low, high):
            return following
        x = following
    return x


def _shifted_logit(x: float, step: float) -> float:
    """1 / (1 + exp(-(logit(x) + step))), without losing digits at either end."""
    factor = math.exp(step)
    return x * factor / (1.0 - x + x * factor)


def _rough_normal_quantile(probability: float) -> float:
    """Abramowitz & Stegun 26.2.22, error below 3e-3: a start for Newton's steps."""
    tail = min(probability, 1.0 - probability)
    t = math.sqrt(-2.0 * math.log(tail))
    quantile = t - (2.30753 + 0.27061 * t) / (1.0 + t * (0.99229 + 0.04481 * t))
    return quantile if probability > 0.5 else -quantile


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
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    fraction = d
    for m in range(1, 100_000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0)),
        ):
            d = 1.0 + numerator * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + numerator / c
            c = c if abs(c) > tiny else tiny
            fraction *= c * d
        if abs(c * d - 1.0) < 1e-16:
            break
    return fraction
