"""Linear intensities <-> positions on a scale.

By flowutils' C code, so that edges drawn straight here are straight in FlowKit too.
"""

from typing import assert_never

import numpy as np
import numpy.typing as npt
from flowutils import logicle_c

from tregate.gating.geometry.biex import CHANNELS, biex_table
from tregate.gating.geometry.scales import AsinhScale, BiexScale, LinearScale, LogicleScale, LogScale, Scale

FloatArray = npt.NDArray[np.float64]


def to_scaled(scale: Scale, linear: FloatArray) -> FloatArray:
    """Linear intensities, any shape, on the scale; float64 of the same shape."""
    match scale:
        case LinearScale():
            return np.asarray(linear / scale.top, dtype=np.float64)
        case LogicleScale():
            out = np.array(linear, dtype=np.float64, order="C")
            flat = out.reshape(-1)
            logicle_c.logicle_scale(scale.top, scale.linear, scale.decades, scale.negative, flat)
            return out
        case AsinhScale():
            slope = np.sinh(scale.decades * np.log(10)) / scale.top
            divisor = (scale.decades + scale.negative) * np.log(10)
            return np.asarray((np.arcsinh(linear * slope) + scale.negative * np.log(10)) / divisor)
        case LogScale():
            with np.errstate(divide="ignore", invalid="ignore"):
                scaled = np.log10(linear / scale.top) / scale.decades + 1.0
            return np.asarray(np.where(np.asarray(linear) > 0, scaled, -np.inf))
        case BiexScale():
            table = biex_table(scale.top, scale.decades, scale.negative, scale.width)
            return np.asarray(np.interp(linear, table, np.arange(CHANNELS + 1)) / CHANNELS)
        case _:
            assert_never(scale)


def to_linear(scale: Scale, scaled: FloatArray) -> FloatArray:
    """Positions on the scale, any shape, back in linear intensity."""
    match scale:
        case LinearScale():
            return np.asarray(scaled * scale.top, dtype=np.float64)
        case LogicleScale():
            out = np.array(scaled, dtype=np.float64, order="C")
            flat = out.reshape(-1)
            logicle_c.logicle_inverse(scale.top, scale.linear, scale.decades, scale.negative, flat)
            return out
        case AsinhScale():
            slope = np.sinh(scale.decades * np.log(10)) / scale.top
            divisor = (scale.decades + scale.negative) * np.log(10)
            return np.asarray(np.sinh(scaled * divisor - scale.negative * np.log(10)) / slope)
        case LogScale():
            return np.asarray(10.0 ** ((scaled - 1.0) * scale.decades) * scale.top)
        case BiexScale():
            table = biex_table(scale.top, scale.decades, scale.negative, scale.width)
            return np.asarray(np.interp(np.asarray(scaled) * CHANNELS, np.arange(CHANNELS + 1), table))
        case _:
            assert_never(scale)
