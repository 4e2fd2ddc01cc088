"""`learned`: a boundary learned on labelled synthetic tubes, laid on this tube by its own landmarks.

The direction is learned: a score of second degree in landmark coordinates, in two stages (`landmarks`). The place is
the tube's: the valley of its scores where they have one, else where training learned to cut (`score_cut`). On the
tube the gate is a quadric in the tube's own scaled positions, drawn, stored, replayed and moved like any shape.
"""

from dataclasses import replace

import numpy as np

from tregate.gating.events import Scalar
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.geometry.shapes import Axis
from tregate.gating.order_statistics import median
from tregate.gating.placement.landmarks import Columns, Mask, first_stage, groups, second_stage
from tregate.gating.placement.polynomial import as_quadric, scores
from tregate.gating.placement.score_cut import cut_at, unsure
from tregate.gating.placement.view import NotPlaced, Placed, View, off_scale
from tregate.gating.strategy.gates import LearnedGate
from tregate.gating.strategy.learned_model import LearnedModel, Variant

AT_MOST = 20_000
MOST_DOUBT = 1.0
"""Events that are probably misclassified, over gated ones, above which the boundary has not found the cells."""


def place_learned(gate: LearnedGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """Raises NotPlaced where landmarks are missing, or the share or most of the events are not plausible."""
    model = gate.model
    variant = chosen(model, view)
    if variant.first is None or variant.second is None:
        raise NotPlaced(f"the model {model.model} has no coefficients: run `tregate train`")
    given = {str(axis.marker): axis for axis in axes}
    used = tuple(given.get(marker) or view.axis(marker) for marker in variant.markers)
    parent, core = landmark_events(model, variant, view)
    first = as_quadric(variant.first, first_stage(model.landmarks, variant.markers, parent, core), used)
    rough = scores(first, parent)
    second = as_quadric(variant.second, second_stage(model.landmarks, variant.markers, parent, rough), used)
    found = scores(second, parent)
    cut, valley, weight = cut_at(found, variant.cut, model.valley)
    inside = found >= cut
    share = np.count_nonzero(inside) / len(found)
    doubt = unsure(found, cut)
    evidence: dict[str, Scalar] = {
        "events": len(view),
        "model": model.model,
        "fingerprint": model.fingerprint[:12],
        "markers": " ".join(variant.markers),
        "share": round(share, 5),
        "valley_depth": 0.0 if valley is None else round(valley.depth, 3),
        "valley_weight": round(weight, 3),
        "cut": cut,
        "doubt_share": round(doubt, 4),
    }
    if not model.share[0] <= share <= model.share[1]:
        raise NotPlaced(f"{100 * share:.2g} % of the parent would be taken, which is not plausible", evidence)
    if doubt > MOST_DOUBT:
        message = f"about {100 * doubt:.0f} % of the gated events may be misclassified, so the cells were not found"
        raise NotPlaced(message, evidence)
    if doubt > gate.review_above:
        evidence["doubt"] = (
            f"about {100 * doubt:.0f} % of the gated events may be misclassified"
            f" (limit {100 * gate.review_above:.0f} %)"
        )
    at = tuple(off_scale(axis, _middle(parent[str(axis.marker)], inside, rough)) for axis in used)
    for axis, where in zip(used, at, strict=True):
        evidence[f"{axis.marker}_wanted"] = where
    return Placed(replace(second, cut=cut, at=at), evidence)


def chosen(model: LearnedModel, view: View) -> Variant:
    """The first variant whose markers the tube carries."""
    for variant in model.variants:
        if all(view.has(marker) for marker in variant.markers):
            return variant
    raise NotPlaced(f"no variant of the model {model.model} fits this tube's markers")


def landmark_events(model: LearnedModel, variant: Variant, view: View) -> tuple[Columns, Columns | None]:
    """Scaled positions of the parent's events, and of the core population's where that is another."""
    parent = {marker: view.scaled(view.axis(marker), AT_MOST) for marker in variant.markers}
    if model.landmarks.core == "parent":
        return parent, None
    other = view.of(model.landmarks.core)
    return parent, {marker: other.scaled(other.axis(marker), AT_MOST) for marker in variant.markers}


def _middle(column: FloatArray, inside: Mask, rough: FloatArray) -> float:
    """Median of the wanted events, or of the likeliest ones where none is inside."""
    return median(column[inside] if inside.any() else column[groups(rough)[0]])
