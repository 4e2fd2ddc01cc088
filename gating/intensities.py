"""How bright a marker is on a population: medians of compensated linear values with limits, beside a standard.

Values are those of the file, after compensation, of exactly the events that are counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tregate.gating.count.beads import QUANTIFIABLE
from tregate.gating.count.intervals import percent
from tregate.gating.events import Gated, Prepared
from tregate.gating.geometry.scaled import FloatArray, to_linear, to_scaled
from tregate.gating.geometry.scales import LogicleScale, Scale
from tregate.gating.order_statistics import quantiles, robust_sd
from tregate.gating.panel import bind
from tregate.gating.placement.valley import DOUBTFUL, find_valley
from tregate.gating.strategy.panel import Panel
from tregate.gating.units import Marker, PopulationName

Z95 = 1.959963984540054
ONE_SD = (0.1587, 0.8413)
"""Quantiles one standard deviation below and above the median of a normal sample."""
NEGATIVE_QUANTILE = 0.99
"""Quantile of the negative population above which an event counts as positive."""
SATURATED = 0.999
"""Fraction of the top of scale from which a value counts as saturated."""
LEAST_FOR_SPLIT = 500
"""Events that a population needs for its valley to be looked for."""
DEPTH = 0.25
"""Least depth of a valley that divides a population, of the lower of its modes, as that of a `valley` gate."""
ANY_TOP = 262144.0
"""Top of scale where the file states none."""
MOST_SATURATED = 2.0
"""Percentage of saturated events above which the median is flagged."""

BELOW_LOQ, NOT_MEASURED, NO_CHANNEL = "below_loq", "unmeasured", "marker_missing"
NO_VALLEY, SHALLOW_VALLEY = "no_valley", "shallow_valley"
STANDARD_MISSING, STANDARD_NEAR_ZERO, AT_TOP = "standard_missing", "standard_near_zero", "intensity_saturated"


@dataclass(frozen=True, slots=True)
class IntensityAsked:
    """A marker on a population, as a table definition declares it."""

    population: str
    marker: str
    standard: str | None = None
    """Population of the same tube whose intensity should not move; medians are divided by its median."""
    negative: str | None = None
    """Population without the marker, for the percentage of positive events; None: the standard."""
    split: str | None = None
    """Population that the marker divides in two; positive events are above the valley of its density."""


@dataclass(frozen=True, slots=True)
class Intensity:
    """A marker on a population of one tube. None is "not measurable"; the flags say why."""

    population: str
    marker: str
    standard: str
    """Name of the standard population; "" where none is declared."""
    negative: str
    """Name of the population that the percentage of positive events rests on; "" where none is declared."""
    events: int | None
    median: float | None = None
    """Compensated linear intensity, in the units of the file."""
    low: float | None = None
    high: float | None = None
    """95 % confidence limits of the median, by order statistics."""
    robust_cv: float | None = None
    """[%] half the distance of the 15.87 % and 84.13 % quantiles over the median."""
    percent_positive: float | None = None
    """[%] events above the 99 % quantile of the negative population."""
    positive_low: float | None = None
    positive_high: float | None = None
    """Exact binomial 95 % confidence limits."""
    percent_saturated: float | None = None
    standard_median: float | None = None
    standardised: float | None = None
    """Median over the median of the standard."""
    standardised_low: float | None = None
    standardised_high: float | None = None
    negative_median: float | None = None
    negative_sd: float | None = None
    """Robust standard deviation of the negative population."""
    settings: str = ""
    """Instrument, voltage, gain and top of scale of the channel: medians of other settings are not comparable."""
    split: str = ""
    """Name of the population in whose valley positive begins; "" where the negative population decides."""
    threshold: float | None = None
    """Compensated linear intensity above which an event counts as positive."""
    flags: tuple[str, ...] = ()


def intensities(
    prepared: Prepared, gated: Gated, panel: Panel, asked: Sequence[IntensityAsked]
) -> tuple[Intensity, ...]:
    """Every asked intensity of a gated tube, in the order asked.

    A population that was not measured, a marker without a channel and fewer than 50 events give no median, and a flag.
    """
    tube = _Tube(prepared, gated, _channels(prepared, panel, [Marker(one.marker) for one in asked]), {})
    return tuple(_intensity(one, tube) for one in asked)


def median_limits(ordered: FloatArray) -> tuple[float, float]:
    """95 % confidence limits of the median of ascending values (n,), n > 0, by their ranks.

    Source: normal approximation of the binomial of the ranks [Conover 1999, Practical Nonparametric Statistics, 3.2].

    >>> median_limits(np.arange(1.0, 101.0))
    (40.0, 61.0)
    """
    n = len(ordered)
    half = Z95 * np.sqrt(n) / 2
    below, above = int(np.floor(n / 2 - half)), int(np.ceil(1 + n / 2 + half))
    return float(ordered[max(below, 1) - 1]), float(ordered[min(above, n) - 1])


@dataclass(frozen=True, slots=True)
class _Tube:
    prepared: Prepared
    gated: Gated
    channels: Mapping[str, int]
    """Marker -> parameter."""
    kept: dict[str, FloatArray]
    """Population -> its events, not compensated, (n, parameters)."""

    def events(self, population: str) -> FloatArray | None:
        """None where the population was not measured."""
        if population not in self.gated.members:
            return None
        if population not in self.kept:
            rows = np.flatnonzero(self.gated.mask(PopulationName(population)))
            self.kept[population] = self.prepared.sample.events(0, self.prepared.n_events, rows)
        return self.kept[population]

    def scale(self, marker: str) -> Scale:
        """On which the density of a marker is looked at."""
        if Marker(marker) in self.prepared.scales:
            return self.prepared.seen_axis(Marker(marker)).scale
        return LogicleScale(self.prepared.sample.parameters[self.channels[marker]].top or ANY_TOP, linear=0.75)

    def ordered(self, population: str, marker: str) -> FloatArray | None:
        """Compensated values, ascending."""
        events = self.events(population)
        if events is None or marker not in self.channels:
            return None
        weights = self.prepared.unmixing[self.channels[marker]]
        values = sum((events[:, i] * weights[i] for i in np.flatnonzero(weights)), start=np.zeros(len(events)))
        return np.sort(values)


def _channels(prepared: Prepared, panel: Panel, markers: Sequence[Marker]) -> dict[str, int]:
    """Marker -> parameter, also of markers that no gate of the strategy needs."""
    bound = {str(marker): index for marker, index in prepared.binding.channels.items()}
    others = frozenset(marker for marker in markers if marker not in bound and marker not in prepared.binding.missing)
    if others:
        found = bind(prepared.sample.parameters, panel, others)
        bound |= {str(marker): index for marker, index in found.channels.items()}
    return bound


def _intensity(one: IntensityAsked, tube: _Tube) -> Intensity:
    negative = one.negative or one.standard
    nothing = Intensity(one.population, one.marker, one.standard or "", negative or "", None, split=one.split or "")
    if one.marker not in tube.channels:
        return replace(nothing, flags=(NO_CHANNEL,))
    nothing = replace(nothing, settings=_settings(tube.prepared, tube.channels[one.marker]))
    values, events = tube.ordered(one.population, one.marker), tube.events(one.population)
    if values is None or events is None:
        return replace(nothing, flags=(NOT_MEASURED,))
    nothing = replace(nothing, events=len(values))
    below = None if negative is None else tube.ordered(negative, one.marker)
    if below is not None and len(below) >= QUANTIFIABLE:
        nothing = replace(nothing, negative_median=_median(below), negative_sd=robust_sd(below))
    if len(values) < QUANTIFIABLE:
        return replace(nothing, flags=(BELOW_LOQ,))
    low, high = median_limits(values)
    middle = _median(values)
    part_low, part_high = quantiles(values, ONE_SD)
    saturated = _saturated(tube.prepared, tube.channels[one.marker], events)
    made = replace(
        nothing, median=middle, low=low, high=high, percent_saturated=saturated,
        robust_cv=None if middle <= 0 else float(50 * (part_high - part_low) / middle),
        flags=(AT_TOP,) if saturated > MOST_SATURATED else (),
    )  # fmt: skip
    if one.split is not None:
        made = _with_split(made, values, tube.ordered(one.split, one.marker), tube.scale(one.marker))
    elif below is not None and len(below) >= QUANTIFIABLE:
        made = _with_positive(made, values, float(quantiles(below, [NEGATIVE_QUANTILE])[0]))
    return made if one.standard is None else _standardised(made, tube.ordered(one.standard, one.marker))


def _with_positive(made: Intensity, values: FloatArray, threshold: float) -> Intensity:
    n = len(values)
    above = n - int(np.searchsorted(values, threshold, "right"))
    share = percent(above, n)
    if share is None:
        return made
    return replace(
        made, percent_positive=share.value, positive_low=share.low, positive_high=share.high, threshold=threshold
    )


def _with_split(made: Intensity, values: FloatArray, whole: FloatArray | None, scale: Scale) -> Intensity:
    """Positive above the valley of a population that the marker divides, whatever the share of `values`."""
    if whole is None or len(whole) < LEAST_FOR_SPLIT:
        return replace(made, flags=(*made.flags, NO_VALLEY))
    valley = find_valley(to_scaled(scale, whole), -np.inf, np.inf, DEPTH)
    if valley is None:
        return replace(made, flags=(*made.flags, NO_VALLEY))
    flags = (*made.flags, SHALLOW_VALLEY) if valley.depth < DOUBTFUL else made.flags
    at = float(f"{to_linear(scale, np.array([valley.at]))[0]:.6g}")
    return _with_positive(replace(made, flags=flags), values, at)


def _standardised(made: Intensity, standard: FloatArray | None) -> Intensity:
    """Divided by the median of the standard; not where the interval of either holds 0."""
    if standard is None or len(standard) < QUANTIFIABLE:
        return replace(made, flags=(*made.flags, STANDARD_MISSING))
    middle = _median(standard)
    low, high = median_limits(standard)
    made = replace(made, standard_median=middle)
    if made.median is None or made.low is None or made.high is None or low <= 0 or made.low <= 0:
        return replace(made, flags=(*made.flags, STANDARD_NEAR_ZERO))
    value = made.median / middle
    down = float(np.hypot(np.log(made.median / made.low), np.log(high / middle)))
    up = float(np.hypot(np.log(made.high / made.median), np.log(middle / low)))
    low, high = value * float(np.exp(-down)), value * float(np.exp(up))
    return replace(made, standardised=value, standardised_low=low, standardised_high=high)


def _median(ordered: FloatArray) -> float:
    n = len(ordered)
    return float((ordered[(n - 1) // 2] + ordered[n // 2]) / 2)


def _saturated(prepared: Prepared, index: int, events: FloatArray) -> float:
    """Percentage of events (n, parameters) at the top of scale of the channel, before compensation."""
    top = prepared.sample.parameters[index].top
    return 100.0 * float((events[:, index] >= SATURATED * top).mean()) if top > 0 else 0.0


def _settings(prepared: Prepared, index: int) -> str:
    """What must be the same for medians to be comparable, as far as the file states it."""
    data_set, parameter = prepared.sample.data_set, prepared.sample.parameters[index]
    serial = data_set.details.get("serial number", "")
    voltage = "" if parameter.voltage is None else f"{parameter.voltage:g} V"
    parts = (data_set.instrument, str(serial or ""), voltage, f"gain {parameter.gain:g}", f"top {parameter.top:g}")
    return ", ".join(part for part in parts if part)
