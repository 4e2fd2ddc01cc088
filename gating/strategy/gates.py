"""Gates as a strategy writes them: shapes with fixed numbers, and methods that find the place of one.

Numbers are compensated linear intensities on the scale whose top the strategy states.
Every method may name an `otherwise`: a threshold, or another gate, used and flagged when it finds no place.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tregate.gating.strategy.learned_model import LearnedModel
from tregate.gating.strategy.model import Model

PositiveFloat = Annotated[float, Field(gt=0)]
Proportion = Annotated[float, Field(gt=0, lt=1)]
Interval = Annotated[tuple[float, float], Field(description="[low, high] in linear intensity")]


# ---------------------------------------------------------------- fixed shapes


class RangeGate(Model):
    """low <= x < high on one axis."""

    kind: Literal["range"]
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "RangeGate":
        if self.low is None and self.high is None:
            raise ValueError("a range needs `low`, `high` or both")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"low ({self.low:g}) must be below high ({self.high:g})")
        return self


class BoxGate(Model):
    """One [low, high] an axis; null leaves a side open."""

    kind: Literal["box"]
    sides: Annotated[tuple[tuple[float | None, float | None], ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _ordered(self) -> "BoxGate":
        for low, high in self.sides:
            if low is not None and high is not None and low >= high:
                raise ValueError(f"low ({low:g}) must be below high ({high:g})")
        return self


class PolygonGate(Model):
    """Vertices [x, y]; edges are straight on the scaled axes."""

    kind: Literal["polygon"]
    vertices: Annotated[tuple[tuple[float, float], ...], Field(min_length=3)]


class EllipseGate(Model):
    """Centre in linear intensity, covariance on the scaled axes (each 0 to 1)."""

    kind: Literal["ellipse"]
    center: Annotated[tuple[float, ...], Field(min_length=2)]
    covariance: tuple[tuple[float, ...], ...]
    distance_square: PositiveFloat

    @model_validator(mode="after")
    def _square(self) -> "EllipseGate":
        n = len(self.center)
        if len(self.covariance) != n or any(len(row) != n for row in self.covariance):
            raise ValueError(f"covariance must have {n} rows of {n} numbers, as many as center")
        if any(abs(self.covariance[i][j] - self.covariance[j][i]) > 1e-12 for i in range(n) for j in range(i)):
            raise ValueError("covariance must be symmetric")
        import numpy as np  # here, for a strategy without an ellipse is read without NumPy

        from tregate.gating.geometry.covariance import is_positive_definite

        if not is_positive_definite(np.array(self.covariance)):
            raise ValueError("covariance must be positive definite: it describes no ellipse")
        return self


class QuadricGate(Model):
    """constant + linear . x + sum of square[i][j] x_i x_j >= cut; x on the scaled axes (each 0 to 1)."""

    kind: Literal["quadric"]
    constant: float = 0.0
    linear: Annotated[tuple[float, ...], Field(min_length=1)]
    square: tuple[tuple[float, ...], ...]
    cut: float = 0.0
    at: tuple[float, ...]
    """A point inside, in linear intensity: plots show the section through it."""

    @model_validator(mode="after")
    def _upper(self) -> "QuadricGate":
        n = len(self.linear)
        if len(self.at) != n or len(self.square) != n or any(len(row) != n for row in self.square):
            raise ValueError(f"linear has {n} numbers, so at needs {n} and square {n} rows of {n}")
        if any(self.square[i][j] for i in range(n) for j in range(i)):
            raise ValueError("square has numbers below its diagonal: write each product once, above it")
        return self


# ---------------------------------------------------------------- places on one axis


class Threshold(Model):
    """A place that is one number on one axis."""

    keep: Literal["above", "below"]
    between: Interval | None = None
    """Where the threshold may lie."""
    otherwise: "float | Gate | None" = None

    @model_validator(mode="after")
    def _between(self) -> "Threshold":
        if self.between is not None and self.between[0] >= self.between[1]:
            raise ValueError(f"between must rise: [{self.between[0]:g}, {self.between[1]:g}]")
        return self


class ValleyGate(Threshold):
    """The deepest point between two modes of the parent's density on the scaled axis."""

    kind: Literal["valley"]
    depth: Proportion = 0.25
    """The valley must lie at least this share below the lower of its two modes."""
    smooth: PositiveFloat = 1.0
    """Bandwidth, in units of the rule-of-thumb one."""
    of: str | None = None
    """Internal negative: the valley is the first one above these cells, not one further up."""


class TailGate(Threshold):
    """Mode of the negatives plus `spread` robust standard deviations, on the scaled axis."""

    kind: Literal["tail"]
    spread: float = 3.0
    mode: Literal["lowest", "main"] = "main"
    """Which mode is the reference: the lowest, or the highest peak."""


class ReferenceGate(Threshold):
    """A quantile of another population on the same axis: an internal negative."""

    kind: Literal["reference"]
    of: str
    quantile: Proportion
    spread: float | None = None
    """Where given: median plus `spread` robust SDs of the reference, instead of its quantile."""
    at_least: Annotated[int, Field(ge=1)] = 100
    """Events that the reference population must hold."""


class SplitGate(Threshold):
    """Two overlapping populations, cut where as many dim events lie above as bright ones below."""

    kind: Literal["split"]
    of: str | None = None
    """Population that has the dim one's shape (an internal negative); a Gaussian where none is named."""
    prior: Annotated[tuple[float, float], Field(description="plausible share of the bright one")] = (0.0, 1.0)
    distance: PositiveFloat = 2.0
    """Least distance of the two means, in standard deviations of the dim one."""
    widths: Annotated[tuple[float, float], Field(description="sd of the bright one / sd of the dim one")] = (0.5, 2.5)
    overlap: PositiveFloat = 0.25
    """Largest share of the bright ones that may lie on the wrong side."""
    at_least: Annotated[int, Field(ge=1)] = 100
    """Events that the reference population must hold."""


