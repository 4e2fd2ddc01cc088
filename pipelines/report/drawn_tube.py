"""DrawnTube: what a worker hands back for the page. Small, picklable, without an event in it."""

from dataclasses import dataclass

VIEW = 1000
"""Positions in a picture are whole numbers from 0 to VIEW, right and up."""

Points = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Tick:
    at: int
    """Position along the axis, 0 to VIEW."""
    text: str
    """"10³"; "" for a minor tick."""


@dataclass(frozen=True, slots=True)
class DrawnAxis:
    marker: str
    low: float
    """Scaled position of the left or lower end."""
    high: float
    ticks: tuple[Tick, ...]


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
class DrawnTube:
    """The gating strip of one tube, in gating order."""

    gates: tuple[DrawnGate, ...]
