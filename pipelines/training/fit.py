"""Fit a learned boundary: two logistic regressions in landmark coordinates, and the place of the cut.

scikit-learn is imported here only: a run evaluates coefficients and needs none of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tregate.gating.placement.landmarks import Columns, Coordinate, first_stage, second_stage
from tregate.gating.placement.score_cut import FARTHEST, cut_at, described, unsure, valley
from tregate.gating.placement.view import NotPlaced
from tregate.gating.strategy.learned_model import Cut, Form, LearnedModel, Variant
from tregate.pipelines.training.labelled_tubes import LabelledEvents

FloatArray = npt.NDArray[np.float64]
FOLDS = 3
DIGITS = 7
"""Significant digits of coefficients."""
LEAST_WANTED = 20
"""Wanted events from which a tube's right cut is known well enough to learn from."""
RIDGE = 0.03
"""Weight of the penalty on the learned place, in units of the tubes' total weight."""
LEAST_WEIGHT = 4e-4


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How the boundary counts on one tube that it was not fitted on."""

    wanted: int
    counted: int
    unsure: float


def fit_variant(
    model: LearnedModel, markers: Sequence[str], tubes: Sequence[LabelledEvents]
) -> tuple[Variant, list[HeldOut]]:
    """The coefficients for tubes with these markers, and the counts of each tube by the folds without it."""
    usable = [tube for tube in tubes if all(marker in tube.parent for marker in markers)]
    kept = [(tube, coordinates) for tube in usable if (coordinates := _first(model, markers, tube)) is not None]
    places: list[tuple[FloatArray, float, float]] = []
    scored: list[tuple[FloatArray, npt.NDArray[np.bool_]]] = []
    for fold in range(FOLDS):
        first, second = _stages(model, markers, [pair for i, pair in enumerate(kept) if i % FOLDS != fold])
        for i, (tube, coordinates) in enumerate(kept):
            if i % FOLDS == fold:
                scored.append((_second_scores(model, markers, tube, coordinates, first, second), tube.wanted))
    for scores, wanted in scored:
        place = _right_place(scores, wanted)
        if place is not None:
            places.append(place)
    cut = _cut(places)
    held_out = [_held_out(scores, wanted, cut, model.valley) for scores, wanted in scored]
    first, second = _stages(model, markers, kept)
    return Variant(markers=tuple(markers), first=first, second=second, cut=cut), held_out


def values_of(form: Form, coordinates: Sequence[Coordinate], columns: Columns) -> FloatArray:
    """Score (n,) of events, as the features of the fit give it."""
    return np.asarray(_features(coordinates, columns) @ np.array([*form.linear, *form.square]) + form.intercept)


Pair = tuple[LabelledEvents, tuple[Coordinate, ...]]


def _wide(columns: Mapping[str, npt.NDArray[np.floating]]) -> dict[str, FloatArray]:
    return {marker: np.asarray(column, dtype=np.float64) for marker, column in columns.items()}


def _first(model: LearnedModel, markers: Sequence[str], tube: LabelledEvents) -> tuple[Coordinate, ...] | None:
    core = None if tube.core is None else _wide(tube.core)
    try:
        return first_stage(model.landmarks, markers, _wide(tube.parent), core)
    except NotPlaced:
        return None


def _stages(model: LearnedModel, markers: Sequence[str], pairs: Sequence[Pair]) -> tuple[Form, Form]:
    first = _logistic(model, [(c, tube) for tube, c in pairs])
    later = []
    for tube, coordinates in pairs:
        columns = _wide(tube.parent)
        rough = values_of(first, coordinates, columns)
        later.append((second_stage(model.landmarks, markers, columns, rough), tube))
    return first, _logistic(model, later)


def _second_scores(
    model: LearnedModel,
    markers: Sequence[str],
    tube: LabelledEvents,
    coordinates: tuple[Coordinate, ...],
    first: Form,
    second: Form,
) -> FloatArray:
    columns = _wide(tube.parent)
    rough = values_of(first, coordinates, columns)
    return values_of(second, second_stage(model.landmarks, markers, columns, rough), columns)


def _features(coordinates: Sequence[Coordinate], columns: Columns) -> FloatArray:
    """Coordinates and their products, (n, J + J (J + 1) / 2)."""
    x = np.stack([coordinate.of(columns) for coordinate in coordinates], axis=1)
    rows, others = np.triu_indices(x.shape[1])
    return np.concatenate([x, x[:, rows] * x[:, others]], axis=1)


def _logistic(model: LearnedModel, tubes: Sequence[tuple[Sequence[Coordinate], LabelledEvents]]) -> Form:
    from sklearn.linear_model import LogisticRegression

    features, labels = [], []
    for i, (coordinates, tube) in enumerate(tubes):
        n = len(tube.wanted)
        some = np.sort(np.random.default_rng([i, n]).permutation(n)[: model.recipe.events_per_tube])
        features.append(_features(coordinates, {m: c[some] for m, c in _wide(tube.parent).items()}))
        labels.append(tube.wanted[some])
    x, y = np.concatenate(features), np.concatenate(labels)
    middle, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    x -= middle
    x /= spread
    fitted = LogisticRegression(C=1.0, solver="newton-cholesky", max_iter=100).fit(x, y)
    weights = fitted.coef_[0] / spread
    intercept = float(fitted.intercept_[0] - (middle * weights).sum())
    n_coordinates = len(tubes[0][0])
    numbers = [_rounded(weight) for weight in weights]
    return Form(
        intercept=_rounded(intercept), linear=tuple(numbers[:n_coordinates]), square=tuple(numbers[n_coordinates:])
    )


def _right_place(scores: FloatArray, wanted: npt.NDArray[np.bool_]) -> tuple[FloatArray, float, float] | None:
    """What the tube's scores look like, the cut that counts right, and how much a wrong cut costs there."""
    n = int(wanted.sum())
    if not LEAST_WANTED <= n < len(scores):
        return None
    right = float(np.clip(np.sort(scores)[-n], -FARTHEST, FARTHEST))
    slope = np.count_nonzero(np.abs(scores - right) < 0.75) / 1.5 / n
    return described(scores, valley(scores)), right, slope**2 + LEAST_WEIGHT


def _cut(places: Sequence[tuple[FloatArray, float, float]]) -> Cut:
    """Weighted ridge regression of the right cut: an error counts as much as it changes the count."""
    x = np.array([place[0] for place in places])
    right, weight = np.array([place[1] for place in places]), np.array([place[2] for place in places])
    weight /= weight.sum()
    middle = weight @ x
    spread = np.sqrt(weight @ (x - middle) ** 2) + 1e-9
    z = np.column_stack([np.ones(len(x)), (x - middle) / spread])
    penalty = RIDGE * np.eye(z.shape[1])
    penalty[0, 0] = 0.0
    solved = np.linalg.solve((z * weight[:, None]).T @ z + penalty, (z * weight[:, None]).T @ right)
    weights = solved[1:] / spread
    return Cut(
        intercept=_rounded(float(solved[0] - weights @ middle)), weights=tuple(_rounded(float(w)) for w in weights)
    )


def _held_out(scores: FloatArray, wanted: npt.NDArray[np.bool_], cut: Cut, deep: tuple[float, float]) -> HeldOut:
    at, _, _ = cut_at(scores, cut, deep)
    return HeldOut(int(wanted.sum()), int(np.count_nonzero(scores >= at)), unsure(scores, at))


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