class ControlGate(Threshold):
    """A quantile of the same parent in a control tube (FMO, isotype) of the same visit or batch."""

    kind: Literal["control"]
    tube: str | None = None
    """Name of the control tube; None: the FMO of this kind of tube for the marker of the axis."""
    quantile: Proportion = 0.995
    at_least: Annotated[int, Field(ge=1)] = 100


# ---------------------------------------------------------------- places on one or two axes


class Take(Model):
    """Which component of a mixture: highest or lowest along an axis; both may be given.

    `highest` may be a marker beside the axes, by which the component is recognised and not cut.
    """

    highest: str | None = None
    lowest: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "Take":
        if self.highest is None and self.lowest is None:
            raise ValueError("take needs `highest`, `lowest` or both")
        return self


class MixtureGate(Model):
    """Gaussian mixture on the scaled axes; one component, as an ellipse or (one axis) a threshold."""

    kind: Literal["mixture"]
    take: Take
    components: Annotated[int, Field(ge=2, le=12)] = 3
    mass: Proportion = 0.98
    """Share of the component that the gate takes in."""
    odds: PositiveFloat = 1.0
    """Above 1 the gate leans outwards: it gives an event away only where a neighbour is so many times likelier."""
    prior: Annotated[tuple[float, float], Field(description="plausible share of the parent")] = (0.0, 1.0)
    between: Interval | None = None
    otherwise: "float | Gate | None" = None


class BackgateGate(Model):
    """Where the cells that are bright in a marker beside the axes lie: scatter of lymphocytes by their CD3."""

    kind: Literal["backgate"]
    bright: str
    mass: Proportion = 0.995
    otherwise: "Gate | None" = None


class DiagonalGate(Model):
    """Two axes: bright on the first, dim on the second, cut by a slanted line (CD25 against CD127)."""

    kind: Literal["diagonal"]
    guide: str | None = None
    """A third marker on which the wanted cells are bright (Foxp3): helps to find, does not cut."""
    mass: Proportion = 0.98
    """Share of the wanted component that the line leaves inside, where the rest allows it."""
    prior: Annotated[tuple[float, float], Field(description="plausible share of the parent")] = (0.003, 0.4)
    otherwise: "Gate | None" = None


class LearnedGate(Model):
    """A boundary learned on synthetic tubes, laid on this one by its own landmarks (configs/models)."""

    kind: Literal["learned"]
    model: LearnedModel
    """Written out, or the name of a model: `models/treg`."""
    second: str | None = None
    """Population of a second method: it stands in where the boundary cannot be placed."""
    review_above: PositiveFloat = 0.15
    """Expected share of misclassified events, of those in the gate, above which the gate needs review."""
    apart: PositiveFloat = 0.25
    """ln of the ratio of its events to those of `second` beyond which one of both has not found the cells."""


class TemplateGate(Model):
    """A drawn polygon, moved to the sample's own landmarks (its main mode, or named populations')."""

    kind: Literal["template"]
    vertices: Annotated[tuple[tuple[float, float], ...], Field(min_length=3)]
    landmarks: dict[str, tuple[float, float]]
    """Population (or "parent") -> its median where the polygon was drawn."""
    at_least: Annotated[int, Field(ge=1)] = 50
    reach: PositiveFloat = 0.12
    """Largest plausible move on the scaled axes."""
    otherwise: "Gate | None" = None


class SingletsGate(Model):
    """Area against height or width: the ridge of single cells."""

    kind: Literal["singlets"]
    spread: PositiveFloat = 4.0
    """Half width of the ridge in robust standard deviations."""
    otherwise: "Gate | None" = None


class BeadsGate(Model):
    """The tight cluster that is bright on every axis named."""

    kind: Literal["beads"]
    share: Annotated[tuple[float, float], Field(description="plausible share of all events")] = (0.0005, 0.95)
    at_least: Annotated[int, Field(ge=1)] = 20
    otherwise: "Gate | None" = None


class DoubletsGate(Model):
    """Bead doublets among the beads: twice the signal of the single ones on the clearest axis."""

    kind: Literal["doublets"]
    otherwise: "Gate | None" = None


class SteadyGate(Model):
    """Stretches of the run in which `of` arrives steadily beside the rest; whole slices are excluded."""

    kind: Literal["steady"]
    of: str | None = None
    """Population of beads; None: rate and signals of all events are followed, as in a washed tube."""
    slices: Annotated[int, Field(ge=10, le=1000)] = 100


class BorrowGate(Model):
    """The same gate's place on another tube of the study."""

    kind: Literal["borrow"]
    source: Literal["baseline", "batch", "tube"]
    tube: str | None = None
    """Tube name, for `source: tube`."""
    population: str | None = None
    """Population whose gate is borrowed; the same name if left out."""
    otherwise: "float | Gate | None" = None


Gate = Annotated[
    RangeGate
    | BoxGate
    | PolygonGate
    | EllipseGate
    | QuadricGate
    | ValleyGate
    | TailGate
    | ReferenceGate
    | SplitGate
    | ControlGate
    | MixtureGate
    | BackgateGate
    | DiagonalGate
    | LearnedGate
    | TemplateGate
    | SingletsGate
    | BeadsGate
    | DoubletsGate
    | SteadyGate
    | BorrowGate,
    Field(discriminator="kind"),
]
