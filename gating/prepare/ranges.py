"""The ranges that a file of floating-point values declares: believed unless its values contradict them.

`$PnR` alters no floating-point value, and programs write anything there. It gives the top of the scale, and with a top
far from the values all of them lie at one place of an axis.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, log2

import numpy as np

from tregate.gating.events import Binding, Parameter, Sample
from tregate.gating.findings import Finding, Severity
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.prepare.sampled import some_events
from tregate.gating.read.parameters import is_time
from tregate.gating.strategy.schema import Strategy

AT_LEAST = 8
"""Values, of some 4,000, that contradict a range: single ones are artefacts of area signals."""
BEYOND = 2.0
"""Tops that values may lie at: compensation before the export, and area signals, lead a little beyond 1."""
ABOVE = 64.0
"""Times the values, and the strategy's top, that a top may be: no cytometer reaches so little of its scale."""
NAMED = 3
"""Channels that a message names."""


@dataclass(frozen=True, slots=True)
class _Declared:
    """Channels that declare one top."""

    channels: tuple[Parameter, ...]
    top: float
    reached: float
    """Linear intensity at which the values of the brightest of them end."""

    @property
    def is_contradicted(self) -> bool:
        return self.reached > BEYOND * self.top


def with_sound_ranges(sample: Sample, binding: Binding, strategy: Strategy) -> tuple[Sample, tuple[Finding, ...]]:
    """The sample with the strategy's tops where its ranges cannot be meant, and what is said about that.

    Where values contradict the strategy's top as well, the top is the power of two above them. A range that is the
    strategy's top stands: its numbers were read on that scale.
    """
    usual = strategy.scale_of("").top
    wanted = {index: strategy.scale_of(marker).top for marker, index in binding.channels.items()}
    every = tuple(_declared(sample))
    brightest = max((one.reached for one in every), default=0.0)
    tops: dict[int, float] = {}
    findings: list[Finding] = []
    for declared in every:
        others = [one for one in declared.channels if wanted.get(one.index, usual) != one.top]
        for one in others:
            top = wanted.get(one.index, usual)
            if declared.is_contradicted:
                fits = declared.reached <= BEYOND * top and brightest >= top / ABOVE
                tops[one.index] = top if fits else 2.0 ** ceil(log2(declared.reached))
            elif one.top > ABOVE * max(top, declared.reached):
                tops[one.index] = top
        if declared.is_contradicted and others:
            findings.append(_finding(others, declared.reached, tops[others[0].index]))
    if not tops:
        return sample, ()
    parameters = tuple(
        replace(one, range=tops[one.index] * (one.gain or 1.0)) if one.index in tops else one
        for one in sample.parameters
    )
    return replace(sample, data_set=replace(sample.data_set, parameters=parameters)), tuple(findings)


def contradicted(sample: Sample) -> frozenset[int]:
    """Indices of the parameters whose values lie far beyond the range that the file declares for them."""
    return frozenset(
        one.index for declared in _declared(sample) if declared.is_contradicted for one in declared.channels
    )


def _declared(sample: Sample) -> Iterator[_Declared]:
    """Channels by their top. Integers are cut off at theirs; time has none."""
    if sample.data_set.datatype == "I":
        return
    groups: dict[float, list[Parameter]] = {}
    for one in sample.parameters:
        if one.top > 0 and not is_time(one.name):
            groups.setdefault(one.top, []).append(one)
    events = some_events(sample) if groups else np.empty((0, 0))
    for top, channels in groups.items():
        yield _Declared(tuple(channels), top, max(_end(events[:, one.index]) for one in channels))


def _end(values: FloatArray) -> float:
    """The largest value that `AT_LEAST` reach; 0 where there are fewer."""
    finite = values[np.isfinite(values)]
    return float(np.partition(finite, -AT_LEAST)[-AT_LEAST]) if len(finite) >= AT_LEAST else 0.0


def _finding(channels: Sequence[Parameter], reached: float, top: float) -> Finding:
    first, more = channels[0], len(channels) - NAMED
    names = ", ".join(one.name for one in channels[:NAMED]) + (f" and {more} more" if more > 0 else "")
    return Finding(
        "range_contradicted", Severity.INFO,
        f"$PnR of {names} is {first.range:.10g}, but their values reach {reached:.6g}, so {top:.10g} is taken as the "
        "top of their scale.",
        "", reached, f"at most {BEYOND * first.top:.10g}",
    )  # fmt: skip
