"""`tregate train`: fit the learned boundaries of a strategy on synthetic tubes of its models' recipes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tregate.gating.strategy.gates import LearnedGate
from tregate.gating.strategy.learned_model import LearnedModel
from tregate.gating.strategy.load import load_strategy
from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.training.fit import HeldOut, fit_variant
from tregate.pipelines.training.labelled_tubes import labelled, tubes_of
from tregate.pipelines.training.model_file import fingerprint
from tregate.pipelines.validation.spread import spread


@dataclass(frozen=True, slots=True)
class Trained:
    """One model, and its counts on tubes that the fit did not see."""

    model: LearnedModel
    held_out: Mapping[str, list[HeldOut]]
    """Markers of a variant, joined by spaces -> counts by tube."""


def learned_gates(strategy: Strategy) -> dict[str, LearnedGate]:
    """Population -> its learned gate, in gating order."""
    populations = strategy.populations
    return {name: gate for name in strategy.gating_order if isinstance(gate := populations[name].gate, LearnedGate)}


def train(strategy: Strategy, workers: int = 1, advance: Callable[[], None] = lambda: None) -> Iterator[Trained]:
    """Each model of the strategy, trained in gating order: a later one sees its parent as the earlier ones gate it.

    The tubes of a recipe are gated by the shipped strategies of their kinds, with the models trained so far.
    """
    known: dict[str, LearnedModel] = {}
    for population, gate in learned_gates(strategy).items():
        if gate.model.model in known:
            continue
        model = gate.model
        strategies = {kind: _with(load_strategy(kind), known) for kind in model.recipe.strategies}
        strategies = {kind: strategy if kind == strategy.strategy else s for kind, s in strategies.items()}
        strategies = {kind: _with(s, known) for kind, s in strategies.items()}
        with TemporaryDirectory(prefix="tregate-train-") as folder:
            one = partial(labelled, strategies, population, model, Path(folder))
            made = {}
            for position, tube in spread(one, tubes_of(model.recipe), workers):
                made[position] = tube
                advance()
        tubes = [tube for _, tube in sorted(made.items()) if tube is not None]
        variants, held_out = [], {}
        for variant in model.variants:
            fitted, counts = fit_variant(model, variant.markers, tubes)
            variants.append(fitted)
            held_out[" ".join(variant.markers)] = counts
        fresh = model.model_copy(update={"variants": tuple(variants)})
        fresh = fresh.model_copy(update={"fingerprint": fingerprint(fresh)})
        known[model.model] = fresh
        yield Trained(fresh, held_out)


def _with(strategy: Strategy, known: Mapping[str, LearnedModel]) -> Strategy:
    """The strategy with the models that were trained just now."""
    populations = dict(strategy.populations)
    for name, gate in learned_gates(strategy).items():
        if gate.model.model in known:
            fresh = gate.model_copy(update={"model": known[gate.model.model]})
            populations[name] = populations[name].model_copy(update={"gate": fresh})
    return strategy.model_copy(update={"populations": populations})
