"""TrialFigure: what a figure of a trial shows, as plain values; the page and matplotlib draw the same."""

from dataclasses import asdict, dataclass
from typing import Any

POOLED = -1
"""The group of all subjects together."""


@dataclass(frozen=True, slots=True)
class Course:
    """A line over the visits; y None where nothing was measured."""

    name: str
    group: int
    points: tuple[tuple[float, float | None], ...]
    """(place along the visits, value)."""
    mean: bool = False
    """The group's own line, above those of its subjects."""
    low: bool = False
    """Of a subject whose baseline is below its limit of quantification: drawn dashed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """An estimate with its 95 % interval."""

    x: float
    group: int
    estimate: float
    low: float | None = None
    high: float | None = None
    cut: bool = False
    """`high` is where the panel ends; the interval goes on."""
    part: str = ""
    """Site, stratum or disease of which this is a part; "" for all subjects."""


@dataclass(frozen=True, slots=True)
class Stars:
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One measure."""

    title: str
    visits: tuple[tuple[str, str], ...]
    """(visit, number of pairs in words) at 0, 1, 2 ..."""
    courses: tuple[Course, ...]
    limits: tuple[Limits, ...]
    stars: tuple[Stars, ...] = ()
    top: float | None = None
    """Of an axis from 0; None: ratios on a logarithmic axis."""


@dataclass(frozen=True, slots=True)
class TrialFigure:
    """Some measures of a trial in the same form."""

    name: str
    """Of its files, without an ending."""
    title: str
    about: str
    """What it shows, for a reader who does not see it."""
    caption: str
    axis: str
    groups: tuple[str, ...]
    """Arms in the legend; none where all subjects are one group."""
    panels: tuple[Panel, ...]

    def as_json(self) -> dict[str, Any]:
        """For the page's script."""
        return asdict(self)
