"""The shipped strategies on our own synthetic tubes, at the bars that docs/validation.md reports against.

The bars are on what a gate answers for: F1, and events found against true ones. What sampling adds to cells/µL is
left to `tregate validate` with its 20 tubes a condition.
"""

from statistics import fmean, stdev

import pytest

from tregate.fixtures.conditions import CONDITIONS
from tregate.gating.strategy.load import load_strategy, shipped_names
from tregate.pipelines.validation.asked import NOMINAL, targets
from tregate.pipelines.validation.tubes import ValidatedTube
from tregate.pipelines.validation.validate import validate

STRATEGIES = shipped_names("strategies")
ELSEWHERE = 2.0
"""Outside the nominal condition a bias may be so many times larger, or the tube is flagged."""
CHANCE = 2.0
"""Standard errors of the mean of five tubes that chance may add."""


def gated(strategy: str, condition: str, seeds: int, events: int) -> tuple[ValidatedTube, ...]:
    done = validate(load_strategy(strategy), conditions=(condition,), seeds=seeds, events=events, series=False)
    assert [tube.fault for tube in done.tubes if tube.fault] == []
    return done.tubes


def f1(tubes: tuple[ValidatedTube, ...], population: str) -> float | None:
    """Mean over the tubes; None where the strategy has no such population."""
    found = [row.overlap.f1 for tube in tubes for row in tube.rows if row.population == population and row.overlap]
    known = [value for value in found if value is not None]
    return sum(known) / len(known) if known else None


def unflagged_bias(tubes: tuple[ValidatedTube, ...], population: str) -> tuple[float, float] | None:
    """Mean of found / true - 1 [%] over the tubes whose figure carries no flag, and its standard error.

    None for fewer than three tubes: two say nothing of how tubes differ, so of no bias either.
    """
    rows = [row for tube in tubes for row in tube.rows if row.population == population and not row.flags]
    errors = [100 * row.overlap.error for row in rows if row.overlap is not None and row.overlap.error is not None]
    return (fmean(errors), stdev(errors) / len(errors) ** 0.5) if len(errors) > 2 else None


def silent(tubes: tuple[ValidatedTube, ...]) -> list[tuple[str, str, int, str]]:
    return [
        (tube.making.kind, tube.making.condition, tube.making.seed, row.population)
        for tube in tubes
        for row in tube.rows
        if row.population in targets().reported and row.silent_by_gate
    ]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_ordinary_tube_is_gated_as_an_expert_would(strategy: str) -> None:
    tubes = gated(strategy, NOMINAL, seeds=8, events=60_000)
    scores = {name: f1(tubes, name) for name in targets().f1}
    assert any(score is not None for score in scores.values())
    assert {name: s for name, s in scores.items() if s is not None and s < targets().f1[name]} == {}
    for name, bar in targets().bias.items():
        errors = [
            100.0 * row.overlap.error
            for tube in tubes
            for row in tube.rows
            if row.population == name and row.overlap is not None and row.overlap.error is not None
        ]
        assert not errors or abs(sum(errors) / len(errors)) <= bar, (name, errors)
    assert silent(tubes) == []


@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_under_every_condition_the_gate_is_right_or_raises_its_hand(strategy: str, condition: str) -> None:
    tubes = gated(strategy, condition, seeds=5, events=100_000)
    factor = 1.0 if condition == NOMINAL else ELSEWHERE
    bars = {name: factor * bar for name, bar in targets().bias.items()}
    biases = {name: found for name in bars if (found := unflagged_bias(tubes, name)) is not None}
    beyond = {name: bias for name, (bias, error) in biases.items() if abs(bias) > bars[name] + CHANCE * error}
    assert beyond == {}
    assert silent(tubes) == []


@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_nominal_scores_over_many_tubes(strategy: str) -> None:
    tubes = gated(strategy, NOMINAL, seeds=10, events=100_000)
    scores = {name: f1(tubes, name) for name in targets().f1}
    assert {name: s for name, s in scores.items() if s is not None and s < targets().f1[name]} == {}
