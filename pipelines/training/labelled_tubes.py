"""Synthetic tubes gated up to a learned boundary's parent, with the label of every event.

Besides the validation and the demo the only module that knows both `gating` and `fixtures`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tregate.fixtures.tube import make_tube
from tregate.gating.engine import parent_view
from tregate.gating.errors import TubeError
from tregate.gating.placement.view import NotPlaced
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.learned_model import LearnedModel, Recipe
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import PopulationName

Float32 = npt.NDArray[np.float32]
AT_MOST = 20_000
"""Events of the parent, as many as a placement looks at."""


@dataclass(frozen=True, slots=True)
class TrainingTube:
    """How one tube is made."""

    kind: str
    condition: str
    seed: int
    events: int


@dataclass(frozen=True, slots=True, eq=False)
class LabelledEvents:
    """What a placement sees of one tube, and which of the parent's events are wanted."""

    parent: Mapping[str, Float32]
    """Marker -> scaled positions (n,)."""
    core: Mapping[str, Float32] | None
    """The same of the core population, (m,); None where it is part of the parent."""
    wanted: npt.NDArray[np.bool_]


def tubes_of(recipe: Recipe) -> list[TrainingTube]:
    """Every tube of a recipe; conditions are dealt by their shares, numbers of events drawn by the seed."""
    names, shares = list(recipe.conditions), np.array(list(recipe.conditions.values()))
    steps = np.cumsum(shares / shares.sum())
    out = []
    for kind, number in recipe.strategies.items():
        for i in range(number):
            seed = recipe.first_seed + i
            rng = np.random.default_rng([seed, 20_000])
            condition = names[min(int(np.searchsorted(steps, rng.random())), len(names) - 1)]
            out.append(TrainingTube(kind, condition, seed, int(rng.integers(recipe.events[0], recipe.events[1] + 1))))
    return out


def labelled(
    strategies: Mapping[str, Strategy], population: str, model: LearnedModel, folder: Path, tube: TrainingTube
) -> LabelledEvents | None:
    """Make the tube, gate it up to the parent; None where it cannot be gated so far."""
    made = make_tube(tube.kind, tube.condition, tube.seed, tube.events)
    path = folder / f"{tube.kind}_{tube.condition}_{tube.seed}.fcs"
    made.write(path)
    strategy = strategies[tube.kind]
    try:
        prepared = prepare(read(path, None), strategy, None)
        view = parent_view(prepared, strategy, PopulationName(population))
        markers = [marker for marker in model.markers if view.has(marker)]
        parent = {m: view.scaled(view.axis(m), AT_MOST).astype(np.float32) for m in markers}
        core = None
        if model.landmarks.core != "parent":
            other = view.of(model.landmarks.core)
            core = {m: other.scaled(other.axis(m), AT_MOST).astype(np.float32) for m in markers}
        return LabelledEvents(parent, core, made.members[model.target][view.positions(AT_MOST)])
    except (TubeError, NotPlaced):
        return None
    finally:
        path.unlink()
