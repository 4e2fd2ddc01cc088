"""A learned boundary as configs/models states it: landmarks, recipe, and the coefficients that training found.

Landmarks and recipe are written by a person; `tregate train` writes `variants` and `fingerprint`.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tregate.gating.strategy.model import Model

Quantile = Annotated[float, Field(ge=0, le=1)]
Numbers = tuple[float, ...]


class Side(Model):
    """Events above or below a quantile of one marker."""

    above: Quantile | None = None
    below: Quantile | None = None


class Reach(Model):
    """How far a marker reaches towards the wanted events: a quantile of the parent's events."""

    quantile: Quantile
    without: dict[str, float] = Field(default_factory=dict)
    """Marker -> spreads above the core's centre beyond which events are not looked at."""


class Landmarks(Model):
    """Points of a tube that are found without labels."""

    core: str = "parent"
    """Population of unwanted events that gives centre and spread of each marker."""
    where: dict[str, Side] = Field(default_factory=dict)
    """Which of the core population's events: marker -> side of a quantile."""
    reach: dict[str, Reach]
    ranges: dict[str, tuple[Quantile, Quantile]] = Field(default_factory=dict)
    """Markers with two modes among the parent's events, given between two quantiles only."""


class Recipe(Model):
    """The synthetic tubes that the boundary is learned from."""

    strategies: dict[str, int]
    """Kind of tube, which is the name of its strategy -> number of tubes."""
    conditions: dict[str, float]
    """Condition of the fixtures -> its share of the tubes."""
    events: tuple[int, int]
    """Events per tube, drawn between the two."""
    first_seed: int = 0
    events_per_tube: int = 3000
    """Events of the parent that a tube gives to the fit, at most."""


class Form(Model):
    """A polynomial of second degree in the affine landmark coordinates of one stage."""

    intercept: float
    linear: Numbers
    square: Numbers
    """Upper triangle by rows."""

    @model_validator(mode="after")
    def _triangle(self) -> "Form":
        n = len(self.linear)
        if len(self.square) != n * (n + 1) // 2:
            raise ValueError(f"square must have {n * (n + 1) // 2} numbers for {n} coordinates")
        return self


class Cut(Model):
    """Where the score is cut: a linear function of how the tube's own scores are distributed."""

    intercept: float
    weights: Numbers


class Variant(Model):
    """Coefficients for tubes that carry these markers."""

    markers: Annotated[tuple[str, ...], Field(min_length=1)]
    first: Form | None = None
    second: Form | None = None
    cut: Cut | None = None


class LearnedModel(Model):
    """One boundary: what it separates, how it finds its landmarks, what it was trained on."""

    model: str
    about: str = ""
    target: str
    """Population of the fixtures that is wanted."""
    parent: str
    """Population within which it is separated."""
    landmarks: Landmarks
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)]
    """In order of preference: the first whose markers the tube carries is used."""
    share: tuple[float, float] = (0.0, 1.0)
    """Plausible share of the parent's events."""
    valley: tuple[float, float] = (0.7, 0.9)
    """Depth of the valley of a tube's scores from which it is used beside the learned place, and from which alone."""
    error_of_doubt: Annotated[float, Field(ge=0, le=5)] = 0.6
    """Relative SD of the count, of the gate's doubt S (docs/sources.md, gates and dead cells)."""
    recipe: Recipe
    kind: Literal["quadric"] = "quadric"
    fingerprint: str = ""
    """SHA-256 of recipe, landmarks and coefficients."""

    @property
    def markers(self) -> tuple[str, ...]:
        """Every marker of any variant."""
        return tuple(dict.fromkeys(marker for variant in self.variants for marker in variant.markers))
