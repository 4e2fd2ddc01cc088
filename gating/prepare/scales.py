"""The scales of a file: the strategy's, moved to the channel's top; and for finding places, as wide as its noise.

Fixed shapes keep the strategy's scale to the letter. For methods a logicle that is narrower about zero than
the negatives' noise would tear them into two modes, so its linear part is widened where the file's own
negatives need it [Parks, Roederer & Moore 2006, Cytometry A 69:541: W = (M - log10(T / |r|)) / 2, r the 5 %
quantile of the negative values]; it is never narrowed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from math import ceil, log10

import numpy as np

from tregate.gating.events import Compensation, Sample
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.geometry.scales import LogicleScale, Scale, with_top
from tregate.gating.order_statistics import quantiles
from tregate.gating.prepare.sampled import some_events
from tregate.gating.units import Marker

AT_LEAST = 40
"""Negative values below which nothing is said of the noise."""
WIDEST = 0.4
"""Largest linear part, of the decades."""
STEP = 0.05
"""Widened in steps, so that the tubes of a study share their scales' tables."""


def seen_scales(
    sample: Sample, compensation: Compensation, channels: Mapping[Marker, int], scales: Mapping[Marker, Scale]
) -> Mapping[Marker, Scale]:
    """Each marker's scale for finding places on this file."""
    return _Seen(sample, compensation, channels, scales)


class _Seen(Mapping[Marker, Scale]):
    """Each scale is fitted when it is first asked for: fixed gates never look."""

    def __init__(
        self,
        sample: Sample,
        compensation: Compensation,
        channels: Mapping[Marker, int],
        scales: Mapping[Marker, Scale],
    ) -> None:
        self._sample, self._compensation = sample, compensation
        self._channels, self._scales = channels, scales
        self._fitted: dict[Marker, Scale] = {}

    def __getitem__(self, marker: Marker) -> Scale:
        if marker not in self._fitted:
            index = self._channels[marker]
            scale = _roomy(self._scales[marker], self._sample.parameters[index].top)
            if isinstance(scale, LogicleScale):
                scale = _as_wide_as_noise(scale, self._compensated[:, index])
            self._fitted[marker] = scale
        return self._fitted[marker]

    def __iter__(self) -> Iterator[Marker]:
        return iter(self._channels)

    def __len__(self) -> int:
        return len(self._channels)

    @cached_property
    def _compensated(self) -> FloatArray:
        """Every channel of a sample of events, (n, p)."""
        events = some_events(self._sample)
        if self._compensation.inverse is not None:
            mixed = list(self._compensation.indices)
            events[:, mixed] = events[:, mixed] @ self._compensation.inverse
        return events


def on_top(scale: Scale, top: float) -> Scale:
    """The strategy's scale on a channel of this top; as it is where the file states none."""
    return with_top(scale, top) if top > 0 else scale


def _roomy(scale: Scale, top: float) -> Scale:
    """A logicle gets the decades that a higher top adds, lest they squeeze."""
    if isinstance(scale, LogicleScale) and top > scale.top:
        return replace(scale, top=top, decades=round(scale.decades + log10(top / scale.top), 6))
    return on_top(scale, top)


def _as_wide_as_noise(scale: LogicleScale, values: FloatArray) -> LogicleScale:
    below = values.compress(values < 0)
    if len(below) < AT_LEAST:
        return scale
    noise = -float(quantiles(np.sort(below), [0.05])[0])
    wanted = ceil((scale.decades - log10(scale.top / noise)) / 2 / STEP) * STEP
    return replace(scale, linear=round(min(max(scale.linear, wanted), WIDEST * scale.decades), 3))
