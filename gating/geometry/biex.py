"""FlowJo's biexponential axis: a table of 4,096 channels, not the logicle of Gating-ML.

Source: `generate_biex_lut` of FlowKit (BSD-3-Clause), which ports the table of cytolib; FlowJo publishes no formula.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

CHANNELS = 4096
"""Channels of the table; the axis runs from 0 (first channel) to 1 (last)."""
_STEPS = 100
_NEAR = 1e-12


@lru_cache(maxsize=256)
def biex_table(top: float, decades: float, negative: float, width: float) -> FloatArray:
    """Linear intensity at every channel, ascending, (4097,).

    Parameters
    ----------
    top, decades, negative, width
        `maxRange`, `pos`, `neg` and `width` of the workspace; `width` at most -1.

    Examples
    --------
    >>> table = biex_table(262144.0, 4.42, 0.0, -100.0)
    >>> len(table), bool((table[1:] > table[:-1]).all())
    (4097, True)
    """
    linear = float(np.log10(-width))
    positive_decades = decades - linear / 2
    extra = max(negative, 0.0) + linear / 2
    zero = min(int(extra * CHANNELS / (extra + positive_decades)), CHANNELS // 2)
    if zero > 0:
        positive_decades = extra * CHANNELS / zero
    linear /= 2 * positive_decades
    reach = float(np.log(10.0)) * positive_decades
    least = top / np.exp(reach)
    below = _negative_reach(reach, linear)
    at = np.arange(CHANNELS + 1) / float(CHANNELS + 1)
    table = np.exp(at * reach)
    fall = np.exp(at * -below) * np.exp((reach + below) * (linear + extra / positive_decades))
    table[zero:] = least * (table[zero:] - fall[zero:] - (table[zero] - fall[zero]))
    table[:zero] = -table[2 * zero - np.arange(zero)]
    table.flags.writeable = False
    return np.asarray(table)


def _negative_reach(reach: float, linear: float) -> float:
    """The root d of 2 ln(d) + linear d = 2 ln(reach) - linear reach, by Newton's steps kept in (0, reach)."""
    if linear == 0:
        return reach
    low, high = 0.0, reach
    goal = -2 * np.log(reach) + linear * reach
    d = reach / 2
    for _ in range(_STEPS):
        f = 2 * np.log(d) + linear * d + goal
        low, high = (d, high) if f < 0 else (low, d)
        step = d - f / (2 / d + linear)
        next_d = step if low < step < high else (low + high) / 2
        if abs(next_d - d) < _NEAR:
            return float(next_d)
        d = float(next_d)
    return d
