"""DrawnTube: what a worker hands back for the page. Small, picklable, without an event in it."""

from dataclasses import dataclass

VIEW = 1000
"""Positions in a picture are whole numbers from 0 to VIEW, right and up."""

Points = tuple[tuple[int, int], ...]


PlainScale = tuple[str | float, ...]
"""Kind and parameters of a scale, in the order of its fields: ("logicle", 262144.0, 4.5, 0.5, 0.0)."""


@dataclass(frozen=True, slots=True)
class DrawnAxis:
    marker: str
    low: float
    """Scaled position of the left or lower end."""
    high: float
    scale: PlainScale


@dataclass(frozen=True, slots=True)
class Picture:
    """A density as the data part of an indexed PNG; `density.png_head` gives the part before it."""

    width: int
    height: int
    tail: bytes


@dataclass(frozen=True, slots=True)
class DrawnGate:
    """One gate of the strip."""

    population: str
    parent: str
    method: str
    """In words."""
    fallback: str
    """Why the method's own place was not used; "" when it was."""
    evidence: tuple[str, ...]
    """What the method saw, in words."""
    x: DrawnAxis | None = None
    """None: there is nothing to see (logic, or a step that was skipped)."""
    y: DrawnAxis | None = None
    """None: one axis, drawn as a profile."""
    picture: Picture | None = None
    profile: tuple[int, ...] = ()
    """Heights, 0 to VIEW, of a one-axis density."""
    outlines: tuple[Points, ...] = ()
    """Closed; corners outside 0 to VIEW are out of view."""


@dataclass(frozen=True, slots=True)
class DrawnEvents:
    """Some events of a tube; of each population the same number at most, first those that come first."""

    axes: tuple[DrawnAxis, ...]
    """From the lowest to the highest end of all pictures of the marker."""
    number: int
    positions: bytes
    """Of every event on the first axis, then on the next: 0 to 4095 between the ends. The upper eight bits of all, then
    the lower four, two events a byte, the earlier one in the upper half; each axis ends with a whole byte."""
    members: tuple[tuple[str, bytes], ...]
    """Population -> a bit an event, the first in the highest bit."""


@dataclass(frozen=True, slots=True)
class DrawnControlPlot:
    """Some events of a control tube on the plot of one gate."""

    population: str
    within: str
    """Population of the control of which these are events."""
    events: int
    """All events of the control in that population."""
    percent: float | None
    """Of these, inside the gate [%]."""
    positions: bytes
    """Right, of every event, then up: 0 to 255 over the view; events out of view lie on its edge."""


@dataclass(frozen=True, slots=True)
class DrawnControl:
    """A control tube on the plots of a tube."""

    name: str
    plots: tuple[DrawnControlPlot, ...] = ()
    problem: str = ""
    """Why nothing is shown."""


@dataclass(frozen=True, slots=True)
class DrawnTube:
    """The gating strip of one tube, in gating order."""

    gates: tuple[DrawnGate, ...]
    events: DrawnEvents | None = None
    controls: tuple[DrawnControl, ...] = ()
