"""The forms that events take: Sample -> Prepared -> Gated. All frozen; arrays handed out are read-only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tregate.gating.findings import Finding, Severity
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.geometry.scales import Scale
from tregate.gating.geometry.shapes import Axis, Shape
from tregate.gating.rows import Rows
from tregate.gating.units import Channel, Marker, PopulationName, is_physical

Scalar = float | int | str | bool | None
HIGHEST_TOP = 2.0**32
"""Largest `$PnR` that can be a top of scale. Programs write 1E+18 and the like beside floating-point values, for
which `$PnR` is nominal: the strategy's own top is used then."""
STRETCH_BYTES = 1 << 19
"""Bytes of events that are taken apart at a time, since they stay in the processor's cache until all columns are."""
LONG_RUN = 1 << 18
"""Events above which some of them are picked so many at a time: they may lie on every page of the file."""


# ---------------------------------------------------------------- Sample: a file as it was read


@dataclass(frozen=True, slots=True)
class Parameter:
    """One `$Pn`: a measured signal."""

    index: int
    """0-based position in the file."""
    name: Channel
    """`$PnN`, the detector."""
    stain: str
    """`$PnS`, or "" where absent. For LMD data set 2 taken over from its twin."""
    bits: int
    range: float
    """`$PnR`."""
    decades: float = 0.0
    """`$PnE` f1; 0 for linear."""
    offset: float = 0.0
    """`$PnE` f2, 1 where a log channel writes 0."""
    gain: float = 1.0
    """`$PnG`; linear channels are divided by it."""
    step: float = 1.0
    """Seconds per unit for the Time channel (`$TIMESTEP`), else 1."""
    voltage: float | None = None
    """`$PnV` [V]; None where the file states none."""
    computed: bool = False
    """An axis that the strategy computes from others: no `$Pn` of the file."""

    @property
    def is_amplified(self) -> bool:
        """Whether what is stored is anything but the linear intensity."""
        return self.decades > 0 or self.gain not in (0.0, 1.0) or self.step != 1.0

    @property
    def top(self) -> float:
        """Top of the scale in linear intensity; 0 where the file states none that an instrument could have."""
        if self.decades > 0:
            return float((self.offset or 1.0) * 10.0**self.decades)
        if self.range > HIGHEST_TOP:
            return 0.0
        return self.range / (self.gain or 1.0) * self.step


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair by the reader so that the file could be read."""

    name: str
    """kebab-case, stable: "offsets-from-header", "data-end-off-by-one"."""
    message: str
    severity: Severity = Severity.INFO


@dataclass(frozen=True, slots=True)
class Spillover:
    """A spillover matrix as found: row = dye, column = detector."""

    source: str
    """"$SPILLOVER", "$COMP", "$DFCiTOj", or the name of a CSV file."""
    channels: tuple[Channel, ...]
    matrix: FloatArray = field(compare=False)
    """(n, n), diagonal 1."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """One data set of a file, from HEADER and TEXT alone."""

    number: int
    """1-based."""
    version: str
    """"FCS3.1"."""
    instrument: str
    """`$CYT`, or ""."""
    n_events: int
    parameters: tuple[Parameter, ...]
    datatype: str
    byte_order: str
    spillovers: tuple[Spillover, ...] = ()
    """Usable candidates in the order tregate prefers them."""
    already_compensated: bool | None = None
    """True: compensation is in the values (LMD data set 1). None: the file does not say."""
    volume_ul: float | None = None
    """`$VOL` as microlitres where its unit is certain."""
    repairs: tuple[Repair, ...] = ()
    findings: tuple[Finding, ...] = ()
    """Doubts about keywords: a matrix that names no channel, identity, numbers for names ..."""
    details: Mapping[str, Scalar] = field(default_factory=dict)
    """Further facts for inspect and run.json, no personal keyword: "abscalfactor", "text dialect" ..."""
    labels: tuple[str, ...] = field(default=(), repr=False)
    """What the instrument called the tube (`$FIL`, `TUBE NAME`, `$SMNO`): compared with samples.csv, never shown."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What is in a file, from HEADER and TEXT alone."""

    path: Path
    size: int
    data_sets: tuple[DataSet, ...]
    default: int | None
    """Number of the data set that is used unless the user names one; None: the user must."""
    decision: str
    """Why that one, in a sentence."""


class StoredEvents(Protocol):
    """The DATA segment, decoded a stretch of events at a time: by column, or whole where words allow."""

    def column(self, index: int, start: int, stop: int) -> npt.NDArray[np.generic]:
        """Stored values (after byte order and bit mask) of events start..stop, native byte order."""
        ...

    def rows(self, start: int, stop: int) -> npt.NDArray[np.generic] | None:
        """Events start..stop before any mask, (stop - start, p); None where words differ."""
        ...

    def masks(self) -> Mapping[int, int]:
        """AND masks of the parameters that have bits beyond their range in use."""
        ...

    def passed(self, start: int, stop: int) -> None:
        """Events start..stop are not needed for now: their memory may be given back."""
        ...


