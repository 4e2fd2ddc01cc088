"""A scale by table: near enough to find a place by, hundreds of times cheaper than the exact C code.

The upper half of a float32 (sign, exponent, seven bits of mantissa) is the row of a table that holds a
straight line: 128 lines an octave. On logicle axes the error is below `ERROR`.
Membership is never decided by it alone.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tregate.gating.geometry.scaled import FloatArray, to_linear, to_scaled
from tregate.gating.geometry.scales import LogicleScale, Scale

ERROR = 5e-6
"""Largest error on the scale, of values up to `OCTAVES_ABOVE` octaves above its top."""
OCTAVES_ABOVE = 2
_ROWS = 1 << 16
_SIGN = _ROWS // 2
_GRID = 8192
_FINITE = 0x7F80
"""Rows of positive finite values."""

_Line = npt.NDArray[np.float32]


def near_scaled(scale: Scale, linear: FloatArray) -> FloatArray:
    """As `to_scaled`, within `ERROR`: finite linear intensities (n,) on the scale."""
    if not isinstance(scale, LogicleScale):
        return to_scaled(scale, linear)
    base, slope = _lines(scale)
    at = np.asarray(linear, dtype=np.float32)
    row = np.right_shift(at.view(np.uint32), 16).astype(np.intp)
    scaled = slope.take(row, mode="wrap")  # no row is beyond the table, and this mode looks for none
    scaled *= at
    scaled += base.take(row, mode="wrap")
    return scaled.astype(np.float64)


def near_scaled_holds(scale: Scale, linear: FloatArray) -> npt.NDArray[np.bool_]:
    """Where `near_scaled` is within `ERROR`, (n,)."""
    if not isinstance(scale, LogicleScale):
        return np.ones(len(linear), dtype=bool)
    return np.asarray(np.abs(linear) < scale.top * 2.0**OCTAVES_ABOVE)


@lru_cache(maxsize=64)
def _lines(scale: LogicleScale) -> tuple[_Line, _Line]:
    """Intercept and slope of the line of each row, (65536,) each."""
    starts = (np.arange(_FINITE, dtype=np.uint32) << 16).view(np.float32).astype(np.float64)
    first, last = _used(scale, starts)
    ends = np.concatenate([-starts[first : last + 2][::-1], starts[first : last + 2]])
    exact = _between_inverses(scale, ends)
    slopes = np.diff(exact) / np.diff(ends)
    bases = exact[:-1] - slopes * ends[:-1]
    base, slope = np.empty(_ROWS, np.float32), np.empty(_ROWS, np.float32)
    middle = len(ends) // 2 - 1
    for sign, inner, lines in ((0, middle, slice(middle + 1, None)), (_SIGN, middle, slice(middle - 1, None, -1))):
        for table, values in ((base, bases), (slope, slopes)):
            outward = values[lines]
            table[sign : sign + first] = values[inner]
            table[sign + first : sign + last + 1] = outward
            table[sign + last + 1 : sign + _SIGN] = outward[-1]
    return base, slope


def _between_inverses(scale: LogicleScale, ends: FloatArray) -> FloatArray:
    """Ascending linear intensities on the scale, within 1e-6: the inverse has a closed form, on an even grid."""
    low, high = to_scaled(scale, ends[[0, -1]])
    grid = np.linspace(low, high, _GRID)
    return np.asarray(np.interp(ends, to_linear(scale, grid), grid))


def _used(scale: LogicleScale, starts: FloatArray) -> tuple[int, int]:
    """First and last row that needs a line of its own: below, one line through zero is near enough."""
    step = scale.top * 2.0**-30
    rise = float(np.diff(to_scaled(scale, np.array([-step, step])))[0]) / (2 * step)
    first = int(np.searchsorted(starts, 1e-3 / rise))
    last = int(np.searchsorted(starts, scale.top * 2.0**OCTAVES_ABOVE))
    return first, last
