"""`replicates:` of study.yaml: which value a visit has where a kind of tube was measured several times."""

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from tregate.gating.errors import Problem
from tregate.gating.strategy.yaml_source import Source

FIRST, MEAN = "first", "mean"
ReplicateRule = Literal["first", "mean"]
"""`first`: the tube without a number or with number 1; the others are listed and compared. `mean`: of all of them."""


def averaged_tubes(rules: Mapping[str, ReplicateRule]) -> frozenset[str]:
    """Tubes of whose replicates the values of a visit are the mean."""
    return frozenset(tube for tube, rule in rules.items() if rule == MEAN)


def replicate_problems(rules: Mapping[str, ReplicateRule], tubes: Collection[str], source: Source) -> Iterator[Problem]:
    """Tubes that the study does not have."""
    for tube in rules:
        if tube not in tubes:
            message = f'replicates: the study has no tube "{tube}".'
            yield Problem(source.file, source.line(("replicates", tube)), message, f"Tubes: {', '.join(tubes)}.")


def notes_on_replicates(averaged: Collection[str]) -> tuple[str, ...]:
    """A sentence for the foot of the tables; none where nothing is averaged."""
    if not averaged:
        return ()
    names = ", ".join(sorted(averaged))
    return (f"Values of {names} are the mean of the replicates of a visit, weighted by what each was counted in.",)
