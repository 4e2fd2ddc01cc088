"""Scales: the axis on which a cytometrist looks at an intensity. A closed union.

Every scale maps linear intensity to [0, 1] at its top, as Gating-ML 2.0 defines it, and back.
The transforms are flowutils' C code, so that edges drawn straight here are straight in FlowKit too.
"""

import math
from dataclasses import dataclass, replace
from typing import assert_never

import numpy as np
import numpy.typing as npt
from flowutils import logicle_c

from tregate.gating.geometry.biex import CHANNELS, biex_table

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LinearScale:
    """x / top."""

    top: float


@dataclass(frozen=True, slots=True)
class LogicleScale:
    """Logicle [Moore & Parks 2012; Gating-ML 2.0 §6.2.6]: T = top, M = decades, W = linear, A = negative."""

    top: float
    decades: float = 4.5
    linear: float = 0.5
    negative: float = 0.0


@dataclass(frozen=True, slots=True)
class AsinhScale:
    """Parametrised inverse hyperbolic sine [Gating-ML 2.0 §6.2.5]: T = top, M = decades, A = negative."""

    top: float
    decades: float = 4.5
    negative: float = 0.0


@dataclass(frozen=True, slots=True)
class LogScale:
    """Parametrised logarithm [Gating-ML 2.0 §6.2.3]: T = top, M = decades. At or below 0: -inf."""

    top: float
    decades: float = 4.5


LEAST_DECADES = 0.01
"""Of a biex scale above its linear part."""


@dataclass(frozen=True, slots=True)
class BiexScale:
    """FlowJo's biexponential axis by its table: values beyond the table lie on its ends [gating.geometry.biex]."""

    top: float
    decades: float = 4.418539922
    negative: float = 0.0
    width: float = -100.0

    @property
    def has_positive_decades(self) -> bool:
        """Whether anything of it lies above its linear part, as its table needs."""
        return self.decades - math.log10(-self.width) / 2 > LEAST_DECADES


Scale = LinearScale | LogicleScale | AsinhScale | LogScale | BiexScale


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


def with_top(scale: Scale, top: float) -> Scale:
    """The same scale on a channel whose linear intensities reach `top`."""
    return replace(scale, top=top)
