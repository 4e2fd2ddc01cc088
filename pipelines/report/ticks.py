"""Ticks as cytometrists know them: 0, 10³, 10⁴, 10⁵ on a logicle, round numbers on a linear axis."""

import math
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import Any, assert_never

import numpy as np

from tregate.gating.geometry.scaled import to_scaled
from tregate.gating.geometry.scales import AsinhScale, BiexScale, LinearScale, LogicleScale, LogScale, Scale
from tregate.pipelines.report.drawn_tube import VIEW, DrawnAxis, PlainScale

_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_APART = 100
"""Labels keep this distance, in VIEW units."""


_KINDS: dict[str, Any] = {
    kind.__name__.removesuffix("Scale").lower(): kind
    for kind in (LinearScale, LogicleScale, AsinhScale, LogScale, BiexScale)
}


@dataclass(frozen=True, slots=True)
class Tick:
    at: int
    """Position along the axis, 0 to VIEW."""
    text: str
    """"10³"; "" for a minor tick."""


@lru_cache(maxsize=256)
def plain_scale(scale: Scale) -> PlainScale:
    """The scale as plain values, for what is kept and for the page's script."""
    return type(scale).__name__.removesuffix("Scale").lower(), *astuple(scale)


def ticks_of(axis: DrawnAxis) -> tuple[Tick, ...]:
    """Ticks of a drawn axis, in order."""
    return ticks(scale_of(axis.scale), axis.low, axis.high)


def decades_of(scale: PlainScale) -> tuple[tuple[float, str], ...]:
    """(position on the scale, text) of every tick of a scale of decades, the most important first.

    None of a linear scale, whose ticks depend on the view.
    """
    whole = scale_of(scale)
    return () if isinstance(whole, LinearScale) else _of_decades(whole)


def scale_of(plain: PlainScale) -> Scale:
    """The scale whose plain values they are."""
    found: Scale = _KINDS[str(plain[0])](*plain[1:])
    return found


def ticks(scale: Scale, low: float, high: float) -> tuple[Tick, ...]:
    """Ticks between the scaled positions low and high, in order."""
    match scale:
        case LinearScale():
            wanted = _on_scale(scale, _linear(scale.top * low, scale.top * high))
        case LogicleScale() | AsinhScale() | BiexScale() | LogScale():
            wanted = _of_decades(scale)
        case _:
            assert_never(scale)
    placed = [
        Tick(round(share * VIEW), text)
        for at, text in wanted
        for share in [(at - low) / (high - low)]
        if math.isfinite(share) and 0.0 <= share <= 1.0
    ]
    return _apart(placed)


@lru_cache(maxsize=256)
def _of_decades(scale: Scale) -> tuple[tuple[float, str], ...]:
    """(position, text) of every tick of a scale of decades, which do not depend on the view."""
    return _on_scale(scale, _decades(scale.top, signed=not isinstance(scale, LogScale)))


def _on_scale(scale: Scale, wanted: list[tuple[float, str]]) -> tuple[tuple[float, str], ...]:
    at = to_scaled(scale, np.array([value for value, _ in wanted], dtype=np.float64))
    return tuple((float(position), text) for position, (_, text) in zip(at, wanted, strict=True))


def _linear(low: float, high: float) -> list[tuple[float, str]]:
    span = high - low
    step = 10.0 ** np.floor(np.log10(span / 4))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10) if span / (step * factor) <= 6)
    first = int(np.ceil(low / step))
    return [(k * step, _short(k * step)) for k in range(first, int(np.floor(high / step)) + 1)]


def _short(value: float) -> str:
    """250000 -> 250k."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _decades(top: float, *, signed: bool) -> list[tuple[float, str]]:
    highest = int(np.floor(np.log10(top)))
    lowest = highest - 3 if signed else 0
    wanted: list[tuple[float, str]] = [(0.0, "0")] if signed else []
    for exponent in range(highest, lowest - 1, -1):
        name = "10" + str(exponent).translate(_SUPERSCRIPT)
        wanted.append((10.0**exponent, name))
        wanted += [(k * 10.0**exponent, "") for k in range(2, 10)]
        if signed and exponent == lowest:
            wanted.append((-(10.0**exponent), "−" + name))
            wanted += [(-k * 10.0**exponent, "") for k in range(2, 10)]
    return wanted


def _apart(placed: list[Tick]) -> tuple[Tick, ...]:
    """Labels that would run into an earlier (more important) one lose their text."""
    labelled: list[int] = []
    kept = []
    for tick in placed:
        if tick.text and any(abs(tick.at - other) < _APART for other in labelled):
            tick = Tick(tick.at, "")
        if tick.text:
            labelled.append(tick.at)
        kept.append(tick)
    unique = {tick.at: tick for tick in sorted(kept, key=lambda t: (t.at, bool(t.text)))}
    return tuple(unique[at] for at in sorted(unique))
