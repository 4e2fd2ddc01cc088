"""Scales: the axis on which a cytometrist looks at an intensity. A closed union.

Every scale maps linear intensity to [0, 1] at its top, as Gating-ML 2.0 defines it, and back (`scaled.py`).
"""

import math
from dataclasses import dataclass, replace


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


def with_top(scale: Scale, top: float) -> Scale:
    """The same scale on a channel whose linear intensities reach `top`."""
    return replace(scale, top=top)