@dataclass(frozen=True, slots=True)
class Sample:
    """A file's chosen data set, readable by column."""

    path: Path
    data_set: DataSet
    stored: StoredEvents = field(compare=False, repr=False)
    decision: str = ""
    """Why this data set."""

    @property
    def n_events(self) -> int:
        return self.data_set.n_events

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.data_set.parameters

    def linear(self, index: int, start: int = 0, stop: int | None = None, rows: Rows | None = None) -> FloatArray:
        """Linear intensity (log amplification undone, gain divided out, Time in seconds) of events start..stop.

        rows: only these of them, counted from `start`. (stop - start,) or (len(rows),), read-only.
        """
        values = self.stored.column(index, start, self.n_events if stop is None else stop)
        if rows is not None:
            values = values[rows]
        linear = _linear(self.parameters[index], values.astype(np.float64))
        linear.flags.writeable = False
        self.stored.passed(start, self.n_events if stop is None else stop)
        return linear

    def columns(self, indices: Sequence[int], start: int, stop: int) -> FloatArray:
        """Linear intensity of some parameters, (len(indices), stop - start), in one passage; read-only."""
        whole = self.stored.rows(start, stop)
        if whole is None or any(i in self.stored.masks() for i in indices):
            return np.stack([self.linear(i, start, stop) for i in indices])
        columns = np.empty((len(indices), len(whole)))
        stretch = max(1, STRETCH_BYTES // (whole.shape[1] * whole.itemsize))
        for first in range(0, len(whole), stretch):
            events = whole[first : first + stretch]
            for column, i in zip(columns, indices, strict=True):
                column[first : first + stretch] = events[:, i]
        for column, i in zip(columns, indices, strict=True):
            if self.parameters[i].is_amplified:
                column[:] = _linear(self.parameters[i], column)
        columns.flags.writeable = False
        self.stored.passed(start, stop)
        return columns

    def events(self, start: int, stop: int, rows: Rows | None = None) -> FloatArray:
        """Linear intensity of every parameter of whole events, (stop - start, p) or (len(rows), p)."""
        whole = self.stored.rows(start, stop)
        if whole is None:
            columns = [self.linear(i, start, stop, rows) for i in range(len(self.parameters))]
            return np.stack(columns, axis=1)
        linear = whole.astype(np.float64) if rows is None else self._some(whole, start, stop, rows)
        masked = self.stored.masks()
        for i, parameter in enumerate(self.parameters):
            if i in masked:
                linear[:, i] = self.linear(i, start, stop, rows)
            elif parameter.is_amplified:
                linear[:, i] = _linear(parameter, linear[:, i])
        self.stored.passed(start, stop)
        return linear

    def _some(self, whole: npt.NDArray[np.generic], start: int, stop: int, rows: Rows) -> FloatArray:
        """Some events of (n, p) stored words; of a long run stretch by stretch, whose pages are given back."""
        if len(whole) <= LONG_RUN or not np.all(rows[1:] >= rows[:-1]):
            return _picked(whole, rows).astype(np.float64)
        some = np.empty((len(rows), whole.shape[1]))
        ends = np.searchsorted(rows, np.arange(0, len(whole) + LONG_RUN, LONG_RUN))
        for first, last in pairwise(ends):
            some[first:last] = _picked(whole, rows[first:last])
            self.stored.passed(start, stop)
        return some


def _linear(parameter: Parameter, stored: FloatArray) -> FloatArray:
    """Linear intensity of stored values; may change them in place."""
    if parameter.decades > 0:
        exponent = stored * (parameter.decades / parameter.range)
        return np.asarray(np.power(10.0, exponent) * (parameter.offset or 1.0))
    if parameter.gain not in (0.0, 1.0):
        stored /= parameter.gain
    if parameter.step != 1.0:
        stored *= parameter.step
    return stored


def _picked(events: npt.NDArray[np.generic], rows: Rows) -> npt.NDArray[np.generic]:
    """Some events of (n, p) stored words; each is moved as one item, whether or not its words are aligned."""
    n_parameters, word = events.shape[1], events.dtype
    whole = np.dtype((np.void, n_parameters * word.itemsize))
    return events.view(whole).reshape(-1).take(rows).view(word).reshape(-1, n_parameters)


# ---------------------------------------------------------------- Prepared: markers, compensation, scales


@dataclass(frozen=True, slots=True)
class Binding:
    """Which channel each marker is, in this file."""

    channels: Mapping[Marker, int]
    """Marker -> 0-based parameter index."""
    missing: Mapping[Marker, str] = field(default_factory=dict)
    """Marker that no channel (or more than one) carries -> why, for a technician."""
    shared: Mapping[Marker, tuple[Marker, ...]] = field(default_factory=dict)
    """Bound marker -> further markers that its channel carries too, so that the two cannot be distinguished."""


@dataclass(frozen=True, slots=True)
class Compensation:
    """What is done about spillover on this tube."""

    source: str
    """"$SPILLOVER", "matrix.csv", "none (strategy)", "already compensated (data set 1)"."""
    indices: tuple[int, ...] = ()
    """Parameters of the matrix; empty: nothing is compensated."""
    inverse: FloatArray | None = field(default=None, compare=False)
    """(n, n): compensated = values @ inverse."""
    condition: float | None = None
    sha256: str = ""
    """Of the matrix as applied."""


@dataclass(frozen=True)
class Prepared:
    """A sample whose markers are bound, with the compensation and the scales that apply to it."""

    sample: Sample
    binding: Binding
    compensation: Compensation
    scales: Mapping[Marker, Scale]
    """Top of each scale already moved to the channel's own."""
    factors: Mapping[Marker, float]
    """Channel's top / strategy's top: what the strategy's numbers are multiplied by."""
    seen: Mapping[Marker, Scale] = field(default_factory=dict)
    """The scales on which places are looked for: as wide about zero as this file's noise."""
    findings: tuple[Finding, ...] = ()
    constant: Mapping[Marker, float] = field(default_factory=dict)
    """Stained marker whose detector recorded one value for every event -> that value."""

    @property
    def n_events(self) -> int:
        return self.sample.n_events

    def axis(self, marker: Marker) -> Axis:
        """The marker on the scale that the strategy states: where fixed shapes are straight."""
        return Axis(marker, self.scales[marker])

    def seen_axis(self, marker: Marker) -> Axis:
        """The marker on the scale that methods look at, and on which what they draw is straight."""
        return Axis(marker, self.seen.get(marker, self.scales[marker]))

    def is_mixed(self, index: int) -> bool:
        """Whether compensation alters this parameter."""
        return self.compensation.inverse is not None and index in self.compensation.indices

    @property
    def physical(self) -> tuple[int, ...]:
        """Parameters of scatter and time that no compensation alters."""
        return tuple(i for m, i in self.binding.channels.items() if is_physical(m) and not self.is_mixed(i))

    @cached_property
    def unmixing(self) -> FloatArray:
        """Weights of all parameters (columns) in each parameter after compensation (rows), (p, p)."""
        weights = np.eye(len(self.sample.parameters))
        if self.compensation.inverse is not None:
            mixed = np.array(self.compensation.indices)
            weights[mixed[:, None], mixed] = self.compensation.inverse.T
        return weights


# ---------------------------------------------------------------- Gated: populations


@dataclass(frozen=True, slots=True)
class PlacedGate:
    """A gate as it was placed on one tube: one row of gates.csv."""

    population: PopulationName
    parent: PopulationName
    method: str
    """How the place was found: "fixed", "valley", "mixture", ..., "logic", "replay"."""
    shape: Shape | None
    """None for logic populations and for steps that were skipped."""
    evidence: Mapping[str, Scalar] = field(default_factory=dict)
    fallback: str = ""
    """Why the `otherwise` (or an alternative) was used; "" when the method found its place."""
    placed_by: str = ""
    """Name of the person who placed it; "" where its method did."""
    reason: str = ""
    """The person's reason; "" where its method placed it."""


@dataclass(frozen=True, slots=True)
class Density:
    """The parent of one gate, binned on the gate's axes; everything a picture needs."""

    population: PopulationName
    parent: PopulationName
    x: Axis
    y: Axis | None
    """None: no second axis; the counts are (n, 1)."""
    x_ends: tuple[float, float] = field(compare=False)
    """Positions on the scale between which the bins lie, all of one width."""
    y_ends: tuple[float, float] = field(compare=False)
    """The same of the second axis; 0 to 1 where there is none."""
    counts: npt.NDArray[np.uint32] = field(compare=False)
    """(nx, ny) events of the parent; events outside the ends are in the outermost bins."""


@dataclass(frozen=True, slots=True)
class Gated:
    """Populations of one tube."""

    n_events: int
    order: tuple[PopulationName, ...]
    """Gating order, as the strategy lists them."""
    parents: Mapping[PopulationName, PopulationName]
    """Population -> the parent that percent_of_parent refers to ("all" for the whole file)."""
    gates: tuple[PlacedGate, ...]
    unmeasured: Mapping[PopulationName, str]
    """Population that has no number -> why (marker missing, no place found, parent unmeasured)."""
    members: Mapping[PopulationName, npt.NDArray[np.uint8]] = field(compare=False, repr=False)
    """Membership as packed bits, (ceil(n_events / 8),)."""
    events: Mapping[PopulationName, int] = field(default_factory=dict)
    densities: tuple[Density, ...] = field(default=(), compare=False, repr=False)
    findings: tuple[Finding, ...] = ()
    bead_events: int | None = None
    """Events of the bead gate or of its doublets, where that was counted already; None before."""

    def mask(self, population: PopulationName) -> npt.NDArray[np.bool_]:
        """(n_events,) True for members."""
        if population == "all":
            return np.ones(self.n_events, dtype=bool)
        return np.unpackbits(self.members[population], count=self.n_events).view(np.bool_)
