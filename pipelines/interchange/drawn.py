"""Gates as another program drew them, before they meet a file: channels by name, a refusal with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tregate.gating.geometry.scales import Scale


@dataclass(frozen=True, slots=True)
class DrawnAxis:
    """A channel as the gate names it."""

    channel: str
    """Name in the file, without the prefix of compensated values."""
    compensated: bool
    scale: Scale | None
    """None: linear."""
    by_file: bool = False
    """Compensated by the file's own matrix, whatever the sample's is; by none where the file has none."""
    ratio: "DrawnRatio | None" = None
    """The axis is a ratio, and `channel` its dividend."""


@dataclass(frozen=True, slots=True)
class DrawnRatio:
    """factor * (channel - minus[0]) / (divisor - minus[1])."""

    divisor: str
    factor: float
    minus: tuple[float, float]


@dataclass(frozen=True, slots=True)
class DrawnShape:
    """Ranges (`sides`), or corners of a polygon in linear intensity; or an ellipsoid as Gating-ML states it."""

    axes: tuple[DrawnAxis, ...]
    sides: tuple[tuple[float | None, float | None], ...] = ()
    vertices: tuple[tuple[float, float], ...] = ()
    center: tuple[float, ...] = ()
    covariance: tuple[tuple[float, ...], ...] = ()
    distance_square: float = 0.0
    unbounded: bool = False
    """The matrix of the ellipsoid is no covariance: it reaches to infinity."""
    outside: bool = False
    """The events outside of the shape are meant."""


@dataclass(frozen=True, slots=True)
class DrawnLogic:
    """And, or, not of other populations."""

    kind: str
    """`all_of`, `any_of` or `none_of`."""
    of: tuple[str, ...]
    """Paths."""
    without: tuple[str, ...] = ()
    """Paths whose complement is meant, in an and."""


@dataclass(frozen=True, slots=True)
class DrawnGate:
    """One population of one sample."""

    path: str
    """From the outermost gate inwards, joined by "/"."""
    parent: str
    """Path of the parent, "" for every event."""
    element: str
    """Its element in the file: "PolygonGate"."""
    what: DrawnShape | DrawnLogic | None
    refused: str = ""
    """Why it cannot be taken over."""
    stored_count: int | None = None
    """Events that the program stored; -1 where it had not computed them."""


@dataclass(frozen=True, slots=True)
class DrawnMatrix:
    """A spillover matrix, rows dyes, columns detectors."""

    name: str
    detectors: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class DrawnSample:
    """One sample of a workspace, with its gates in order, parents first."""

    name: str
    fil: str
    uri_name: str
    n_events: int | None
    """`$TOT` of the workspace."""
    matrix: DrawnMatrix | None
    gates: tuple[DrawnGate, ...]
    every_file: bool = False
    """The gates are for whatever file is given (Gating-ML), or for that called `fil` alone where it is there."""
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DrawnApart:
    """Gates that are drawn for no sample of the file, each refused with the reason."""

    where: str
    """For messages: `group "Day 7"`."""
    gates: tuple[DrawnGate, ...]
    missed: bool
    """Whether samples of the file lack them; else they are a template, which is for none."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """All that a file holds."""

    program: str
    samples: tuple[DrawnSample, ...]
    may_exchange: bool = False
    """Whether the program writes files in which height and width of scatter have each other's names."""
    apart: tuple[DrawnApart, ...] = ()
