"""What a table definition declares as plausible: parts and wholes, sums, ratios, shares, changes, batches.

A limit is a number or a name in `limits:`; study.yaml may set the named ones under `checks:`.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from tregate.gating.strategy.model import Model

Limit = str | Annotated[float, Field(strict=True)]


class Parts(Model):
    """No part is larger than its whole."""

    parts: Annotated[tuple[str, ...], Field(min_length=1)]
    of: str


class Sum(Model):
    """The parts add up to the whole."""

    sum: Annotated[tuple[str, ...], Field(min_length=1)]
    of: str
    check: str
    """Name of the finding on means of a table."""
    visit_check: str | None = None
    """Name of the finding on one visit; none where it is not looked at visit by visit."""
    in_tube_of: str | None = None
    """Compare events within the tube that gives these cells; otherwise compare the measures."""
    warn: Limit = 5.0
    """Largest difference from 100 % [points]."""
    fail: Limit = 10.0
    called: str = ""
    """What the parts are called: "T, B and NK cells"."""
    advice: str = ""


class Ratio(Model):
    """First / second lies within two limits."""

    ratio: tuple[str, str]
    label: str
    within: tuple[Limit, Limit]
    visit_check: str | None = None
    in_tube_of: str | None = None
    population: str = ""
    """Population that the finding on a visit is about."""


class Product(Model):
    """product = share / 100 x whole, in every subject."""

    product: str
    share: str
    whole: str


class Range(Model):
    """The mean of a measure lies within two limits."""

    range: str
    within: tuple[Limit, Limit]


class Fold(Model):
    """Largest plausible fold change from the subject's baseline."""

    fold: Annotated[tuple[str, ...], Field(min_length=1)]
    check: str
    at_most: Limit


class SameBlood(Model):
    """Two bead tubes of one visit give the same count and percentage."""

    same_in_bead_tubes: str
    """Population."""
    percent_of: str
    """Population."""
    check: str
    counts_percent: Limit
    """Largest difference of cells/µL [% of their mean]."""
    points: Limit
    """Largest difference of the percentages [points]."""
    advice: str = ""


class BeadsPer(Model):
    """Beads per cell are alike over the tubes of one name."""

    beads_per: str
    """Population."""
    check: str
    called: str
    """One of the cells: "lymphocyte"."""
    z: Limit
    """Largest robust z."""
    floor: Limit
    """Least spread of ln(beads / cells)."""


class Blood(Model):
    """Cells/µL that blood can hold."""

    blood: str
    """Measure."""
    person: tuple[Limit, Limit]
    """Of one person [cells/µL]; a value outside is flagged."""
    study: tuple[Limit, Limit]
    """Of the median of the study's baseline [cells/µL]."""


class Exchangeable(Model):
    """Two populations whose stains may be exchanged: cells outside their parent carry the second's marker dimly."""

    exchangeable: tuple[str, str]
    """Populations of one parent, each gated by one marker."""
    check: str
    """Name of the finding on exchanged stains."""
    study_check: str
    """Name of the finding on a study's median ratio, first over second."""
    least_ratio: Limit
    """Least median ratio of a study."""


Relation = Parts | Sum | Ratio | Product | Range | Fold | SameBlood | BeadsPer | Blood | Exchangeable

KINDS: Mapping[str, type[Model]] = {
    "parts": Parts, "sum": Sum, "ratio": Ratio, "product": Product, "range": Range, "fold": Fold,
    "same_in_bead_tubes": SameBlood, "beads_per": BeadsPer, "blood": Blood, "exchangeable": Exchangeable,
}  # fmt: skip
"""Key that tells a relation's kind -> the relation. A new kind is a class above, a line here and a check."""


class BatchShares(Model):
    """How percentages of parent are compared over a batch."""

    within: str | None = None
    """Percentages are compared below this population; above it they are the sample's."""
    least_spread: dict[str, Limit] = Field(default_factory=dict)
    """Population -> least spread of ln(odds), where it is not the general `share_floor`."""
    shift: dict[str, tuple[float, float]] = Field(default_factory=dict)
    """Population -> odds ratios of one visit or day against the others that treatment can explain."""


def _kind(written: Any) -> str | None:
    if isinstance(written, Mapping):
        return next((kind for kind in KINDS if kind in written), None)
    return next((kind for kind, model in KINDS.items() if isinstance(written, model)), None)


_Tagged = Annotated[
    Annotated[Parts, Tag("parts")]
    | Annotated[Sum, Tag("sum")]
    | Annotated[Ratio, Tag("ratio")]
    | Annotated[Product, Tag("product")]
    | Annotated[Range, Tag("range")]
    | Annotated[Fold, Tag("fold")]
    | Annotated[SameBlood, Tag("same_in_bead_tubes")]
    | Annotated[BeadsPer, Tag("beads_per")]
    | Annotated[Blood, Tag("blood")]
    | Annotated[Exchangeable, Tag("exchangeable")],
    Discriminator(
        _kind,
        custom_error_type="no_relation",
        custom_error_message=f"this is no relation: one of the keys {', '.join(KINDS)} is missing",
    ),
]
Relations = tuple[_Tagged, ...]
